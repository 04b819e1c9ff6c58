"""A whole node in this process, reached by HTTP messages, whose clock somebody moves."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from quanyu.act import bells
from quanyu.act.cases.classes import ensure_classes
from quanyu.act.cases.definitions import ensure_definitions
from quanyu.app.http import application
from quanyu.app.node import Node
from quanyu.app.settings import Settings
from quanyu.connect.outgoing import Outgoing
from quanyu.core.actor import system_actor
from quanyu.core.clock import utc_now
from quanyu.core.errors import Unavailable
from quanyu.identity import EvidenceWriter, IdentitySettings, ensure_tenant
from quanyu.identity.accounts import _sql as accounts
from quanyu.identity.accounts.model import AccountState, NewAccount
from quanyu.identity.accounts.service import create_account
from quanyu.identity.organisations.model import Organisation
from quanyu.identity.organisations.service import put_organisations
from quanyu.identity.sessions.sign_in import open_session
from quanyu.store import Database
from quanyu.twin import Twin, Writer

_AWAY, _REST = 503, 5.0
_YEARS = timedelta(days=40 * 365)
POSTS = {
    "officer": "data_officer", "acceptor": "acceptor", "chief": "shift_chief", "dispatcher": "dispatcher",
    "patroller": "patroller", "caller": "callback_agent", "supervisor": "supervisor",
}  # fmt: skip


class Refused(Exception):
    """The node did not take what the story wanted."""


_NOW: ContextVar[datetime] = ContextVar("now of a replay")


@dataclass(slots=True)
class Town:
    """`now` is what the node's clock says to whoever asks in this task."""

    node: Node
    requests: int = 0
    _clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return _NOW.get()

    @now.setter
    def now(self, moment: datetime) -> None:
        _NOW.set(moment)

    async def ask(self, who: str, method: str, path: str, *, expected: int | None = None, **sent: Any) -> Any:
        """The answer; raises Refused where it is another status. A disk that is full for a while is waited for."""
        self.requests += 1
        answer = await self._clients[who].request(method, path, **sent)
        while answer.status_code == _AWAY:
            await asyncio.sleep(_REST)
            answer = await self._clients[who].request(method, path, **sent)
        fine = answer.is_success if expected is None else answer.status_code == expected
        if not fine:
            raise Refused(f"{who} {method} {path} {sent}: {answer.status_code} {answer.text[:400]}")
        return answer.json()

    async def next_bell(self) -> datetime | None:
        async with self.node.database.tenant(self.node.tenant) as connection:
            moment: datetime | None = await connection.fetchval(
                "select min(next_bell) from workflow_instance"
            )
        return moment

    async def ring(self) -> int:
        """Bells that are due now; answers how many rang."""
        rung = 0
        while True:
            try:
                some = await bells.ring(self.node.database, self.node.tenant, clock=_NOW.get)
            except Unavailable:
                await asyncio.sleep(_REST)
                continue
            if not some:
                return rung
            rung += some


@asynccontextmanager
async def town(
    database: Database, folder: Path, tenant: str, *, bodies: Iterable[str], now: datetime
) -> AsyncIterator[Town]:
    """Everybody has a session: the posts, a handler of each body as `handler@<body>`, and `nobody`."""
    _NOW.set(now)
    identity = IdentitySettings(idle=_YEARS, absolute=_YEARS)
    made = Town(
        Node(
            settings=Settings(data=folder, tenant=tenant), identity=identity, database=database, postgres=None,
            evidence=EvidenceWriter(database), twin=Twin(Writer(database)), outgoing=Outgoing(), clock=_NOW.get,
        )
    )  # fmt: skip
    transport = httpx.ASGITransport(application(made.node), raise_app_exceptions=True)
    system = system_actor(tenant, "replay")
    people = {login: (role, None) for login, role in POSTS.items()} | {
        f"handler-{one}": ("handler", one) for one in bodies
    }
    async with database.tenant(tenant) as connection:
        await ensure_tenant(connection, tenant)
        await ensure_definitions(connection, tenant, now=now)
        await ensure_classes(connection, tenant, now=utc_now())
        await put_organisations(connection, system, [Organisation.parse(id=one, name=one) for one in bodies])
    made._clients["nobody"] = _client(transport)
    for login, (role, body) in people.items():
        async with database.tenant(tenant) as connection:
            new = NewAccount.parse(login=login, name=login, organisation=body, language="en")
            account = (await create_account(connection, system, new, roles=[role])).account
            await accounts.set_password(connection, tenant, account.id, "", AccountState.ACTIVE)
        secret = await open_session(database, tenant, account.id, name=login, settings=identity, now=now)
        made._clients[login] = _client(transport, cookie=f"quanyu_session={secret}")
    try:
        yield made
    finally:
        for client in made._clients.values():
            await client.aclose()


def _client(transport: httpx.ASGITransport, **headers: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=transport, base_url="http://node", headers={"x-requested-with": "quanyu", **headers}
    )
