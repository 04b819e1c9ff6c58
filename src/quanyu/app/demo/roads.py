"""Roads of the demonstration city: they follow the net of the land, cross the river on bridges only."""

from dataclasses import dataclass
from itertools import pairwise

from quanyu.app.demo.land import COLUMNS, RIVER_ROW, ROWS, Crossing, Land, Line, metres
from quanyu.app.demo.names import AVENUES, STREETS_ACROSS

AVENUE_COLUMNS = tuple(range(2, COLUMNS, 2))
ACROSS_ROWS = (2, 4, 6, 10, 12, 14)
BRIDGES = frozenset({4, 8, 12, 14, 18, 22, 26})
_MAIN = frozenset({*(("avenue", column) for column in (8, 14, 20)), ("across", 6), ("across", 10)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """A segment between two crossings; metres and km/h."""

    code: str
    name: str
    line: Line
    start: str
    end: str
    length: float
    road_class: str
    lanes: int
    limit: int


def make_roads(land: Land) -> tuple[Road, ...]:
    roads = []
    for column, name in zip(AVENUE_COLUMNS, AVENUES, strict=True):
        pairs = pairwise((column, row) for row in range(ACROSS_ROWS[0], ACROSS_ROWS[-1] + 1))
        kept = [pair for pair in pairs if column in BRIDGES or RIVER_ROW not in (pair[0][1], pair[1][1])]
        roads += [_road(land, name, pair, main=("avenue", column) in _MAIN) for pair in kept]
    for row, name in zip(ACROSS_ROWS, STREETS_ACROSS, strict=True):
        pairs = pairwise((column, row) for column in range(AVENUE_COLUMNS[0], AVENUE_COLUMNS[-1] + 1))
        roads += [_road(land, name, pair, main=("across", row) in _MAIN) for pair in pairs]
    return tuple(roads)


def round_trip(land: Land, columns: tuple[int, int], rows: tuple[int, int]) -> Line:
    """Around a rectangle of roads and back, for vehicles that circle."""
    (west, east), (south, north) = columns, rows
    crossings: list[Crossing] = [
        *((i, south) for i in range(west, east)), *((east, j) for j in range(south, north)),
        *((i, north) for i in range(east, west, -1)), *((west, j) for j in range(north, south - 1, -1)),
    ]  # fmt: skip
    return land.path(crossings)


def length_of(line: Line) -> float:
    return sum(metres(one, other) for one, other in pairwise(line))


def _road(land: Land, name: str, pair: tuple[Crossing, Crossing], *, main: bool) -> Road:
    line = land.side(*pair)
    start, end = (f"N{i:02}{j:02}" for i, j in pair)
    inner = min(pair[0][0], pair[1][0]) >= COLUMNS // 4 and 3 < pair[0][1] < ROWS - 3
    road_class = "主干路" if main else "次干路" if inner else "支路"
    lanes, limit = {"主干路": (6, 60), "次干路": (4, 50), "支路": (2, 40)}[road_class]
    return Road(
        code=f"{start}{end}", name=name, line=line, start=start, end=end, length=round(length_of(line), 1),
        road_class=road_class, lanes=lanes, limit=limit,
    )  # fmt: skip
