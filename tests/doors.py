"""Routes over HTTP messages: `door(routes, actor=…, database=…)` is a client of theirs.

To make an application takes longer than most tests do: for the same routes it is made once, and what each test gives it comes with its
requests.
"""

from collections.abc import Callable, Iterable
from functools import cache
from types import SimpleNamespace
from typing import Any

from httpx import ASGITransport, AsyncClient
from litestar import Litestar, Request
from litestar.datastructures import State
from litestar.di import Provide

from quanyu.app.problems import HANDLERS
from quanyu.identity import EvidenceWriter
from quanyu.store import Database

_GIVEN = "tests.given"


def door(
    routes: Iterable[Any], *, database: Database, base_url: str = "http://node", **given: Any
) -> AsyncClient:
    given |= {"database": database}
    application = _application(tuple(routes), frozenset(given), database)

    async def asked(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await application(scope | {_GIVEN: given}, receive, send)  # type: ignore[arg-type]

    return AsyncClient(transport=ASGITransport(asked), base_url=base_url)


@cache
def _application(routes: tuple[Any, ...], names: frozenset[str], database: Database) -> Litestar:
    return Litestar(
        routes,
        dependencies={name: Provide(_given(name), sync_to_thread=False) for name in names},
        exception_handlers=HANDLERS,
        logging_config=None,  # Litestar's own starts a thread with locks for each application, and tells each request
        openapi_config=None,
        state=State({"node": SimpleNamespace(evidence=EvidenceWriter(database))}),
    )


def _given(name: str) -> Callable[[Request[Any, Any, Any]], Any]:
    def value(request: Request[Any, Any, Any]) -> Any:
        return request.scope[_GIVEN][name]  # type: ignore[literal-required]

    return value
