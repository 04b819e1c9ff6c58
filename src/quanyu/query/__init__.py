"""Questions to records that lie in files: answered by DuckDB in this process, or by a Spark cluster, in the same words."""

from quanyu.query.duck import DuckEngine
from quanyu.query.model import Engine, Failed, Failure, Parameters, Session, rows_of
from quanyu.query.opening import open_engine

__all__ = [
    "DuckEngine",
    "Engine",
    "Failed",
    "Failure",
    "Parameters",
    "Session",
    "open_engine",
    "rows_of",
]
