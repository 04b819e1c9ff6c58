"""The ground of the demonstration city: a net of bent lines whose meshes are grids, communities, streets, districts.

Every area is a rectangle of the net and borrows the sides of the meshes, so that neighbours share each point of their
border and nothing overlaps or gapes. The place is invented: it lies in open sea east of the Zhoushan islands.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import cos, hypot, pi, radians, sin

from quanyu.app.demo.draw import drawn
from quanyu.app.demo.names import (
    CITY,
    CITY_CODE,
    COMMUNITY_FIRST,
    COMMUNITY_LAST,
    LAKES,
    PROVINCE_CODE,
    STREETS,
    VILLAGE_LAST,
)

Point = tuple[float, float]
Line = tuple[Point, ...]
Crossing = tuple[int, int]

ORIGIN = (123.60, 29.55)
"""South-west corner, longitude and latitude in WGS-84."""
_KM_LON, _KM_LAT = 111.32 * cos(radians(29.65)), 110.87

COLUMNS, ROWS = 28, 16
RIVER_ROW = 8
_WIDTHS = (2.1,) * 8 + (1.0,) * 12 + (1.5,) * 8
_HEIGHTS = (1.7,) * 4 + (1.0,) * 8 + (1.7,) * 4

DISTRICTS: tuple[tuple[str, str, tuple[int, int, int, int]], ...] = (
    ("990101", "城中区", (8, 0, 20, 8)),
    ("990102", "江北区", (8, 8, 20, 16)),
    ("990103", "滨海区", (20, 0, 28, 16)),
    ("990104", "云岭县", (0, 0, 8, 16)),
)
"""Code, name, and the meshes: west, south, east, north."""
_STREET_SIZE = 4
_COMMUNITY_SIZE = (2, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """`ring` is closed and runs counter-clockwise; `level` is a word of the code list region-levels, or grid."""

    code: str
    name: str
    level: str
    parent: str
    ring: Line
    meshes: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Land:
    """`corners` of the net, and the bent line of every side from its lower to its higher corner."""

    corners: Mapping[Crossing, Point]
    sides: Mapping[tuple[Crossing, Crossing], Line]

    def side(self, start: Crossing, end: Crossing) -> Line:
        known = self.sides.get((start, end))
        return known if known else tuple(reversed(self.sides[end, start]))

    def path(self, crossings: list[Crossing]) -> Line:
        """Along the sides from crossing to crossing; each is a neighbour of the one before."""
        line: list[Point] = [self.corners[crossings[0]]]
        for start, end in pairwise(crossings):
            line.extend(self.side(start, end)[1:])
        return tuple(line)

    def ring(self, meshes: tuple[int, int, int, int]) -> Line:
        west, south, east, north = meshes
        round_trip = [
            *((i, south) for i in range(west, east)), *((east, j) for j in range(south, north)),
            *((i, north) for i in range(east, west, -1)), *((west, j) for j in range(north, south - 1, -1)),
        ]  # fmt: skip
        return self.path(round_trip)

    def inside(self, mesh: Crossing, u: float, v: float) -> Point:
        """A place in a mesh; `u` and `v` from 0.12 to 0.88 keep it clear of bent sides."""
        i, j = mesh
        sw, se, nw, ne = (self.corners[i + di, j + dj] for dj in (0, 1) for di in (0, 1))
        weights = ((1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v)
        x, y = (sum(w * c[axis] for w, c in zip(weights, (sw, se, nw, ne), strict=True)) for axis in (0, 1))
        return rounded(x, y)


def rounded(x: float, y: float) -> Point:
    """Six decimals: a tenth of a metre, and short files."""
    return round(x, 6), round(y, 6)


def degrees(east_km: float, north_km: float) -> Point:
    return rounded(ORIGIN[0] + east_km / _KM_LON, ORIGIN[1] + north_km / _KM_LAT)


def metres(one: Point, other: Point) -> float:
    """Between near places, as in the plane."""
    return hypot((one[0] - other[0]) * _KM_LON, (one[1] - other[1]) * _KM_LAT) * 1000


def make_land(seed: int) -> Land:
    corners = {(i, j): _corner(seed, i, j) for i in range(COLUMNS + 1) for j in range(ROWS + 1)}
    neighbours = [
        ((i, j), (i + di, j + dj))
        for i, j in corners
        for di, dj in ((1, 0), (0, 1))
        if (i + di, j + dj) in corners
    ]
    return Land(corners, {pair: _bent(seed, pair, corners[pair[0]], corners[pair[1]]) for pair in neighbours})


def make_areas(seed: int, land: Land) -> tuple[Area, ...]:
    """The city, its districts, streets and communities, each after the one that it belongs to."""
    whole = (0, 0, COLUMNS, ROWS)
    areas = [Area(code=CITY_CODE, name=CITY, level="city", parent=PROVINCE_CODE, ring=land.ring(whole), meshes=whole)]  # fmt: skip
    for code, name, meshes in DISTRICTS:
        areas.append(
            Area(
                code=code,
                name=name,
                level="county",
                parent=CITY_CODE,
                ring=land.ring(meshes),
                meshes=meshes,
            )
        )
        areas.extend(_streets(seed, land, code, meshes))
    return tuple(areas)


def make_grids(land: Land, communities: Iterator[Area]) -> tuple[Area, ...]:
    """单元网格: every mesh is one, numbered in its community as in GB/T 30428.1."""
    return tuple(
        Area(
            code=f"{community.code}{number:02}", name=f"{community.name}第{number}网格", level="grid",
            parent=community.code, ring=land.ring((i, j, i + 1, j + 1)), meshes=(i, j, i + 1, j + 1),
        )
        for community in communities
        for number, (i, j) in enumerate(blocks(community.meshes, (1, 1)), start=1)
    )  # fmt: skip


def blocks(meshes: tuple[int, int, int, int], size: tuple[int, int]) -> Iterator[Crossing]:
    """South-west crossings of the blocks of a size, row by row."""
    west, south, east, north = meshes
    return ((i, j) for j in range(south, north, size[1]) for i in range(west, east, size[0]))


def river(land: Land) -> Line:
    """Its banks as one ring; it widens to the sea."""
    middle = land.path([(i, RIVER_ROW) for i in range(COLUMNS + 1)])
    widths = [90 + 210 * (number / len(middle)) ** 2 for number in range(len(middle))]
    north = [_shifted(middle, number, width / 2) for number, width in enumerate(widths)]
    south = [_shifted(middle, number, -width / 2) for number, width in enumerate(widths)]
    return (*south, *reversed(north), south[0])


def lakes(seed: int, land: Land) -> tuple[tuple[str, Line], ...]:
    """Name and shore of each, in one mesh."""
    return tuple((name, _shore(seed, land.inside(mesh, 0.5, 0.5), km)) for name, mesh, km in LAKES)


def _shore(seed: int, middle: Point, km: float) -> Line:
    chance = drawn(seed, "lake", str(middle))
    ring = []
    for step in range(24):
        reach, turn = km * chance.uniform(0.8, 1.1), step / 24 * 2 * pi
        ring.append(
            rounded(middle[0] + reach * cos(turn) / _KM_LON, middle[1] + 0.7 * reach * sin(turn) / _KM_LAT)
        )
    return (*ring, ring[0])


def _streets(seed: int, land: Land, district: str, meshes: tuple[int, int, int, int]) -> Iterator[Area]:
    corners = blocks(meshes, (_STREET_SIZE, _STREET_SIZE))
    for number, ((i, j), name) in enumerate(zip(corners, STREETS[district], strict=True), start=1):
        code, own = f"{district}{number:03}", (i, j, i + _STREET_SIZE, j + _STREET_SIZE)
        yield Area(code=code, name=name, level="street", parent=district, ring=land.ring(own), meshes=own)
        yield from _communities(seed, land, code, own, rural=name.endswith(("镇", "乡")))


def _communities(
    seed: int, land: Land, street: str, meshes: tuple[int, int, int, int], *, rural: bool
) -> Iterator[Area]:
    words = drawn(seed, "communities", street)
    firsts = words.sample(COMMUNITY_FIRST, k=8)
    for number, ((i, j), first) in enumerate(
        zip(blocks(meshes, _COMMUNITY_SIZE), firsts, strict=True), start=1
    ):
        own = (i, j, i + _COMMUNITY_SIZE[0], j + _COMMUNITY_SIZE[1])
        last = words.choice(VILLAGE_LAST if rural else COMMUNITY_LAST)
        code = f"{street}{number:03}"
        yield Area(
            code=code, name=first + last, level="village", parent=street, ring=land.ring(own), meshes=own
        )


def _corner(seed: int, i: int, j: int) -> Point:
    """The net is bent by the river, bulged by the coast and shaken a little everywhere."""
    columns, rows = list(accumulate(_WIDTHS, initial=0.0)), list(accumulate(_HEIGHTS, initial=0.0))
    chance = drawn(seed, "corner", i, j)
    x = columns[i] + chance.uniform(-0.12, 0.12)
    y = rows[j] + chance.uniform(-0.1, 0.1)
    bend = drawn(seed, "river").uniform(0, 2 * pi)
    y += 1.3 * sin(columns[i] / 7.5 + bend)
    coast = max(0.0, (i - 22) / (COLUMNS - 22)) ** 2
    x += coast * (1.8 * sin(rows[j] / 3.6 + bend) - 0.7 * (j == RIVER_ROW))
    x -= max(0.0, (4 - i) / 4) * 1.6 * sin(rows[j] / 5 + 2 * bend)
    return degrees(x, y + 0.05 * x)


def _bent(seed: int, pair: tuple[Crossing, Crossing], start: Point, end: Point) -> Line:
    """Four pieces, eight on the coast."""
    (i, j), (k, m) = pair
    outside = (i == k and i in (0, COLUMNS)) or (j == m and j in (0, ROWS))
    chance = drawn(seed, "side", i, j, k, m)
    line = [start, end]
    for share in (0.11, 0.08, 0.06) if outside else (0.04, 0.03):
        line = [point for one, other in pairwise(line) for point in (one, _displaced(one, other, share * chance.uniform(-1, 1)))]  # fmt: skip
        line.append(end)
    return tuple(line)


def _displaced(one: Point, other: Point, share: float) -> Point:
    """The middle, moved aside by a share of the length."""
    dx, dy = other[0] - one[0], other[1] - one[1]
    return rounded((one[0] + other[0]) / 2 - dy * share, (one[1] + other[1]) / 2 + dx * share)


def _shifted(line: Line, number: int, aside: float) -> Point:
    """A point of a line, metres to its left."""
    before, after = line[max(number - 1, 0)], line[min(number + 1, len(line) - 1)]
    dx, dy = (after[0] - before[0]) * _KM_LON, (after[1] - before[1]) * _KM_LAT
    length = hypot(dx, dy)
    x, y = line[number]
    return rounded(x - dy / length * aside / 1000 / _KM_LON, y + dx / length * aside / 1000 / _KM_LAT)
