"""Rules suggested for positions: ranges, placeholders, the region where the records lie, leaps of moving things."""

from collections.abc import Iterator
from dataclasses import dataclass

from quanyu.core.profile import NUMERIC_TYPES, ColumnProfile
from quanyu.govern.quality.quote import literal, name
from quanyu.govern.quality.rules import Parameter, Rule, RuleKind, Severity
from quanyu.govern.quality.scene import Box, Scene, suggested

REFUSE, FLAG = Severity.REFUSE, Severity.FLAG

MOVING_REACH = 1.1
"""Degrees around the median in which the vehicles of a city move: about 120 km."""
REACH_IN_METRES = 120_000.0
PLACEHOLDER_SHARE = 0.01
PLACEHOLDER_LEAD = 5
"""A placeholder is this much more frequent than the next position."""
TELEPORT = 300.0
"""km/h; faster than any road vehicle."""
LEAP = 500
"""Metres; what is nearer is jitter of the receiver, however short the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    longitude: ColumnProfile
    latitude: ColumnProfile
    pair: str | None = None  # a sibling column with "(lat, lon)"
    metres: bool = False  # easting and northing of a projection

    @property
    def columns(self) -> tuple[str, str]:
        return self.longitude.name, self.latitude.name

    @property
    def is_real(self) -> str:
        """SQL: there is a position, and it is not 0, 0."""
        x, y = name(self.longitude.name), name(self.latitude.name)
        if self.metres:
            return f"NOT ({x} = 0 AND {y} = 0)"
        return f"{x} BETWEEN -180 AND 180 AND {y} BETWEEN -90 AND 90 AND NOT ({x} = 0 AND {y} = 0)"


def point_rules(scene: Scene, *, entity: str | None, time: str | None) -> Iterator[Rule]:
    """`entity` and `time` are set where the records are observations of things that return."""
    position = find_position(scene)
    if position is None:
        return
    if not position.metres:
        yield from _ranges(position)
    placeholders = _placeholders(scene, position, entity)
    columns = (*position.columns, position.pair) if position.pair else position.columns
    parameters: dict[str, Parameter] = {"points": [list(point) for point in placeholders]}
    titles = ("坐标不应为占位点", "The position is no placeholder")
    yield suggested(RuleKind.PLACEHOLDER_POINT, columns, REFUSE, titles=titles, parameters=parameters)
    moving = entity is not None and time is not None and _moves(scene, position, entity)
    box = scene.region or _region(scene, position, placeholders, is_moving=moving or position.metres)
    if box is not None:
        titles = ("坐标应在区域范围内", "The position lies in the region")
        yield suggested(
            RuleKind.INSIDE_REGION, position.columns, REFUSE, titles=titles, parameters=box.parameters()
        )
    if moving and entity is not None and time is not None and not position.metres:
        titles = ("位置不应瞬移", "The position can be reached from the one before")
        limits: dict[str, Parameter] = {
            "maximum": TELEPORT,
            "leap": LEAP,
            **(box.parameters() if box else {}),
        }
        yield suggested(
            RuleKind.SPEED, (entity, time, *position.columns), FLAG, titles=titles, parameters=limits
        )


def find_position(scene: Scene) -> Position | None:
    """The one pair of longitude and latitude, or of easting and northing; None where there is none or more than one."""
    metres = [
        [p for p in scene.of_semantic(word) if p.type in NUMERIC_TYPES] for word in ("easting", "northing")
    ]
    if len(metres[0]) == len(metres[1]) == 1:
        return Position(longitude=metres[0][0], latitude=metres[1][0], metres=True)
    found = [
        [p for p in scene.of_semantic(word) if p.type in NUMERIC_TYPES] for word in ("longitude", "latitude")
    ]
    if len(found[0]) != 1 or len(found[1]) != 1:
        return None
    pairs = scene.of_semantic("coordinate_pair")
    return Position(
        longitude=found[0][0], latitude=found[1][0], pair=pairs[0].name if len(pairs) == 1 else None
    )


def _ranges(position: Position) -> Iterator[Rule]:
    for profile, limit in ((position.longitude, 180), (position.latitude, 90)):
        titles = (f"{profile.label} 应在 ±{limit} 之间", f"{profile.label} lies within ±{limit}")
        limits: dict[str, Parameter] = {"minimum": -limit, "maximum": limit}
        yield suggested(RuleKind.RANGE, (profile.name,), REFUSE, titles=titles, parameters=limits)


def _placeholders(scene: Scene, position: Position, entity: str | None) -> list[tuple[float, float]]:
    """One position far ahead of all others, used for many different things: nobody measured it."""
    x, y = (name(column) for column in position.columns)
    who = f"count(DISTINCT {name(entity)})" if entity else "count(*)"
    top = scene.connection.execute(
        f"SELECT {x}, {y}, count(*), {who} FROM typed WHERE {position.is_real} GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 2"
    ).fetchall()
    if len(top) < 2 or scene.rows < 100:
        return []
    (lon, lat, count, things), (_, _, next_count, _) = top
    is_ahead = (
        count >= PLACEHOLDER_SHARE * scene.rows and count >= PLACEHOLDER_LEAD * next_count and count >= 20
    )
    return [(lon, lat)] if is_ahead and things >= 5 and count <= 0.6 * scene.rows else []


def _moves(scene: Scene, position: Position, entity: str) -> bool:
    """Most things have been at more than one position."""
    x, y = (name(column) for column in position.columns)
    found = scene.first(
        f"SELECT count(*), count(*) FILTER (WHERE w) FROM (SELECT max({x}) - min({x}) + max({y}) - min({y}) > 0.002 AS w"
        f" FROM typed WHERE {position.is_real} GROUP BY {name(entity)} HAVING count(*) > 1)"
    )
    return found[0] > 0 and found[1] >= 0.5 * found[0]


def _region(
    scene: Scene, position: Position, placeholders: list[tuple[float, float]], *, is_moving: bool
) -> Box | None:
    """Where the bulk of the records lies, generously; None where they are spread over half the world."""
    x, y = position.columns
    west, east = _reach(scene, position, x, placeholders, is_moving=is_moving)
    south, north = _reach(scene, position, y, placeholders, is_moving=is_moving)
    if east <= west or north <= south or (east - west > 180 and not position.metres):
        return None
    box = Box(west=west, south=south, east=east, north=north)
    return box if _holds_the_bulk(scene, position, box, placeholders) else None


def _holds_the_bulk(
    scene: Scene, position: Position, box: Box, placeholders: list[tuple[float, float]]
) -> bool:
    """A box that leaves out many is one cluster among several, not the region."""
    x, y = (name(column) for column in position.columns)
    inside = f"{x} BETWEEN {literal(box.west)} AND {literal(box.east)} AND {y} BETWEEN {literal(box.south)} AND {literal(box.north)}"
    real, held = scene.first(
        f"SELECT count(*), count(*) FILTER (WHERE {inside}) FROM typed WHERE {_measured(position, placeholders)}"
    )
    return real - held <= (0.02 if real >= 50 else 0.2) * real


def _measured(position: Position, placeholders: list[tuple[float, float]]) -> str:
    x, y = (name(column) for column in position.columns)
    no_placeholder = (f"NOT ({x} = {literal(lon)} AND {y} = {literal(lat)})" for lon, lat in placeholders)
    return " AND ".join([position.is_real, *no_placeholder])


def _reach(
    scene: Scene, position: Position, column: str, placeholders: list[tuple[float, float]], *, is_moving: bool
) -> tuple[float, float]:
    """Things that move stay within a wide multiple of their spread; things that stand end where a gap begins."""
    real = _measured(position, placeholders)
    value = name(column)
    found = scene.first(
        f"SELECT count(*), quantile_cont({value}, 0.25), median({value}), quantile_cont({value}, 0.75) FROM typed WHERE {real}"
    )
    if found[0] < 4:
        return 0.0, 0.0
    low, middle, high = found[1:]
    if is_moving:
        reach = max(5 * (high - low), REACH_IN_METRES if position.metres else MOVING_REACH)
        return round(middle - reach, 4), round(middle + reach, 4)
    return _until_gap(scene, f"SELECT DISTINCT round({value}, 4) AS v FROM typed WHERE {real}", middle)


def _until_gap(scene: Scene, values: str, middle: float) -> tuple[float, float]:
    """The values around the middle up to the first gap that is wider than all that lies inside, with a margin."""
    ordered = [row[0] for row in scene.connection.execute(f"{values} ORDER BY v").fetchall()]
    centre = min(range(len(ordered)), key=lambda index: abs(ordered[index] - middle))
    first = last = centre
    while True:
        width = max(ordered[last] - ordered[first], 0.1)
        below = ordered[first] - ordered[first - 1] if first > 0 else float("inf")
        above = ordered[last + 1] - ordered[last] if last < len(ordered) - 1 else float("inf")
        if min(below, above) > 1.5 * width + 0.1:
            break
        first, last = (first - 1, last) if below <= above else (first, last + 1)
    margin = max(0.1, 0.2 * (ordered[last] - ordered[first]))
    return round(ordered[first] - margin, 4), round(ordered[last] + margin, 4)
