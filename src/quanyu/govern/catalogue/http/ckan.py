"""The CKAN Action API for reading, at /api/3/action/NAME and /api/action/NAME, by GET and POST.

An answer is `{"help", "success", "result"}`; a failure `{"success": false, "error": {"__type", "message"}}` with 404,
403 or 409, as ckanapi expects it.
"""

from typing import Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Request, Response, route
from litestar.enums import HttpMethod

from quanyu.core.errors import Denied, Invalid, NotFound, QuanyuError
from quanyu.govern.catalogue.ckan.actions import ACTIONS, Asked
from quanyu.govern.catalogue.ckan.arguments import Arguments
from quanyu.govern.catalogue.http.asking import Asker, DataFolder, Name, TheClock, TheDatabase, TheOpenFiles
from quanyu.identity import AccessDenied, record_denied

_MOST_BYTES = 1_000_000
_FAILURES: tuple[tuple[type[QuanyuError], str, int], ...] = (
    (NotFound, "Not Found Error", 404),
    (Denied, "Authorization Error", 403),
    (Invalid, "Validation Error", 409),
)


@route(
    ["/api/3/action/{name:str}", "/api/action/{name:str}"],
    http_method=[HttpMethod.GET, HttpMethod.POST],
    opt={"action": "public"},
    include_in_schema=False,
    status_code=200,
)
async def action(
    name: Name,
    request: Request[Any, Any, Any],
    actor: Asker,
    database: TheDatabase,
    folder: DataFolder,
    open_files: TheOpenFiles,
    clock: TheClock,
) -> Response[dict[str, Any]]:
    """What an action shows is decided for each entry by who asks."""
    base = str(request.base_url).rstrip("/")
    help_ = f"{base}/api/3/action/help_show?name={name}"
    perform = ACTIONS.get(name)
    if perform is None:
        return _failure(400, help_, {"__type": "Bad Request", "message": f"Action name not known: {name}"})
    try:
        arguments = Arguments(await _sent(request))
        asked = Asked(
            actor=actor, database=database, folder=folder, open_files=open_files, base=base, at=clock()
        )  # fmt: skip
        return Response({"help": help_, "success": True, "result": await perform(asked, arguments)})
    except (NotFound, Denied, Invalid) as error:
        if isinstance(error, AccessDenied):
            await record_denied(database, actor, error.action, error.resource, error.decision.reason)
        return _failed(error, help_, actor.language)


async def _sent(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """From the address, and from a body of JSON or a form. ckanapi sends every value as text, or an empty body."""
    sent: dict[str, Any] = dict(request.query_params)
    body = await request.body()
    if not body.strip():
        return sent
    if len(body) > _MOST_BYTES:
        raise Invalid("govern.catalogue.ckan.body")
    if (
        request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        and body[:1] != b"{"
    ):
        return sent | dict(parse_qsl(body.decode(errors="replace")))
    try:
        return sent | msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise Invalid("govern.catalogue.ckan.body") from error


def _failed(error: QuanyuError, help_: str, language: str) -> Response[dict[str, Any]]:
    type_, status = next((type_, status) for kind, type_, status in _FAILURES if isinstance(error, kind))
    detail: dict[str, Any] = {"__type": type_, "message": error.text(language)}
    if isinstance(error, Invalid):
        detail |= {fault.where or "message": [fault.text(language)] for fault in error.faults}
    return _failure(status, help_, detail)


def _failure(status: int, help_: str, error: dict[str, Any]) -> Response[dict[str, Any]]:
    return Response({"help": help_, "success": False, "error": error}, status_code=status)


routes = (action,)
