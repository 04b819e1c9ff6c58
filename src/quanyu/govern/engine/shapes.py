"""In which system geometries are that nobody declared: degrees, or metres that their figures tell."""

import duckdb

from quanyu.core.province_boxes import Box
from quanyu.govern.engine.model import FileFault
from quanyu.govern.engine.positions import Positions
from quanyu.govern.engine.projections import Guess, Stretch, guess_of_shapes, is_degrees
from quanyu.govern.engine.relation import Relation
from quanyu.govern.quality.quote import literal, name

_FIRST = r"[\[(][\[( ]*(-?[0-9.eE+]+)[ ,]+(-?[0-9.eE+]+)"
"""The first pair of figures, of GeoJSON and of WKT."""
_MEANT = ("geojson", "wkt")
_SEEN = 5_000


def find_system(connection: duckdb.DuckDBPyConnection, relation: Relation, *, home: Box | None) -> Positions:
    """Reads `typed`."""
    columns = [one.column.name for one in relation.surveyed if one.column.geometry or one.semantic in _MEANT]
    stretches = _stretches(connection, columns[0]) if columns else None
    if stretches is None or (is_degrees(stretches[0], 180) and is_degrees(stretches[1], 180)):
        return Positions()
    guess = guess_of_shapes(*stretches, home=home)
    return Positions(crs=guess.crs if guess else None, told=(_told(columns[0], guess),))


def _stretches(connection: duckdb.DuckDBPyConnection, column: str) -> tuple[Stretch, Stretch] | None:
    pair = f"regexp_extract({name(column)}, {literal(_FIRST)}, ['x', 'y'])"
    quantiles = ", ".join(f"quantile_cont(try_cast(p.{axis} AS DOUBLE), [0.05, 0.5, 0.95])" for axis in "xy")
    found = connection.execute(
        f"SELECT {quantiles} FROM (SELECT {pair} AS p FROM typed WHERE {name(column)} IS NOT NULL LIMIT {_SEEN})"
    ).fetchone()
    return (Stretch(*found[0]), Stretch(*found[1])) if found and found[0] and found[1] else None


def _told(column: str, guess: Guess | None) -> FileFault:
    key = "unknown" if guess is None or not guess.crs else "used"
    return FileFault(
        where=column,
        key=f"govern.engine.place.shapes.{key}",
        values={
            "column": column,
            "crs": (guess.crs if guess else None) or "",
            "confidence": round(guess.confidence * 100) if guess else 0,
        },
    )
