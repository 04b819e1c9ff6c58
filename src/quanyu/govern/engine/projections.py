"""In which projection metres are, from their size alone: Gauss-Krueger of CGCS2000 in zones of 3 and 6 degrees, UTM.

    13,213,624  of a web map, EPSG:3857, where it stands in a geometry
    37,512,345  an easting with its zone in front (37: the third-degree zone around 111 degrees), EPSG:4513 to 4533
    512,345     an easting without it, EPSG:4534 to 4554: only the region tells the meridian
Chinese surveyors call the northing X and the easting Y; other people the other way round.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import atan, cos, degrees, pi, radians, sinh

from quanyu.core.province_boxes import Box

MARGIN = 0.2
"""Degrees that points may lie outside of a region's rough box."""
_NORTHINGS = (1_500_000.0, 6_200_000.0)
"""Of China, from the equator."""
_EASTINGS = (150_000.0, 850_000.0)
_FALSE_EASTING = 500_000.0
_DEGREE = 111_100.0
_HALF_EARTH = 20_037_508.35
_HALF_ZONE = {3: 180_000.0, 6: 350_000.0}
"""Metres from the meridian, with some overlap."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The 5th, 50th and 95th of a hundred values in order."""

    low: float
    middle: float
    high: float

    def lies_in(self, bounds: tuple[float, float]) -> bool:
        return bounds[0] <= self.low and self.high <= bounds[1]

    def less(self, offset: float) -> "Stretch":
        return Stretch(self.low - offset, self.middle - offset, self.high - offset)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """`crs` where one system is left, with confidence from 0 to 1; else the `candidates`."""

    northing_first: bool
    crs: str | None = None
    confidence: float = 0.0
    candidates: tuple[str, ...] = ()


def is_degrees(stretch: Stretch, limit: float) -> bool:
    return -limit <= stretch.low and stretch.high <= limit


def guess_projection(first: Stretch, second: Stretch, *, home: Box | None) -> Guess | None:
    """None where the two columns are no metres of China."""
    for northing, easting, northing_first in ((first, second, True), (second, first, False)):
        if not northing.lies_in(_NORTHINGS):
            continue
        if zone := _zone_in_front(easting):
            crs = f"EPSG:{zone + (4488 if zone > 24 else 4478)}"
            meridian = 3 * zone if zone > 24 else 6 * zone - 3
            fits = home is None or _fits(meridian, easting.less(zone * 1_000_000.0), northing, home)
            return Guess(
                northing_first=northing_first,
                crs=crs if fits else None,
                confidence=0.7 if home is None else 0.9,
                candidates=(crs,),
            )
        if easting.lies_in(_EASTINGS):
            return _by_region(easting, northing, home, northing_first=northing_first)
    return None


def guess_of_shapes(x: Stretch, y: Stretch, *, home: Box | None) -> Guess | None:
    """Of geometries, whose figures are in order. Web maps write theirs without saying so: before the rare wide zones 13 to 15."""
    if _is_mercator(x, y, home):
        return Guess(northing_first=False, crs="EPSG:3857", confidence=0.6 if home is None else 0.9)
    found = guess_projection(x, y, home=home)
    return None if found is None or found.northing_first else found


def _is_mercator(x: Stretch, y: Stretch, home: Box | None) -> bool:
    if not (x.lies_in((-_HALF_EARTH, _HALF_EARTH)) and y.lies_in((-_HALF_EARTH, _HALF_EARTH))):
        return False
    if home is None:
        return abs(x.middle) > _EASTINGS[1]
    west, south, east, north = home
    lon = 180 * x.middle / _HALF_EARTH
    lat = degrees(atan(sinh(pi * y.middle / _HALF_EARTH)))
    return west - MARGIN <= lon <= east + MARGIN and south - MARGIN <= lat <= north + MARGIN


def _zone_in_front(easting: Stretch) -> int | None:
    """25 to 45 for zones of 3 degrees, 13 to 23 for those of 6; all points are of one zone."""
    zone = int(easting.middle // 1_000_000)
    within = easting.less(zone * 1_000_000.0).lies_in(_EASTINGS)
    return zone if within and (25 <= zone <= 45 or 13 <= zone <= 23) else None


def _by_region(easting: Stretch, northing: Stretch, home: Box | None, *, northing_first: bool) -> Guess:
    """The narrow zones, which offices use, before the wide ones; used where the region leaves a single one."""
    if home is None:
        return Guess(northing_first=northing_first)
    for systems, confidence in ((_narrow(easting), 0.7), (_wide(easting), 0.5)):
        fitting = tuple(crs for crs, meridian in systems if _fits(meridian, easting, northing, home))
        if fitting:
            crs = fitting[0] if len(fitting) == 1 else None
            return Guess(
                northing_first=northing_first,
                crs=crs,
                confidence=confidence if crs else 0.0,
                candidates=fitting,
            )
    return Guess(northing_first=northing_first)


def _narrow(easting: Stretch) -> Iterator[tuple[str, float]]:
    """Systems with their meridians."""
    if easting.less(_FALSE_EASTING).lies_in((-_HALF_ZONE[3], _HALF_ZONE[3])):
        yield from ((f"EPSG:{4534 + zone}", 75 + 3 * zone) for zone in range(21))


def _wide(easting: Stretch) -> Iterator[tuple[str, float]]:
    """UTM differs from Gauss-Krueger of the same meridian by its scale only: a region cannot tell them apart."""
    if easting.less(_FALSE_EASTING).lies_in((-_HALF_ZONE[6], _HALF_ZONE[6])):
        for zone in range(11):
            yield f"EPSG:{4502 + zone}", 75 + 6 * zone
            yield f"EPSG:{32643 + zone}", 75 + 6 * zone


def _fits(meridian: float, easting: Stretch, northing: Stretch, home: Box) -> bool:
    """By the globe: some hundredths of a degree off, which is fine for a province."""
    west, south, east, north = home
    for x, y in (
        (easting.low, northing.low),
        (easting.middle, northing.middle),
        (easting.high, northing.high),
    ):
        lat = y / _DEGREE
        lon = meridian + (x - _FALSE_EASTING) / (_DEGREE * cos(radians(lat)))
        if not (west - MARGIN <= lon <= east + MARGIN and south - MARGIN <= lat <= north + MARGIN):
            return False
    return True
