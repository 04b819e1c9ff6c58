"""pytest fixtures for packs: `pytest_plugins = ["quanyu.packs.testing"]`.

node    a real database of this test run, with every table
clock   the time, which a test sets
city    a city of one's own in that node: packs are switched on in it, entities written, routes asked
"""

import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar, Request, Response
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler

from quanyu.act.cases.definitions import ensure_definitions
from quanyu.act.rules import service as rules
from quanyu.core.actor import Actor, system_actor
from quanyu.core.errors import Conflict, Denied, Invalid, NotFound, QuanyuError
from quanyu.packs import service
from quanyu.packs.finding import Found
from quanyu.packs.model import Pack
from quanyu.packs.mounting import mounted
from quanyu.store import Database, EmbeddedPostgres, connect_owner, embedded_address, migrate
from quanyu.twin import EntityWrite, Op, Writer

PACKAGES = (
    *("store", "identity", "workflow", "connect", "govern", "twin", "act", "compute", "evaluate"),
    *("exchange", "federation", "packs"),
)
"""In the order of their schema; one that has none is passed over."""


@dataclass(slots=True)
class Clock:
    """Stands still until a test moves it."""

    now: datetime = datetime(2026, 5, 1, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """`clock.move(minutes=5)`"""
        self.now += timedelta(**by)


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """A tenant that nobody else uses."""

    database: Database
    tenant: str
    folder: Path
    clock: Clock
    writer: Writer

    @property
    def actor(self) -> Actor:
        """May everything here."""
        return system_actor(self.tenant, "test")

    async def enable(self, pack: Pack) -> None:
        """With the workflow of cases, which every node has."""
        async with self.database.tenant(self.tenant) as connection:
            await ensure_definitions(connection, self.tenant, now=self.clock.now)
        await service.enable(self.database, self.folder, pack, actor=self.actor, clock=self.clock)

    async def disable(self, pack: Pack) -> None:
        found = (Found(name=pack.name, origin="test", pack=pack),)
        await service.disable(
            self.database, self.folder, found, pack.name, actor=self.actor, clock=self.clock
        )

    async def rule_state(self, name: str) -> str:
        async with self.database.tenant(self.tenant) as connection:
            return (await rules.rule(connection, name)).state

    async def write(self, type_: str, key: str, **values: Any) -> str:
        """An entity with plain values; `location` is GeoJSON, or longitude and latitude. Its identifier."""
        document = {name: _attribute(name, value) for name, value in values.items()}
        id_ = f"urn:ngsi-ld:{type_}:{key}"
        written = EntityWrite(id=id_, op=Op.MERGE, types=(type_,), document=document, actor=self.actor.id)
        await self.writer.submit(self.tenant, [written])
        return id_

    def client(self, *packs: Pack, asker: Actor | None = None) -> httpx.AsyncClient:
        """Asks the packs' own routes as `asker`, else as one who may everything. Nobody looks at their roles."""
        found = [Found(name=pack.name, origin="test", pack=pack) for pack in packs]
        parts: dict[str, Any] = {
            "actor": asker or self.actor, "database": self.database, "clock": self.clock, "folder": self.folder,
            "installed_packs": tuple(found),
        }  # fmt: skip

        def come_in(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
            connection.scope["state"]["actor"] = parts["actor"]

        application = Litestar(
            mounted(found, self.database),
            guards=[come_in],
            dependencies={name: _given(part) for name, part in parts.items()},
            exception_handlers={
                NotFound: _answer(404),
                Invalid: _answer(400),
                Denied: _answer(403),
                Conflict: _answer(409),
            },
            logging_config=None,
            openapi_config=None,
        )
        transport = httpx.ASGITransport(application)  # type: ignore[arg-type]
        return httpx.AsyncClient(transport=transport, base_url="http://city")


def _given(part: Any) -> Provide:
    def give() -> Any:
        return part

    return Provide(give, sync_to_thread=False)


def _answer(status: int) -> Callable[[Request[Any, Any, Any], QuanyuError], Response[dict[str, str]]]:
    return lambda _, error: Response({"detail": error.text("en")}, status_code=status)


def _attribute(name: str, value: Any) -> dict[str, Any]:
    if name == "location" and isinstance(value, dict):
        return {"type": "GeoProperty", "value": value}
    if name == "location" and isinstance(value, Sequence):
        return {"type": "GeoProperty", "value": {"type": "Point", "coordinates": list(value)}}
    return {"type": "Property", "value": value}


@pytest_asyncio.fixture(scope="session")
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    server = EmbeddedPostgres(tmp_path_factory.mktemp("node") / "postgres")
    await server.start()
    owner = await connect_owner(embedded_address(server))
    await migrate(owner, PACKAGES)
    await owner.close()
    opened = await Database.open(embedded_address(server))
    yield opened
    await opened.close()
    await server.stop()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def city(node: Database, clock: Clock, tmp_path: Path) -> AsyncIterator[City]:
    folder = tmp_path / "city"
    folder.mkdir()
    writer = Writer(node, clock=clock)
    yield City(database=node, tenant=f"t{uuid.uuid4().hex[:12]}", folder=folder, clock=clock, writer=writer)
    await writer.close()
