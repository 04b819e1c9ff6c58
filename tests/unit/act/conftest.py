"""The routes of cases over real HTTP messages, asked by whoever the test names."""

from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient
from litestar import Litestar, Request
from litestar.datastructures import State
from litestar.di import Provide

from quanyu.act.cases.classes import ensure_classes
from quanyu.act.cases.definitions import ensure_definitions
from quanyu.act.http import routes
from quanyu.act.photos import Album
from quanyu.app.problems import HANDLERS
from quanyu.connect.outgoing import Outgoing
from quanyu.connect.webhooks.http import routes as webhook_routes
from quanyu.core.actor import Actor, ActorKind, anonymous, system_actor
from quanyu.core.clock import utc_now
from quanyu.identity import EvidenceWriter
from quanyu.identity.organisations.model import Organisation
from quanyu.identity.organisations.service import put_organisations
from quanyu.store import Database
from quanyu.twin import Twin, Writer
from quanyu.workflow.http import routes as workflow_routes

As = Callable[..., AsyncClient]
"""Answers a client that asks as somebody with these roles, nobody without any."""
BODIES = ("fire", "power", "roads", "water")


@pytest.fixture(scope="session")
def application(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Litestar:
    """Made once: who asks stands in the headers that `asking` sends."""

    def actor(request: Request[Any, Any, Any]) -> Actor:
        return _actor(
            request.headers["x-tenant"], request.headers["x-roles"], request.headers["x-organisation"]
        )

    folder = tmp_path_factory.mktemp("folder")
    values: dict[str, Any] = {
        "database": database, "clock": utc_now, "folder": folder, "album": Album(folder, limit=1024**2),
        "outgoing": Outgoing(("127.0.0.0/8",)), "upload_limit": 1024**2,
        "twin": Twin(Writer(database)),
    }  # fmt: skip
    return Litestar(
        route_handlers=[*routes, *workflow_routes, *webhook_routes],
        dependencies={name: _given(value) for name, value in values.items()}
        | {"actor": Provide(actor, sync_to_thread=False)},
        exception_handlers=HANDLERS,
        logging_config=None,
        openapi_config=None,
        state=State({"node": SimpleNamespace(evidence=EvidenceWriter(database))}),
    )


@pytest.fixture
async def asking(database: Database, application: Litestar, tenant: str) -> AsyncIterator[As]:
    async with database.tenant(tenant) as connection:
        await ensure_definitions(connection, tenant, now=utc_now())
        await ensure_classes(connection, tenant, now=utc_now())
        bodies = [Organisation.parse(id=one, name=one) for one in BODIES]
        await put_organisations(connection, system_actor(tenant, "test"), bodies)
    clients: list[AsyncClient] = []

    def client(*roles: str, organisation: str = "") -> AsyncClient:
        headers = {"x-tenant": tenant, "x-roles": "+".join(roles), "x-organisation": organisation}
        transport = ASGITransport(application)
        clients.append(AsyncClient(transport=transport, base_url="http://node", headers=headers))
        return clients[-1]

    yield client
    for one in clients:
        await one.aclose()


def _actor(tenant: str, roles: str, organisation: str) -> Actor:
    if not roles:
        return anonymous(tenant)
    return Actor(
        id=roles, tenant=tenant, kind=ActorKind.ACCOUNT, roles=frozenset(roles.split("+")),
        organisation=organisation or None,
    )  # fmt: skip


def _given(value: Any) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)
