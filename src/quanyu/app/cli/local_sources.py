"""The source commands where no node runs: on the data folder itself."""

from quanyu.app.cli.terminal import language
from quanyu.app.node import Node
from quanyu.app.wiring import runner
from quanyu.connect.sources import _refusals, _sql, service
from quanyu.connect.sources.http import RefusalAnswer, SourceAnswer, shown, shown_refusal
from quanyu.connect.sources.model import SourceInput
from quanyu.connect.sources.places import Places
from quanyu.identity import local_operator


class LocalSources:
    def __init__(self, node: Node) -> None:
        self._node = node
        self._actor = local_operator(node.tenant)

    async def put(self, source: SourceInput) -> SourceAnswer:
        node = self._node
        places = Places(own=node.folder, listed=node.settings.source_folders)
        async with node.database.tenant(node.tenant) as connection:
            made = await service.add(connection, node.tenant, places, source, actor=self._actor)
            return self._shown(await _sql.one(connection, node.tenant, made.name))

    async def all(self) -> list[SourceAnswer]:
        async with self._node.database.tenant(self._node.tenant) as connection:
            return [self._shown(row) for row in await _sql.find(connection, self._node.tenant)]

    async def run(self, name: str) -> int | None:
        node = self._node
        async with node.database.tenant(node.tenant) as connection:
            await service.run_now(connection, self._actor, name, node.clock())
            row = await service.require_source(connection, node.tenant, name)
        if not node.owns_database:
            return None
        return await runner(node, inline=True).run_once(service.from_row(row, node.folder))

    async def switch(self, name: str, *, paused: bool) -> None:
        async with self._node.database.tenant(self._node.tenant) as connection:
            await service.switch(connection, self._actor, name, paused=paused)

    async def remove(self, name: str) -> None:
        async with self._node.database.tenant(self._node.tenant) as connection:
            await service.remove(connection, self._actor, self._node.folder, name)

    async def refusals(self, name: str) -> list[RefusalAnswer]:
        async with self._node.database.tenant(self._node.tenant) as connection:
            await service.require_source(connection, self._node.tenant, name)
            rows = await _refusals.all_of(connection, self._node.tenant, name)
        return [shown_refusal(row, language()) for row in rows]

    async def release(self, name: str, delivery: str | None) -> int:
        node = self._node
        async with node.database.tenant(node.tenant) as connection:
            return await service.release(connection, self._actor, name, delivery, node.clock())

    async def discard(self, name: str, delivery: str | None) -> int:
        async with self._node.database.tenant(self._node.tenant) as connection:
            return await service.discard(connection, self._actor, self._node.folder, name, delivery)

    def _shown(self, row: object) -> SourceAnswer:
        return shown(row, self._node.clock(), language())
