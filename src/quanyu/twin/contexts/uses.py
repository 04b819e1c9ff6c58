"""How often each @context is used: counted in memory, written down now and then, and before anybody is told (5.13.4, numberOfHits)."""

from collections import Counter

from quanyu.core.clock import Clock
from quanyu.store import Database
from quanyu.twin.contexts import _sql
from quanyu.twin.contexts.model import id_of


class Uses:
    """Of this process, by tenant and URL."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._counted: dict[str, Counter[str]] = {}

    def add(self, tenant: str, urls: tuple[str, ...]) -> None:
        self._counted.setdefault(tenant, Counter()).update(urls)

    async def write_all(self) -> None:
        for tenant in list(self._counted):
            await self.write(tenant)

    async def write(self, tenant: str) -> None:
        counted = self._counted.pop(tenant, None)
        if not counted:
            return
        by_id = Counter[str]()
        for url, number in counted.items():
            by_id[id_of(url)] += number
        try:
            async with self._database.tenant(tenant) as connection:
                await _sql.add_uses(connection, tenant, by_id, self._clock())
        except BaseException:
            self._counted.setdefault(tenant, Counter()).update(counted)
            raise
