"""How the source commands reach a node: over HTTP where one runs, else by opening the data folder itself."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol, TypeVar
from urllib.parse import quote

import httpx
import msgspec
import uvloop

from quanyu.app import settings as node_settings
from quanyu.app.cli.door import RemoteDoor, reach
from quanyu.app.cli.terminal import language, with_node
from quanyu.connect.sources.http import Count, RefusalAnswer, RefusalList, SourceAnswer, SourceList
from quanyu.connect.sources.model import SourceInput

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
    async def asked() -> bool:
        async with reach(node_settings.parse(data=data), language()) as client:
            if client is not None:
                await work(RemoteSources(client))
            return client is not None

    if not uvloop.run(asked()):
        from quanyu.app.cli.local_sources import LocalSources  # the whole node, and only here

        with_node(data, lambda node: work(LocalSources(node)))


class RemoteSources:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self._door = RemoteDoor(client)

    async def put(self, source: SourceInput) -> SourceAnswer:
        body = {name: value for name, value in msgspec.structs.asdict(source).items() if value is not None}
        return await self._ask(SourceAnswer, "PUT", source.name, body=body)

    async def all(self) -> list[SourceAnswer]:
        found: list[SourceAnswer] = []
        asked: str | None = f"{_path()}?limit=500"
        while asked is not None:
            part = msgspec.convert(await self._door.get(asked), SourceList)
            found += part.items
            asked = part.next and f"{_path()}?limit=500&after={part.next}"
        return found

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


def _path(*segments: str) -> str:
    return "/".join(("/api/v1/sources", *(quote(segment, safe="") for segment in segments)))
