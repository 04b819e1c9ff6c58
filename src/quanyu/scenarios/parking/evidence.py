"""What explains losses at certain hours of a day: works and incidents while they lasted, car parks that were full then, signals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import atan2, cos, degrees, radians
from zoneinfo import ZoneInfo

import numpy as np

from quanyu.core.clock import CITY_ZONE
from quanyu.packs import Connection, Thing, things
from quanyu.scenarios.parking import service
from quanyu.scenarios.parking.causes import Cause, Evidence
from quanyu.scenarios.parking.codes import moment_of
from quanyu.scenarios.parking.signals import Phase, phase_of, running

_FULL = 0.02
_INCIDENT = timedelta(hours=2)
"""How long an incident holds up that nobody told the end of."""


@dataclass(frozen=True, slots=True)
class Span:
    begin: datetime
    end: datetime

    def meets(self, begin: datetime | None, end: datetime | None) -> bool:
        """None: for ever."""
        return (begin is None or begin < self.end) and (end is None or end > self.begin)


def spans_of(day: date, hours: Iterable[int], zone: ZoneInfo) -> list[Span]:
    """Hours that follow each other are one."""
    found: list[Span] = []
    for hour in sorted(set(hours)):
        begin = datetime.combine(day, time(hour), zone).astimezone(UTC)
        end = begin + timedelta(hours=1)
        if found and found[-1].end == begin:
            found[-1] = Span(found[-1].begin, end)
        else:
            found.append(Span(begin, end))
    return found


async def evidence_at(connection: Connection, tenant: str, spans: Sequence[Span]) -> list[Evidence]:
    """As the twin and the operators have told it."""
    full = await service.full_lots(connection, tenant, [(one.begin, one.end) for one in spans], share=_FULL)
    found = [_shown(Cause.CRUISING, park, place) for park, place in full]
    for type_, cause in (("RoadWork", Cause.WORKS), ("RoadAccident", Cause.INCIDENT)):
        for one in await things(connection, tenant, type_):
            place = middle(one)
            if place and any(span.meets(*lasted(one)) for span in spans):
                found.append(_shown(cause, one, place))
    return found + await _signals(connection, tenant, spans)


async def _signals(connection: Connection, tenant: str, spans: Sequence[Span]) -> list[Evidence]:
    """Where plans of a signal are known, it is one only while one of them runs: else it blinks or is dark."""
    told = [phase_of(one) for one in await things(connection, tenant, "SignalPhase")]
    known: dict[str, list[Phase]] = {}
    for phase in told:
        if phase is not None:
            known.setdefault(phase.signal, []).append(phase)
    found = []
    for one in await things(connection, tenant, "TrafficSignal"):
        place, own = middle(one), known.get(str(one.values.get("signalCode", "")))
        phases = running(own, [(span.begin, span.end) for span in spans], CITY_ZONE) if own else None
        if place and phases != []:
            found.append(_shown(Cause.SIGNAL, one, place, None if phases is None else tuple(phases)))
    return found


def _shown(
    cause: Cause, thing: Thing, place: tuple[float, float], phases: tuple[Phase, ...] | None = None
) -> Evidence:
    return Evidence(
        cause=cause, thing=thing.id, name=service.name_of(thing.id, thing), lon=place[0], lat=place[1], phases=phases
    )  # fmt: skip


def lasted(thing: Thing) -> tuple[datetime | None, datetime | None]:
    """`startDate` or `accidentDate` until `endDate`; what tells none of them is there for ever."""
    happened = moment_of(thing, "accidentDate")
    end = moment_of(thing, "endDate") or (happened + _INCIDENT if happened else None)
    return happened or moment_of(thing, "startDate"), end


def middle(thing: Thing) -> tuple[float, float] | None:
    geometry = thing.geometry or {}
    if geometry.get("type") == "Point":
        return float(geometry["coordinates"][0]), float(geometry["coordinates"][1])
    if geometry.get("type") != "LineString":
        return None
    lon, lat = np.mean([point[:2] for point in geometry["coordinates"]], axis=0)
    return float(lon), float(lat)


def line_of(thing: Thing) -> tuple[tuple[float, float], ...]:
    """Empty where it is none."""
    geometry = thing.geometry or {}
    if geometry.get("type") != "LineString":
        return ()
    return tuple((float(point[0]), float(point[1])) for point in geometry["coordinates"])


def heading(thing: Thing) -> float | None:
    """Degrees from north in which a line lies, from its begin to its end."""
    points = (thing.geometry or {}).get("coordinates", ())
    if (thing.geometry or {}).get("type") != "LineString" or len(points) < 2:
        return None
    (west, south), (east, north) = points[0][:2], points[-1][:2]
    return degrees(atan2((east - west) * cos(radians((south + north) / 2)), north - south)) % 360
