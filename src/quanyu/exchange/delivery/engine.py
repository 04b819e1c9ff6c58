"""The engine behind the enforcement: threads of its own, columns that are known, and what an asker hears of a failure."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pyarrow as pa

from quanyu.core.errors import Invalid, QuanyuError, TooLarge
from quanyu.query import Engine, Failed, Failure, Session

_MOST_TABLES = 200
_QUERIES_AT_ONCE = 8

Made = TypeVar("Made")


class Engines:
    """For threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._columns: OrderedDict[str, Mapping[str, str]] = OrderedDict()
        self._pool = ThreadPoolExecutor(_QUERIES_AT_ONCE, "governed")

    @property
    def patience(self) -> float:
        """Seconds until the first rows of an answer."""
        return self._engine.patience

    def session(self, files: Iterable[str]) -> Session:
        """Raises what `told` says."""
        try:
            return self._engine.session(files)
        except Failed as error:
            raise told(error) from None

    async def work(self, work: Callable[[], Made]) -> Made:
        """In a thread of our own: however many queries are slow, the rest of the node keeps its threads."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def columns(self, files: Iterable[str], table: str) -> Mapping[str, str]:
        """Names and types of a trusted table expression over files that never change."""
        known = self._columns.get(table)
        if known is None:
            session = self.session(files)
            known = self._columns[table] = session.columns(table)
            session.close()
            while len(self._columns) > _MOST_TABLES:
                self._columns.popitem(last=False)
        return known


def opened(session: Session, sql: str, parameters: Mapping[str, object]) -> pa.RecordBatchReader:
    """Batches as they are made. Raises Invalid or TooLarge."""
    try:
        return session.stream(sql, parameters)
    except Failed as error:
        raise told(error) from None


def told(error: Failed) -> QuanyuError:
    """What an asker may hear: only of names and types, every other message may quote a value."""
    match error.failure:
        case Failure.MEMORY:
            return TooLarge("exchange.query.large")
        case Failure.STOPPED:
            return TooLarge("exchange.query.slow")
        case Failure.NAMES | Failure.OTHER:
            return Invalid("exchange.query.engine", reason=error.said[:200])
