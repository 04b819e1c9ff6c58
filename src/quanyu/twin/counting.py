"""Counts in what writes leave behind: rows of differences become part of the counters (migrations 0031 and 0078)."""

import asyncio
import logging

from quanyu.core.errors import QuanyuError
from quanyu.store import Connection, Database
from quanyu.twin import _counting_sql

STEP = 1000
MOST = 2 * STEP
"""A stretch that has more entities is divided into such of STEP."""

_FOLDING = 7_295_031  # one folds at a time
_EVERY_SECONDS = 1.0
_FEW_SHAPES, _FEW_ENTITIES = (
    250,
    1000,
)  # whose differences are summed up as quickly as they would be counted in

_log = logging.getLogger("quanyu.twin")


async def fold(connection: Connection, tenant: str) -> None:
    """Does nothing while another one does it, or where nothing can be written."""
    if await connection.fetchval("show transaction_read_only") == "on":
        return
    if await connection.fetchval("select pg_try_advisory_xact_lock($1, hashtext($2))", _FOLDING, tenant):
        await connection.execute(_counting_sql.SHAPES, tenant)
        await connection.execute(_counting_sql.STRETCHES, tenant, MOST, STEP)


class Bookkeeper:
    """One per node: whoever reads finds few differences, however much is written."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        while True:
            try:
                await self.count()
            except QuanyuError as error:
                _log.warning("nothing is counted in for the moment: %s", error)
            await asyncio.sleep(_EVERY_SECONDS)

    async def count(self) -> None:
        async with self._database.system() as connection:
            rows = await connection.fetch(_counting_sql.UNCOUNTED, _FEW_SHAPES, _FEW_ENTITIES)
        for row in rows:
            async with self._database.tenant(row["tenant"]) as connection:
                await fold(connection, row["tenant"])
