"""How a command reaches a node: over HTTP where one runs, else by opening the data folder itself."""

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import httpx
import msgspec

from quanyu.app.settings import ADDRESS, Settings
from quanyu.core.errors import Fault, Invalid, NotFound, QuanyuError, Unavailable
from quanyu.identity import read_operator_token

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
    from quanyu.app.cli.local_door import open_local_door  # the whole node, and only here

    async with open_local_door(settings, language) as door:
        yield door


@asynccontextmanager
async def reach(settings: Settings, language: str) -> AsyncIterator[httpx.AsyncClient | None]:
    """A client of the node that QUANYU_URL names, or of the one that runs on this machine; None where none does.

    Raises Unavailable where the node is not there, or goes while it is asked.
    """
    named = os.environ.get("QUANYU_URL")
    url = (named or _address(settings)).rstrip("/")
    try:
        async with remote_client(url, settings, language) as client:
            yield client if named or await _answers(client, settings) else None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unavailable("app.cli.no_node", url=url, reason=str(error) or type(error).__name__) from error


def remote_client(
    url: str, settings: Settings, language: str, *, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """With QUANYU_TOKEN, else the operator's token of the data folder."""
    return httpx.AsyncClient(
        base_url=url,
        headers=httpx.Headers(
            _headers(settings, language), encoding="utf-8"
        ),  # whatever a token is said to be
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
            return await self._call(
                "POST", f"/api/v1/datasets/{quote(dataset, safe='')}/imports", files=parts, data=form
            )

    async def look(self, import_id: str) -> dict[str, Any]:
        return await self._call("GET", f"/api/v1/imports/{import_id}")

    async def get(self, path: str) -> dict[str, Any]:
        return await self._call("GET", path)

    async def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        return await self._call(method, path, **({} if body is None else {"json": body}))

    async def _call(self, method: str, path: str, **call: Any) -> dict[str, Any]:
        response = await self._client.request(method, path, **call)
        if response.status_code >= 400:
            raise problem_of(response)
        answer: dict[str, Any] = response.json() if response.content else {}
        return answer


def problem_of(response: httpx.Response) -> QuanyuError:
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
