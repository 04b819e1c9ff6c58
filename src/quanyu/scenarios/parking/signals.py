"""Plans of signals (配时方案) as the city's signal system tells them, and how long their red alone holds up who comes.

A row is a phase of a plan: green for so long of each cycle, at the hours of its plan, for traffic that goes its way. Several phases of a
plan that serve the same way add up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from quanyu.packs import Thing

_TURN = 45.0
"""Degrees by which a street may lie off the way that a phase serves."""

_DAY = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """`cycle` and `green` in seconds. `begins`, `ends`: minutes of the city's day, equal: always. `heading`: degrees from north of the
    traffic that it serves, None: all."""

    signal: str
    plan: str
    cycle: float
    green: float
    begins: int = 0
    ends: int = 0
    heading: float | None = None

    def runs(self, begin: int, end: int) -> bool:
        """At some minute from `begin` until before `end`."""
        if self.begins == self.ends:
            return True
        own = (
            [(self.begins, self.ends)]
            if self.begins < self.ends
            else [(self.begins, _DAY), (0, self.ends)]  # over midnight
        )
        return any(one < end and begin < other for one, other in own)

    def serves(self, heading: float | None) -> bool:
        """A street that is driven both ways."""
        if self.heading is None or heading is None:
            return True
        apart = abs(self.heading - heading) % 180
        return min(apart, 180 - apart) <= _TURN


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What one plan of a signal gives a street."""

    plan: str
    cycle: float
    green: float

    @property
    def wait(self) -> float:
        """Seconds on average of who comes at any moment and finds nobody before them (the first term of Webster's formula)."""
        return (self.cycle - self.green) ** 2 / (2 * self.cycle)


def phase_of(thing: Thing) -> Phase | None:
    """Of an entity SignalPhase. None where its times cannot be: then it says nothing."""
    try:
        cycle, green = float(thing.values["cycle"]), float(thing.values["green"])
        said = thing.values.get("heading")
        if not 0 <= green <= cycle or cycle <= 0:
            return None
        return Phase(
            signal=str(thing.values["signalCode"]), plan=str(thing.values.get("planNo", "")), cycle=cycle, green=green,
            begins=_minute(thing.values.get("begins")), ends=_minute(thing.values.get("ends")),
            heading=None if said is None else float(said),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError):
        return None


def running(
    phases: Iterable[Phase], spans: Iterable[tuple[datetime, datetime]], zone: ZoneInfo
) -> list[Phase]:
    """Those of the plans that run at some time of these spans, each within one day of the city."""
    minutes = [(_minute_of(begin, zone), _minute_of(end, zone) or _DAY) for begin, end in spans]
    return [one for one in phases if any(one.runs(*span) for span in minutes)]


def timings(phases: Sequence[Phase], heading: float | None) -> tuple[Timing, ...]:
    """By plan, what a street that lies so gets; none where no phase serves it."""
    greens: dict[tuple[str, float], float] = {}
    for one in phases:
        if one.serves(heading):
            greens[one.plan, one.cycle] = greens.get((one.plan, one.cycle), 0.0) + one.green
    return tuple(
        Timing(plan=plan, cycle=cycle, green=min(green, cycle))
        for (plan, cycle), green in sorted(greens.items())
    )


def _minute(said: object) -> int:
    """Of a time of day; nothing told is midnight."""
    if said in (None, ""):
        return 0
    at = time.fromisoformat(str(said))
    return at.hour * 60 + at.minute


def _minute_of(at: datetime, zone: ZoneInfo) -> int:
    local = at.astimezone(zone)
    return local.hour * 60 + local.minute
