"""Which engine a node has, by its setting."""

import re
from importlib.util import find_spec
from pathlib import Path

from quanyu.core.errors import Invalid
from quanyu.query.duck import DuckEngine
from quanyu.query.model import Engine

DUCKDB = "duckdb"
_SPARK = re.compile(r"spark://\S+|sc://\S+|local(-cluster)?\[[0-9*, ]+\]")


def open_engine(said: str, folder: Path) -> Engine:
    """`duckdb`; `spark://host:port` of a cluster, `sc://host:port` of Spark Connect, or `local[2]`. Raises Invalid."""
    if said == DUCKDB:
        return DuckEngine(folder)
    if not _SPARK.fullmatch(said):
        raise Invalid("query.engine", engine=said[:200])
    if find_spec("pyspark") is None:
        raise Invalid("query.no_spark", engine=said[:200])
    from quanyu.query.spark import SparkEngine  # needs the extra `spark`

    return SparkEngine(said, folder)
