"""DuckDB as the import engine uses it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
from duckdb.func import ARROW
from duckdb.sqltypes import BOOLEAN, VARCHAR

from quanyu.govern.engine.model import EngineJob
from quanyu.govern.quality.quote import literal
from quanyu.govern.quality.sql import NO_GEOMETRY


@contextmanager
def opened(job: EngineJob) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB within its limits, without the network and without extensions from anywhere."""
    spill = Path(job.workdir) / "spill"
    connection = duckdb.connect(
        config={
            "memory_limit": job.memory_limit,
            "threads": job.threads,
            "temp_directory": str(spill),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    connection.create_function(NO_GEOMETRY, _is_no_geometry, [VARCHAR], BOOLEAN, type=ARROW)
    try:
        yield in_city_time(connection, job)
    finally:
        connection.close()


def _is_no_geometry(texts: pa.ChunkedArray) -> pa.Array:
    """Imported where a rule asks, as the library of geometry takes longer than a small file."""
    from quanyu.govern.engine.geometry_texts import is_no_geometry

    return is_no_geometry(texts)


def in_city_time(connection: duckdb.DuckDBPyConnection, job: EngineJob) -> duckdb.DuckDBPyConnection:
    """Moments are read and written in the zone of the city; each connection has to be told."""
    return connection.execute(f"SET TimeZone = {literal(job.time_zone)}")
