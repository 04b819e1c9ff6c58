"""Which columns say where, once their values are known: exchanged longitude and latitude, and metres of a projection.

What was decided is said in the report; where two readings are as likely, nothing is decided and that is said.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import duckdb

from quanyu.core.coordinates import crs_named
from quanyu.core.profile import NUMERIC_TYPES
from quanyu.core.province_boxes import Box
from quanyu.govern.engine.model import FileFault
from quanyu.govern.engine.projections import Guess, Stretch, guess_projection, is_degrees
from quanyu.govern.engine.relation import Relation
from quanyu.govern.engine.semantics import LATITUDE, LONGITUDE, names_latitude, names_longitude
from quanyu.govern.quality.quote import literal, name
from quanyu.govern.quality.rules import Scalar

EASTING, NORTHING = "easting", "northing"
_CROSSWISE = re.compile(
    r"(coord(inate)?_?|point_?|pos_?|gps_?|cgcs2000_?|map_?)?[xy](_?coord(inate)?|_?坐标|轴)?|坐标_?[xy]|[横纵东北]坐标|(平面)?坐标[（(]?[xy][)）]?"
    r"|east(ing)?s?|north(ing)?s?|[xy]_?(米|m)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Positions:
    """`semantics` of columns that are other than their names say; `crs` as detected, with `confidence`."""

    semantics: Mapping[str, str] = field(default_factory=dict)
    crs: str | None = None
    told: tuple[FileFault, ...] = ()


def find_positions(
    connection: duckdb.DuckDBPyConnection, relation: Relation, *, declared: str | None, home: Box | None
) -> Positions:
    """Reads `typed`. `declared` is the system that the file or a person names, `home` where the dataset should lie."""
    numbers = [
        one.column.name
        for one in relation.surveyed
        if one.parsing.type in NUMERIC_TYPES and not one.column.geometry
    ]
    if any(one.column.geometry for one in relation.surveyed):
        return Positions()
    pair = _named_pair(numbers) or _crossed_pair(relation, numbers)
    if pair is None:
        return Positions()
    return _of_degrees(connection, *pair, home) or _of_metres(connection, pair, declared, home)


def _named_pair(numbers: list[str]) -> tuple[str, str] | None:
    lons, lats = list(filter(names_longitude, numbers)), list(filter(names_latitude, numbers))
    return (lons[0], lats[0]) if len(lons) == len(lats) == 1 else None


def _crossed_pair(relation: Relation, numbers: list[str]) -> tuple[str, str] | None:
    """Two columns called X and Y, or 横坐标 and 纵坐标, with figures as exact as places have."""
    crossed = [column for column in numbers if _CROSSWISE.fullmatch(column.strip())]
    if len(crossed) != 2:
        return None
    samples = {one.column.name: one.samples for one in relation.surveyed}
    exact = all(any(_EXACT.search(text) for text in samples[column]) for column in crossed)
    first, second = crossed
    ordered = (second, first) if _UP.search(first) and not _UP.search(second) else (first, second)
    return ordered if exact else None


_EXACT = re.compile(r"[.][0-9]{3,}|[0-9]{6,}")
_UP = re.compile(r"y|纵|北|north", re.IGNORECASE)


def with_meanings(relation: Relation, positions: Positions) -> Relation:
    surveyed = tuple(
        replace(one, semantic=positions.semantics.get(one.column.name, one.semantic))
        for one in relation.surveyed
    )
    return replace(relation, surveyed=surveyed)


def _of_degrees(
    connection: duckdb.DuckDBPyConnection, longitude: str, latitude: str, home: Box | None
) -> Positions | None:
    """None where the columns hold no degrees."""
    x, y = _stretch(connection, longitude), _stretch(connection, latitude)
    if x is None or y is None or not (is_degrees(x, 180) and is_degrees(y, 180)):
        return None
    if not _are_exchanged(connection, (longitude, x), (latitude, y), home):
        return Positions(semantics={longitude: LONGITUDE, latitude: LATITUDE} if is_degrees(y, 90) else {})
    values: dict[str, Scalar] = {
        "longitude": longitude,
        "latitude": latitude,
        "example": f"{x.middle:.4f}, {y.middle:.4f}",
    }
    return Positions(
        semantics={longitude: LATITUDE, latitude: LONGITUDE},
        told=(
            FileFault(where=f"{longitude}, {latitude}", key="govern.engine.place.exchanged", values=values),
        ),
    )


def _are_exchanged(
    connection: duckdb.DuckDBPyConnection,
    longitude: tuple[str, Stretch],
    latitude: tuple[str, Stretch],
    home: Box | None,
) -> bool:
    """No latitude lies beyond 90; where both could be either, the region decides."""
    (lon, x), (lat, y) = longitude, latitude
    if not is_degrees(y, 90):
        return is_degrees(x, 90)
    if home is None or not is_degrees(x, 90):
        return False
    as_named, exchanged = _inside(connection, lon, lat, home), _inside(connection, lat, lon, home)
    return exchanged > 0.9 and as_named < 0.1


def _of_metres(
    connection: duckdb.DuckDBPyConnection, pair: tuple[str, str], declared: str | None, home: Box | None
) -> Positions:
    stretches = [_stretch(connection, column) for column in pair]
    if None in stretches:
        return Positions()
    first, second = (stretch for stretch in stretches if stretch is not None)
    guess = guess_projection(first, second, home=home)
    if guess is None:
        return Positions()
    easting, northing = (pair[1], pair[0]) if guess.northing_first else pair
    meanings = {easting: EASTING, northing: NORTHING}
    if declared is not None:
        known = crs_named(declared)
        return (
            Positions(semantics=meanings) if known is None else Positions(told=tuple(_denied(pair, declared)))
        )
    told = (_told(easting, northing, guess),)
    return Positions(semantics=meanings if guess.crs else {}, crs=guess.crs, told=told)


def _told(easting: str, northing: str, guess: Guess) -> FileFault:
    key = "used" if guess.crs else "several" if guess.candidates else "unknown"
    return FileFault(
        where=f"{easting}, {northing}",
        key=f"govern.engine.place.projected.{key}",
        values={
            "crs": guess.crs or "",
            "confidence": round(guess.confidence * 100),
            "candidates": ", ".join(guess.candidates[:6]),
            "easting": easting,
            "northing": northing,
        },
    )


def _denied(pair: tuple[str, str], declared: str) -> Iterator[FileFault]:
    yield FileFault(
        where=", ".join(pair),
        key="govern.engine.place.projected.denied",
        values={"crs": declared, "where": "”“".join(pair)},
    )


def _stretch(connection: duckdb.DuckDBPyConnection, column: str) -> Stretch | None:
    """Where the bulk of the values lies, zero aside."""
    value = name(column)
    found = connection.execute(
        f"SELECT quantile_cont({value}::DOUBLE, [0.05, 0.5, 0.95]) FROM typed WHERE {value} <> 0"
    ).fetchone()
    return Stretch(*found[0]) if found and found[0] else None


def _inside(connection: duckdb.DuckDBPyConnection, x: str, y: str, home: Box) -> float:
    west, south, east, north = map(literal, home)
    test = f"{name(x)} BETWEEN {west} AND {east} AND {name(y)} BETWEEN {south} AND {north}"
    found = connection.execute(
        f"SELECT avg(({test})::INTEGER) FROM typed WHERE {name(x)} <> 0 AND {name(y)} <> 0"
    ).fetchone()
    return float(found[0]) if found and found[0] is not None else 0.0
