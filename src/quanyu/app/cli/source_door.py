"""How the source commands reach a node: QUANYU_URL names one; without it the data folder is opened, beside its node or not."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol, TypeVar
from urllib.parse import quote

import httpx
import msgspec
import uvloop

from quanyu.app import settings as node_settings
from quanyu.app.cli.door import RemoteDoor, remote_client
from quanyu.app.cli.terminal import language, with_node
from quanyu.app.node import Node
from quanyu.app.wiring import runner
from quanyu.connect.sources import _refusals, _sql, service
from quanyu.connect.sources.http import (
    Count,
    RefusalAnswer,
    RefusalList,
    SourceAnswer,
    SourceList,
    shown,
    shown_refusal,
)
from quanyu.connect.sources.model import SourceInput
from quanyu.connect.sources.places import Places
from quanyu.identity import local_operator

T = TypeVar("T")


class SourceDoor(Protocol):
    """What the commands ask, in the words of the API."""

    async def put(self, source: SourceInput) -> SourceAnswer: ...

    async def all(self) -> list[SourceAnswer]: ...

    async def run(self, name: str) -> int | None:
        """The records read; None where the node does it by itself."""

    async def switch(self, name: str, *, paused: bool) -> None: ...

    async def remove(self, name: str) -> None: ...

    async def refusals(self, name: str) -> list[RefusalAnswer]: ...

    async def release(self, name: str, delivery: str | None) -> int: ...

    async def discard(self, name: str, delivery: str | None) -> int: ...


def with_sources(data: Path | None, work: Callable[[SourceDoor], Awaitable[None]]) -> None:
    url = os.environ.get("QUANYU_URL")
    if not url:
        return with_node(data, lambda node: work(LocalSources(node)))

    async def asked() -> None:
        async with remote_client(url.rstrip("/"), node_settings.parse(data=data), language()) as client:
            await work(RemoteSources(client))

    return uvloop.run(asked())


class RemoteSources:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self._door = RemoteDoor(client)

    async def put(self, source: SourceInput) -> SourceAnswer:
        body = {name: value for name, value in msgspec.structs.asdict(source).items() if value is not None}
        return await self._ask(SourceAnswer, "PUT", source.name, body=body)

    async def all(self) -> list[SourceAnswer]:
        return (await self._ask(SourceList, "GET")).items

    async def run(self, name: str) -> None:
        await self._ask(SourceAnswer, "POST", name, "run")

    async def switch(self, name: str, *, paused: bool) -> None:
        await self._ask(SourceAnswer, "POST", name, "switch", body={"paused": paused})

    async def remove(self, name: str) -> None:
        await self._door.ask("DELETE", _path(name))

    async def refusals(self, name: str) -> list[RefusalAnswer]:
        return (await self._ask(RefusalList, "GET", name, "refusals")).items

    async def release(self, name: str, delivery: str | None) -> int:
        return (await self._ask(Count, "POST", name, "refusals", "release", body={"id": delivery})).count

    async def discard(self, name: str, delivery: str | None) -> int:
        return (await self._ask(Count, "POST", name, "refusals", "discard", body={"id": delivery})).count

    async def _ask(self, form: type[T], method: str, *segments: str, body: object = None) -> T:
        return msgspec.convert(await self._door.ask(method, _path(*segments), body), form)


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
            return [self._shown(row) for row in await _sql.all_of(connection, self._node.tenant)]

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


def _path(*segments: str) -> str:
    return "/".join(("/api/v1/sources", *(quote(segment, safe="") for segment in segments)))
