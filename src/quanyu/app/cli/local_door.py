"""A node that lives as long as a command, where none runs."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

import httpx
import msgspec

from quanyu.app import flow, wiring
from quanyu.app.cli.door import remote_client
from quanyu.app.http import entrance
from quanyu.app.node import Node, open_node
from quanyu.app.settings import Settings
from quanyu.core.actor import Resource
from quanyu.govern.imports.model import About, Options
from quanyu.govern.imports.said import parse_options
from quanyu.govern.imports.service import begin_import, import_
from quanyu.govern.imports.upload import hash_file
from quanyu.govern.imports.view import import_view
from quanyu.identity import check, local_operator

Told = TypeVar("Told", Options, About)


@asynccontextmanager
async def open_local_door(settings: Settings, language: str) -> AsyncIterator["LocalDoor"]:
    async with open_node(settings) as node:
        await wiring.at_start(node, language)
        yield LocalDoor(node, language)


@asynccontextmanager
async def open_local_client(settings: Settings, language: str) -> AsyncIterator[httpx.AsyncClient]:
    """Its HTTP doors, without a port."""
    async with open_node(settings) as node:
        await wiring.at_start(node, language)
        inside = httpx.ASGITransport(app=cast(Any, entrance(node)))
        async with remote_client("http://127.0.0.1", settings, language, transport=inside) as client:
            yield client


class LocalDoor:
    """No node runs: this process is the node for as long as the command takes."""

    def __init__(self, node: Node, language: str) -> None:
        self.node = node
        self._language = language
        self._work: dict[str, asyncio.Task[object]] = {}

    async def begin(self, dataset: str, files: Sequence[Path], said: Mapping[str, Any]) -> dict[str, Any]:
        node = self.node
        actor = local_operator(node.tenant)
        check(actor, "dataset.import", Resource("dataset", dataset, node.tenant))
        received = [await hash_file(path, path.name) for path in files]
        asked = parse_options(said)
        async with node.database.tenant(node.tenant) as connection:
            begun = await begin_import(
                connection,
                actor=actor,
                dataset=dataset,
                files=received,
                options=asked.options,
                about=_part(said, About),
                now=node.clock(),
                faults=asked.faults,
            )
        if not begun.unchanged:
            work = flow.work_off_import(node, node.tenant, begun.import_id)
            self._work[begun.import_id] = asyncio.create_task(work)
        return {"import": begun.import_id, "dataset": begun.dataset, "unchanged": begun.unchanged}

    async def look(self, import_id: str) -> dict[str, Any]:
        work = self._work.get(import_id)
        if work is not None and work.done():
            work.result()
        async with self.node.database.tenant(self.node.tenant) as connection:
            known = await import_(connection, import_id)
        view: dict[str, Any] = msgspec.to_builtins(import_view(known, self._language))
        return view


def _part(said: Mapping[str, Any], kind: type[Told]) -> Told:
    fields = msgspec.structs.fields(kind)
    return msgspec.convert({field.name: said[field.name] for field in fields if field.name in said}, kind)
