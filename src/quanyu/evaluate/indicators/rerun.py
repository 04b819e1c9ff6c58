"""The count as it runs beside the node: what changed is counted, and what came out differently goes to the twin."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg

from quanyu.core.clock import Clock, city_day
from quanyu.core.errors import QuanyuError
from quanyu.evaluate.indicators import _sql
from quanyu.evaluate.indicators.compute import Done, Wanted, compute
from quanyu.evaluate.indicators.definitions import ensure_shipped, known
from quanyu.evaluate.indicators.model import Value
from quanyu.evaluate.indicators.periods import PeriodKind, period_of
from quanyu.evaluate.indicators.write_back import TYPE, entity_id, write_of
from quanyu.query import Engine
from quanyu.store import Database
from quanyu.twin import Writer

JOB = "evaluate.indicators"
ALL = Wanted()
EVERY_SECONDS = 300.0
_BEFORE_THE_FIRST = 60.0  # a node that was started is busy enough
_AT_ONCE = 1000

_log = logging.getLogger("quanyu.indicators")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bureau:
    """Who counts for a tenant."""

    database: Database
    writer: Writer
    tenant: str
    folder: Path
    clock: Clock
    engine: Engine | None = None

    async def count(self, wanted: Wanted = ALL) -> Done:
        """Kept and, where the twin has another value of the present period, written back. Raises NotFound for an unknown code."""
        now = self.clock()
        present = {period_of(kind, city_day(now)) for kind in PeriodKind}
        async with self.database.tenant(self.tenant) as connection:
            await _sql.one_at_a_time(connection, self.tenant)
            await ensure_shipped(connection, self.tenant, now=now)
            done = await compute(connection, self.tenant, self.folder, wanted, now=now, engine=self.engine)
            said = {code: one.said for code, one in (await known(connection)).newest().items()}
            there = await _sql.in_the_twin(connection, TYPE)
        others = [one for one in done.values if one.period in present and is_news(one, there)]
        writes = [write_of(one, said[one.code]) for one in others]
        for start in range(0, len(writes), _AT_ONCE):
            await self.writer.submit(self.tenant, writes[start : start + _AT_ONCE])
        return done

    async def run(self) -> None:
        """Until cancelled. How far it has come stands in the database, so whatever ends it loses nothing."""
        await asyncio.sleep(_BEFORE_THE_FIRST)
        while True:
            try:
                await self.count()
            except (QuanyuError, asyncpg.PostgresError) as error:
                _log.warning("indicators wait: %s", error)
            await asyncio.sleep(EVERY_SECONDS)


def is_news(value: Value, there: Mapping[str, tuple[float | None, str | None]]) -> bool:
    """Whether the twin has to be told, whatever has kept it from being told before."""
    known = there.get(entity_id(value.code, value.dimension, value.key))
    if known is None:
        return value.value is not None
    return known != (value.value, value.period.start.isoformat())


def counting_of(body: Mapping[str, Any]) -> Wanted:
    """What a job asks for: codes, from and until, as days."""
    first, last = (date.fromisoformat(body[name]) if body.get(name) else None for name in ("from", "until"))
    codes = body.get("codes")
    return Wanted(codes=None if codes is None else tuple(codes), first=first, last=last)
