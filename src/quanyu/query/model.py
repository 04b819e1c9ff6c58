"""What an engine is: whoever asks writes DuckDB's SQL and never learns which engine answers."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Protocol

import pyarrow as pa

from quanyu.core.errors import Unavailable

BATCH_ROWS = 20_000
Parameters = Mapping[str, object] | Sequence[object]
"""By name (`$p0`), or by place (`$1`)."""


class Failure(StrEnum):
    MEMORY = "memory"
    STOPPED = "stopped"
    NAMES = "names"  # the question speaks of what is not there; its message holds names and types only
    OTHER = "other"


class Failed(Unavailable):
    """A question was not answered. `said` may quote a value, unless it is about names."""

    def __init__(self, failure: Failure, said: str) -> None:
        super().__init__("query.failed", reason=said[:200])
        self.failure = failure
        self.said = said


class Session(Protocol):
    """Questions to certain files and to no others. For one thread; only `interrupt` is for any.

    Every method but `interrupt` and `close` raises Failed.
    """

    def stream(self, sql: str, parameters: Parameters = ()) -> pa.RecordBatchReader:
        """Batches as they are made, of at most `BATCH_ROWS`; reading on raises Failed too."""

    def columns(self, table: str) -> Mapping[str, str]:
        """Names and DuckDB types of a trusted table expression."""

    def run(self, statement: str) -> None:
        """`CREATE TEMP TABLE` or `VIEW` … `AS SELECT`, for the questions of this session."""

    def interrupt(self) -> None:
        """What is being answered fails as STOPPED; nothing happens where nothing is."""

    def close(self) -> None: ...


class Engine(Protocol):
    """`patience` is how many seconds the first rows of an answer may take."""

    patience: float

    def session(self, files: Iterable[str]) -> Session: ...

    def close(self) -> None: ...


def rows_of(reader: pa.RecordBatchReader) -> list[tuple[Any, ...]]:
    """A small answer as values."""
    found: list[tuple[Any, ...]] = []
    for batch in reader:
        found += zip(*(column.to_pylist() for column in batch.columns), strict=True)
    return found
