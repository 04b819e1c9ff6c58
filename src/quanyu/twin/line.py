"""The connection that the writer of a tenant keeps while there is something to write: a group is one round trip."""

import contextlib
from collections.abc import AsyncIterator, Collection

from quanyu.core.errors import Unavailable
from quanyu.store import Connection, Database, plain_errors
from quanyu.twin.rows import Batch
from quanyu.twin.state import State
from quanyu.twin.write import read


class Line:
    """Opened when it is needed, and again after it was cut. `write` is one transaction: the statement itself."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self.tenant = tenant
        self._kept = contextlib.AsyncExitStack()
        self._connection: Connection | None = None

    async def read(self, ids: Collection[str]) -> dict[str, State]:
        """Those of the entities that exist."""
        if not ids:
            return {}
        async with self._use() as connection:
            return await read(connection, self.tenant, ids)

    async def write(self, batch: Batch) -> None:
        self._database.refuse_when_full()
        async with self._use() as connection:
            await connection.execute(batch.statement, *batch.arguments)

    async def close(self) -> None:
        self._connection = None
        with contextlib.suppress(Unavailable):
            await self._kept.aclose()

    @contextlib.asynccontextmanager
    async def _use(self) -> AsyncIterator[Connection]:
        if self._connection is None:
            self._connection = await self._kept.enter_async_context(self._database.session(self.tenant))
        try:
            with plain_errors():
                yield self._connection
        except Unavailable:
            await self.close()
            raise
