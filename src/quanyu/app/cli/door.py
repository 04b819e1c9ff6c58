"""How a command reaches a node: over HTTP where one runs, else by opening the data folder itself."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import httpx
import msgspec

from quanyu.app import flow, wiring
from quanyu.app.node import ADDRESS, Node, open_node
from quanyu.app.settings import Settings
from quanyu.core.actor import Resource
from quanyu.core.errors import Fault, Invalid, NotFound, QuanyuError, Unavailable
from quanyu.govern.imports.model import About, Options
from quanyu.govern.imports.said import parse_options
from quanyu.govern.imports.service import begin_import, import_
from quanyu.govern.imports.upload import hash_file
from quanyu.govern.imports.view import import_view
from quanyu.identity import check, local_operator, read_operator_token

Told = TypeVar("Told", Options, About)

_LONG = httpx.Timeout(30.0, read=600.0, write=600.0)


class Door(Protocol):
    """What commands ask of a node."""

    async def begin(self, dataset: str, files: Sequence[Path], said: Mapping[str, Any]) -> dict[str, Any]:
        """{"import", "dataset", "unchanged"}; the work goes on by itself."""

    async def look(self, import_id: str) -> dict[str, Any]:
        """The import as the API shows it."""


@asynccontextmanager
async def open_door(settings: Settings, language: str) -> AsyncIterator[Door]:
    """QUANYU_URL names a node; without it one on this machine is tried, then the data folder."""
    async with reach(settings, language) as client:
        if client is not None:
            yield RemoteDoor(client)
            return
    async with open_node(settings) as node:
        await wiring.at_start(node, language)
        yield LocalDoor(node, language)


@asynccontextmanager
async def reach(settings: Settings, language: str) -> AsyncIterator[httpx.AsyncClient | None]:
    """A client of the node that QUANYU_URL names, or of the one that runs on this machine; None where none does."""
    named = os.environ.get("QUANYU_URL")
    url = (named or _address(settings)).rstrip("/")
    async with remote_client(url, settings, language) as client:
        yield client if named or await _answers(client, settings) else None


def remote_client(
    url: str, settings: Settings, language: str, *, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """With QUANYU_TOKEN, else the operator's token of the data folder."""
    return httpx.AsyncClient(
        base_url=url,
        headers=_headers(settings, language),
        timeout=_LONG,
        trust_env=False,
        transport=transport,
    )


def _address(settings: Settings) -> str:
    """Where the node of this data folder said that it listens."""
    try:
        return (settings.data / ADDRESS).read_text(encoding="utf-8").strip()
    except OSError:
        return settings.url


def _headers(settings: Settings, language: str) -> dict[str, str]:
    headers = {"accept-language": language}
    if token := os.environ.get("QUANYU_TOKEN") or read_operator_token(settings.data):
        headers["authorization"] = f"Bearer {token}"
    return headers


async def _answers(client: httpx.AsyncClient, settings: Settings) -> bool:
    """Whether the node of this data folder runs here; another node on the same port knows nothing of its token."""
    if "authorization" not in client.headers:
        return False
    try:
        response = await client.get("/api/v1/session")
    except httpx.HTTPError:
        return False
    return response.status_code == httpx.codes.OK


class RemoteDoor:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def begin(self, dataset: str, files: Sequence[Path], said: Mapping[str, Any]) -> dict[str, Any]:
        with ExitStack() as opened:
            parts = [("file", (path.name, opened.enter_context(path.open("rb")))) for path in files]
            form = {"options": msgspec.json.encode(said).decode()}
            return await self._call("POST", f"/api/v1/datasets/{dataset}/imports", files=parts, data=form)

    async def look(self, import_id: str) -> dict[str, Any]:
        return await self._call("GET", f"/api/v1/imports/{import_id}")

    async def get(self, path: str) -> dict[str, Any]:
        return await self._call("GET", path)

    async def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        return await self._call(method, path, **({} if body is None else {"json": body}))

    async def _call(self, method: str, path: str, **call: Any) -> dict[str, Any]:
        try:
            response = await self._client.request(method, path, **call)
        except httpx.HTTPError as error:
            url = str(self._client.base_url)
            raise Unavailable(
                "app.cli.no_node", url=url, reason=str(error) or type(error).__name__
            ) from error
        if response.status_code >= 400:
            raise _problem(response)
        answer: dict[str, Any] = response.json() if response.content else {}
        return answer


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


def _problem(response: httpx.Response) -> QuanyuError:
    """The node's own words, carried on."""
    try:
        body = response.json()
        detail = str(body.get("detail") or body.get("title") or response.status_code)
        found = body.get("faults", [])
    except (ValueError, AttributeError):
        detail, found = f"HTTP {response.status_code}", []
    faults = tuple(
        Fault("app.cli.said", str(one.get("where", "")), {"text": one.get("message", "")}) for one in found
    )
    kind: type[QuanyuError] = {404: NotFound, 503: Unavailable}.get(response.status_code, Invalid)
    if kind is Invalid:
        return Invalid("app.cli.said", faults=faults, text=detail)
    return kind("app.cli.said", text=detail)
