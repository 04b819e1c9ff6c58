"""The API from the command line: for whatever has no command of its own, and for scripts."""

import time
from pathlib import Path
from typing import Annotated, Any

import httpx
import msgspec
import uvloop
from cyclopts import Parameter

from quanyu.app import settings as node_settings
from quanyu.app.cli.door import reach
from quanyu.app.cli.files import read, require_place
from quanyu.app.cli.terminal import language
from quanyu.core.errors import Invalid, Unavailable

_PAUSE_SECONDS = 0.5
_JSON = "application/json"


def call(
    method: str,
    path: str,
    body: Path | None = None,
    /,
    *,
    to: Path | None = None,
    show: str | None = None,
    until: str | None = None,
    patience: float = 120.0,
    current: Annotated[bool, Parameter(negative=())] = False,
    data: Path | None = None,
) -> None:
    """Send one request to a node: whatever its API can do, from the command line.

    As its operator, or with the token in QUANYU_TOKEN.

    For example: quanyu api POST /api/v1/nodes/jiangzhou/requests request.json --show id

    Parameters
    ----------
    method
        GET, POST, PUT, PATCH or DELETE.
    path
        As the OpenAPI page of the node names it.
    body
        File to be sent; .json is sent as JSON.
    to
        File for the answer, whatever it is.
    show
        Print only what stands at this place of the answer, e.g. items.0.id.
    until
        Ask again until that is so, e.g. offered; anything at all where it is empty.
    patience
        Seconds until asking again is given up.
    current
        The change is meant for the version that is there now (If-Match).
    data
        Data folder of the node on this machine.
    """
    settings, sent = node_settings.parse(data=data), _sent(body)
    if to is not None:
        require_place(to)

    async def work() -> httpx.Response:
        async with reach(settings, language()) as client:
            if client is None:
                raise Unavailable("app.cli.no_node", url=settings.url, reason="–")
            return await _answer(client, method.upper(), path, sent, current=current)

    deadline = time.monotonic() + patience
    while True:
        answer = uvloop.run(work())
        found = _at(answer, show) if show else None
        if until is None or (found is not None and until in ("", str(found))):
            return _print(answer, found if show else None, to)
        if time.monotonic() > deadline:
            raise Unavailable("app.cli.api.not_yet", place=show or "", value=until, found=str(found))
        time.sleep(_PAUSE_SECONDS)


def _sent(body: Path | None) -> dict[str, Any]:
    """Raises Invalid."""
    if body is None:
        return {"headers": {}}
    kind = _JSON if body.suffix == ".json" else "application/octet-stream"
    return {"content": read(body), "headers": {"content-type": kind}}


async def _answer(
    client: httpx.AsyncClient, method: str, path: str, sent: dict[str, Any], *, current: bool
) -> httpx.Response:
    """Raises Invalid with what the node says is wrong."""
    if current:
        known = _checked(await client.get(path.removesuffix("/publish")))
        sent = {**sent, "headers": {**sent["headers"], "if-match": known.headers.get("etag", "*")}}
    return _checked(await client.request(method, path, **sent))


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    try:
        problem = answer.json()
    except ValueError:
        problem = {"detail": answer.text[:500]}
    said = [str(one["message"]) for one in problem.get("faults", ())] or [str(problem.get("detail"))]
    raise Invalid("app.cli.said", text="; ".join(said))


def _at(answer: httpx.Response, place: str) -> Any:
    """None where nothing stands there yet. Raises Invalid for an answer that has no places."""
    try:
        found: Any = answer.json()
    except ValueError:
        raise Invalid("app.cli.api.no_json", path=answer.url.path, place=place) from None
    for step in place.split("."):
        if isinstance(found, list) and step.isdigit():
            found = found[int(step)] if int(step) < len(found) else None
        else:
            found = found.get(step) if isinstance(found, dict) else None
    return found


def _print(answer: httpx.Response, found: Any, to: Path | None) -> None:
    if to is not None:
        to.write_bytes(answer.content)
    elif found is not None:
        print(found if isinstance(found, str) else msgspec.json.encode(found).decode())
    elif answer.headers.get("content-type", "").partition(";")[0].endswith("json"):
        print(msgspec.json.format(answer.content, indent=2).decode())
    elif answer.content:
        print(answer.text)
