"""Where accepted records lie: GeoJSON and its box, in WGS-84.

Points in WGS-84 stay in SQL, next to the record. Other coordinate systems and other geometries go through numpy and shapely, whole columns at
a time.
"""

from collections.abc import Callable
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from quanyu.core.coordinates import Crs, crs_named, to_wgs84
from quanyu.core.errors import Invalid
from quanyu.govern.engine.geometry_texts import shapes_of
from quanyu.govern.engine.model import EntityMapping, FileFault
from quanyu.govern.quality.quote import literal, name

Move = Callable[[NDArray[np.float64]], NDArray[np.float64]]
_NUMBER = "-?[0-9]+(?:\\.[0-9]*)?"
_BATCH = 50_000
_HALF_TURN = np.array([180, 90, 180, 90])


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """SQL over the accepted records `t`: what to join, GeoJSON (null without a place), the sides x1, y1, x2, y2 of its box.

    `columns` say where a record lies.
    """

    columns: tuple[str, ...]
    join: str = " LEFT JOIN places p ON p._row = t._row"
    geojson: str = "p.geojson"
    sides: tuple[str, str, str, str] = ("p.x1", "p.y1", "p.x2", "p.y2")


def make_places(connection: duckdb.DuckDBPyConnection, mapping: EntityMapping) -> Places | None:
    """None where the mapping names no position. Reads the view `accepted`."""
    if mapping.geometry:
        _of_geometry(connection, mapping.geometry, mover(mapping.crs))
        return Places(columns=(mapping.geometry,))
    if not (mapping.longitude and mapping.latitude):
        return None
    x, y = f"{name(mapping.longitude)}::DOUBLE", f"{name(mapping.latitude)}::DOUBLE"
    columns, move = (mapping.longitude, mapping.latitude), mover(mapping.crs)
    if move is None:
        return _of_record(columns, f"t.{x}", f"t.{y}")
    _of_points(connection, f"SELECT _row, {x} AS x, {y} AS y FROM accepted", move)
    return Places(columns=columns)


def told_of_places(connection: duckdb.DuckDBPyConnection, places: Places) -> tuple[FileFault, ...]:
    """Records that say where they lie, and of which no place came: beyond the globe, or not to be read."""
    said = " AND ".join(f"t.{name(column)} IS NOT NULL" for column in places.columns)
    found = connection.execute(
        f"SELECT count(*), list(t._line ORDER BY t._row)[:{_TOLD}] FROM accepted t{places.join}"
        f" WHERE {said} AND ({places.geojson}) IS NULL"
    ).fetchone()
    count, lines = found or (0, [])
    if not count:
        return ()
    where = ", ".join(places.columns)
    told = {"count": count, "columns": where, "lines": ", ".join(str(line) for line in lines)}
    return (FileFault(where=where, key="govern.engine.place.none", values=told),)


_TOLD = 5


def _of_record(columns: tuple[str, str], x: str, y: str) -> Places:
    """The point that stands in the record itself."""
    inside = _ON_EARTH.format(x=x, y=y)
    x, y = f"CASE WHEN {inside} THEN {x} END", f"CASE WHEN {inside} THEN {y} END"
    return Places(columns=columns, join="", geojson=_point_json(x, y), sides=(x, y, x, y))


_ON_EARTH = "{x} BETWEEN -180 AND 180 AND {y} BETWEEN -90 AND 90"


def _point_json(x: str, y: str) -> str:
    return f"'{{\"type\":\"Point\",\"coordinates\":[' || round({x}, 7) || ',' || round({y}, 7) || ']}}'"


def mover(declared: str) -> Move | None:
    """From the declared system to WGS-84; None where nothing moves. Raises Invalid for an unknown system."""
    known = crs_named(declared)
    if known in (Crs.WGS84, Crs.CGCS2000):
        return None
    if known is not None:
        return lambda points: np.column_stack(to_wgs84(points[:, 0], points[:, 1], known))
    import pyproj  # loaded where a file names a system of its own

    try:
        transformer = pyproj.Transformer.from_crs(declared, "EPSG:4326", always_xy=True)
    except pyproj.exceptions.CRSError as error:
        raise Invalid("govern.engine.crs_unknown", crs=declared) from error
    return lambda points: np.column_stack(transformer.transform(points[:, 0], points[:, 1]))


def _of_points(connection: duckdb.DuckDBPyConnection, points: str, move: Move | None) -> None:
    """`points` is a query of _row, x, y."""
    if move is None:
        connection.execute(f"CREATE TEMP VIEW points AS {points}")
    else:
        found = connection.execute(points).fetchnumpy()
        x, y = (np.ma.filled(found[axis], np.nan).astype(np.float64) for axis in ("x", "y"))
        moved = move(np.column_stack([x, y]))
        connection.register(
            "moved", pa.table({"_row": found["_row"], "x": pa.array(moved[:, 0]), "y": pa.array(moved[:, 1])})
        )
        connection.execute("CREATE TEMP TABLE points AS SELECT * FROM moved")
    connection.execute(
        f"CREATE TEMP VIEW places AS SELECT _row, {_point_json('x', 'y')} AS geojson, x AS x1, y AS y1, x AS x2, y AS y2"
        f" FROM points WHERE {_ON_EARTH.format(x='x', y='y')}"
    )


def _of_geometry(connection: duckdb.DuckDBPyConnection, column: str, move: Move | None) -> None:
    text = name(column)
    first = connection.execute(f"SELECT {text} FROM accepted WHERE {text} IS NOT NULL LIMIT 1").fetchone()
    said = str(first[0]).lstrip() if first else ""
    if said.startswith(("(", "[", "-")) or said[:1].isdigit():
        _of_points(connection, _pairs(connection, text), move)
        return
    connection.execute(
        "CREATE TEMP TABLE places (_row BIGINT, geojson VARCHAR, x1 DOUBLE, y1 DOUBLE, x2 DOUBLE, y2 DOUBLE)"
    )
    reader = connection.sql(
        f"SELECT _row, {text} AS g FROM accepted WHERE {text} IS NOT NULL"
    ).to_arrow_reader(_BATCH)
    for batch in [_placed(batch, move) for batch in reader]:
        connection.register("batch", batch)
        connection.execute("INSERT INTO places SELECT * FROM batch")
        connection.unregister("batch")


def _pairs(connection: duckdb.DuckDBPyConnection, text: str) -> str:
    """(lat, lon) is the custom; a first figure above 90 can only be a longitude."""
    figures = f"regexp_extract_all({text}, {literal(_NUMBER)})"
    found = connection.execute(f"SELECT max(abs(try_cast({figures}[1] AS DOUBLE))) FROM accepted").fetchone()
    x, y = (1, 2) if found and found[0] is not None and found[0] > 90 else (2, 1)
    return f"SELECT _row, try_cast({figures}[{x}] AS DOUBLE) AS x, try_cast({figures}[{y}] AS DOUBLE) AS y FROM accepted"


def _placed(batch: pa.RecordBatch, move: Move | None) -> pa.Table:
    """Geometries that cannot be read or lie beyond the globe are left out; the record stays without a place."""
    shapes = shapes_of(batch.column("g").to_pylist())
    if move is not None:
        shapes = _moved(shapes, move)
    shapes = shapely.set_precision(shapes, 1e-7, mode="pointwise")
    good = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    good[good] = (np.abs(shapely.bounds(shapes[good])) <= _HALF_TURN).all(axis=1)
    boxes = shapely.bounds(shapes[good])
    rows = np.asarray(batch.column("_row").to_numpy(zero_copy_only=False))[good]
    columns = {
        "_row": pa.array(rows),
        "geojson": pa.array(shapely.to_geojson(shapes[good]).tolist(), pa.string()),
    }
    columns |= {side: pa.array(boxes[:, i], pa.float64()) for i, side in enumerate(("x1", "y1", "x2", "y2"))}
    return pa.table(columns)


def _moved(shapes: NDArray[np.object_], move: Move) -> NDArray[np.object_]:
    """Heights stay as they are."""
    high = shapely.has_z(shapes)
    moved = shapes.copy()
    moved[~high] = shapely.transform(shapes[~high], move)
    moved[high] = shapely.transform(
        shapes[high], lambda points: np.column_stack([move(points[:, :2]), points[:, 2]]), include_z=True
    )
    return moved
