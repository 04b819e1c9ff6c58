"""Service requests (12345): some twenty on every day of the past, and one every few minutes while the city is watched."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from quanyu.app.demo.city import City
from quanyu.app.demo.draw import drawn
from quanyu.app.demo.motion import CITY_TIME
from quanyu.app.demo.names import AVENUES, CHANNELS, PROBLEMS, STREETS_ACROSS
from quanyu.app.demo.places import Spot

DAYS = 90
_LIVE_SLOT = timedelta(minutes=4)
_SATISFACTION = ("非常满意", "满意", "基本满意", "不满意", "非常不满意")
_SHARES = (30, 38, 18, 10, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Times are local. `took` is how long it was, or will be, worked on; `allowed` how long it may be."""

    code: str
    created: datetime
    took: timedelta
    allowed: timedelta
    category: str
    item: str
    department: str
    channel: str
    content: str
    satisfaction: str
    spot: Spot

    @property
    def due(self) -> datetime:
        return self.created + self.allowed

    def closed(self, moment: datetime) -> datetime | None:
        """When it was closed, seen from a moment."""
        ended = self.created + self.took
        return ended if ended <= moment else None

    def changed(self, since: datetime, until: datetime) -> bool:
        return since < self.created <= until or since < self.created + self.took <= until


def history(city: City, day: date) -> tuple[Case, ...]:
    """All cases of the days before `day`."""
    return tuple(
        case for before in range(DAYS, 0, -1) for case in _cases_of(city, day - timedelta(days=before))
    )


def live_changes(city: City, since: datetime, until: datetime) -> tuple[Case, ...]:
    """Cases of the watched time that were opened or closed in it; those of `history` stay as they are."""
    first = _slot(since - timedelta(hours=1))
    cases = (_live_case(city, number) for number in range(first, _slot(until) + 1))
    return tuple(case for case in cases if case is not None and case.changed(since, until))


def _cases_of(city: City, day: date) -> Iterator[Case]:
    chance = drawn(city.seed, "cases", day.isoformat())
    begin = datetime(day.year, day.month, day.day, tzinfo=CITY_TIME)
    minutes = sorted(round(chance.triangular(0, 1439, 600)) for _ in range(chance.randint(18, 27)))
    for number, minute in enumerate(minutes, start=1):
        created = begin + timedelta(minutes=minute, seconds=chance.randint(0, 59))
        hours = chance.lognormvariate(0, 0.7)
        yield _case(city, chance, code=f"JZ{day:%Y%m%d}{number:04}", created=created, pace=hours)


def _live_case(city: City, number: int) -> Case | None:
    """Solved on the spot, within the hour."""
    chance = drawn(city.seed, "live case", number)
    if chance.random() < 0.4:
        return None
    created = datetime.fromtimestamp(number * _LIVE_SLOT.total_seconds(), CITY_TIME)
    created += timedelta(seconds=chance.randint(0, 200))
    code = f"JZ{created:%Y%m%d}9{number % 360:03}"
    return _case(city, chance, code=code, created=created, pace=chance.uniform(0.005, 0.016))


def _case(city: City, chance: Random, *, code: str, created: datetime, pace: float) -> Case:
    category, item, department, usual, said = chance.choice(PROBLEMS)
    spot = city.places.spot(chance)
    corner = f"{chance.choice(AVENUES)}与{chance.choice(STREETS_ACROSS)}交叉口附近"
    return Case(
        code=code, created=created, took=timedelta(seconds=round(usual * pace * 3600)),
        allowed=timedelta(hours=24 if usual < 15 else 72), category=category, item=item, department=department,
        channel=chance.choice(CHANNELS), content=f"市民反映{spot.community.name}{corner}{said}，请尽快处理。",
        satisfaction=chance.choices(_SATISFACTION, _SHARES)[0], spot=spot,
    )  # fmt: skip


def _slot(moment: datetime) -> int:
    return int(moment.timestamp() // _LIVE_SLOT.total_seconds())
