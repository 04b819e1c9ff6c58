"""How streets of the demonstration city were driven, and what stood in the way: tracks, works, signals with their plans."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import shapely

from quanyu.app.demo.city import City
from quanyu.app.demo.files.table import Row
from quanyu.app.demo.land import Point
from quanyu.app.demo.motion import CITY_TIME, Track
from quanyu.app.demo.names import AVENUES, STREETS_ACROSS
from quanyu.app.demo.roads import Road

TREATED, CONTROL = "解放路", "中山路"
"""A street whose signals got another plan, and one where nothing was done."""

SINCE = timedelta(days=5)
"""Before the city began: since when the plan holds."""

PEAK, STEP = 8, 30
_DAYS_BESIDE = 3
_MORNING = (7, 10)
_RUSH, _FREE, _BLOCKED = 1.35, 1.8, 1.1
"""How quickly floating cars drive, in speeds of the vehicles that circle: in the rush hour, else, and on the street before its plan."""

_CARS, _BESIDE_DEGREES = 24, 0.0003
_CYCLE, _GREEN = 120, (45, 75)


def driven_days(begun: datetime) -> list[tuple[datetime, range]]:
    """Midnights and hours: peaks before the measure and after it, and the whole morning of the day before the city began."""
    midnight = datetime.combine(begun.astimezone(CITY_TIME).date(), datetime.min.time(), CITY_TIME)
    ago = SINCE.days
    before = [ago + back for back in range(_DAYS_BESIDE, 0, -1)]
    after = [ago - day for day in range(1, _DAYS_BESIDE)]
    peaks = [(midnight - timedelta(days=days), range(PEAK, PEAK + 1)) for days in (*before, *after)]
    return [*peaks, (midnight - timedelta(days=1), range(*_MORNING))]


def floating_cars(city: City, begun: datetime) -> list[Row]:
    """Every 30 s: nearly free, but slow in the rush hour, and slower still on the one street before its plan."""
    street = shapely.MultiLineString([road.line for road in city.roads if road.name == TREATED])
    treated = begun.astimezone(CITY_TIME).date() - SINCE
    return [
        row
        for midnight, hours in driven_days(begun)
        for vehicle in city.vehicles[:_CARS]
        for row in _drive(Track(vehicle), midnight, hours, street if midnight.date() < treated else None)
    ]


def _drive(
    track: Track, midnight: datetime, hours: range, blocked: shapely.MultiLineString | None
) -> Iterator[Row]:
    begin, driven = midnight + timedelta(hours=hours.start), 0.0
    for second in range(0, len(hours) * 3600, STEP):
        at = begin + timedelta(seconds=second)
        point = track.at(begin + timedelta(seconds=driven)).point
        yield [track.vehicle.code, at.isoformat(), str(point[0]), str(point[1])]
        driven += STEP * _pace(at, point, blocked)


def _pace(at: datetime, point: Point, blocked: shapely.MultiLineString | None) -> float:
    if at.hour != PEAK:
        return _FREE
    if blocked is not None and shapely.dwithin(blocked, shapely.Point(point), _BESIDE_DEGREES):
        return _BLOCKED
    return _RUSH


def works(city: City, begun: datetime) -> list[Row]:
    """Of every street across and every second avenue one road is dug up."""
    begin, end = (begun + timedelta(days=days) for days in (-10, 20))
    roads = [own[len(own) // 2] for name in (*STREETS_ACROSS, *AVENUES[1::2]) if (own := _roads(city, name))]
    return [
        [f"ZD{number:03}", f"{road.name}管网改造占道施工", begin.isoformat(), end.isoformat(), *_middle(road)]
        for number, road in enumerate(roads, start=1)
    ]


def signals(city: City) -> list[Row]:
    """Where other streets cross the two."""
    return [[code, name, str(point[0]), str(point[1])] for code, name, point in _crossings(city)]


def phases(city: City) -> list[Row]:
    """Two of each signal: along the street, and across."""
    rows: list[Row] = []
    for code, name, _ in _crossings(city):
        along, across = _GREEN if name.startswith(CONTROL) else _GREEN[::-1]
        for number, (green, heading) in enumerate(((along, 90), (across, 0)), start=1):
            rows.append(
                [f"{code}-{number}", code, "早高峰", str(number), "07:00", "10:00", str(_CYCLE), str(green - 5), str(heading)]
            )  # fmt: skip
    return rows


def _crossings(city: City) -> list[tuple[str, str, Point]]:
    others: dict[str, str] = {}
    for road in city.roads:
        if road.name not in (TREATED, CONTROL):
            others |= {road.start: road.name, road.end: road.name}
    return [
        (f"XH{road.start}", f"{name}与{others[road.start]}路口", road.line[0])
        for name in (TREATED, CONTROL)
        for road in _roads(city, name)
        if road.start in others
    ]


def _roads(city: City, name: str) -> list[Road]:
    return [road for road in city.roads if road.name == name]


def _middle(road: Road) -> tuple[str, str]:
    point = shapely.LineString(road.line).interpolate(0.5, normalized=True)
    return str(round(point.x, 7)), str(round(point.y, 7))
