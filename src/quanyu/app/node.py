"""A node: one data folder, one database, the parts that live as long as it runs."""

import os
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from quanyu.app.apart import Apart
from quanyu.app.choices import Ground
from quanyu.app.past import Past
from quanyu.app.settings import Settings
from quanyu.app.sight import DatasetSight
from quanyu.app.subscribers import Subscribers
from quanyu.connect.outgoing import Outgoing
from quanyu.core.clock import Clock, utc_now
from quanyu.core.errors import Conflict
from quanyu.exchange.delivery.counting import Counting
from quanyu.exchange.delivery.engine import Engines
from quanyu.exchange.entities.notifying import Notifying
from quanyu.exchange.entities.service import Entities
from quanyu.identity import EvidenceWriter, IdentitySettings, OidcProvider
from quanyu.packs.schemas import keep_schemas
from quanyu.query import Engine, open_engine
from quanyu.store import (
    Address,
    Database,
    EmbeddedPostgres,
    connect_owner,
    embedded_address,
    embedded_in,
    migrate,
    reclaim,
    url_address,
)
from quanyu.twin import Common, Together, Twin, Writer, own_answers
from quanyu.twin.branches import home_of
from quanyu.twin.contexts import ContextLibrary, Remote, preloaded
from quanyu.twin.derived import Envoy, Receiver
from quanyu.twin.http.sight import sees_whole
from quanyu.twin.ngsild.context import CORE, Contexts
from quanyu.twin.registrations import Herald, Sources
from quanyu.twin.subscriptions import Notifier

PACKAGES = (
    "store",
    "identity",
    "workflow",
    "connect",
    "govern",
    "twin",
    "act",
    "compute",
    "evaluate",
    "exchange",
    "federation",
    "packs",
    "app",
)
"""Order of schema changes: a package may refer to tables of those before it."""

_THIS_MACHINE = ("127.0.0.0/8", "::1/128")

_CONNECTIONS, _CONNECTIONS_OF_ALL = 16, 40
"""To the database, of one process and of all of a node: the embedded server has 60."""

_FOLDERS = ("datasets", "uploads", "inbox", "keys", "run", "tmp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    settings: Settings
    identity: IdentitySettings
    database: Database
    postgres: EmbeddedPostgres | None
    evidence: EvidenceWriter
    twin: Twin
    outgoing: Outgoing
    clock: Clock
    engine: Engine | None = None
    apart: Apart | None = None
    """Who answers for packs that others made; without it they answer within, as in their own tests."""

    @property
    def folder(self) -> Path:
        return self.settings.data

    @property
    def tenant(self) -> str:
        return self.settings.tenant

    @property
    def owns_database(self) -> bool:
        """Whether this process started the database, so that no other node works on the folder."""
        return self.postgres is not None and self.postgres.running


@asynccontextmanager
async def open_node(
    settings: Settings,
    *,
    beside: bool = False,
    worker: bool = False,
    starting: Awaitable[EmbeddedPostgres] | None = None,
    connections: int | None = None,
    common: Common | None = None,
    clock: Clock = utc_now,
) -> AsyncIterator[Node]:
    """Database started or reached, schema up to date; closed again in reverse order.

    `beside`: a command that also works while the node of this folder runs; it then joins the node's database.
    `worker`: one more process of a node that runs; it never starts the database. `starting`: the database of the
    folder, where that was begun before. `connections` to it, where fewer do. `common`: what its processes remember together.
    """
    engine = open_engine(settings.engine, settings.data)
    _make_folders(settings.data)
    postgres = None if settings.database_url else embedded_in(settings.data)
    if starting:
        postgres = await starting
    elif postgres and worker:
        postgres.attach()
    elif postgres:
        await _start(postgres, beside=beside)
    try:
        async with _opened_database(
            _address(settings, postgres), connections or _share(settings)
        ) as database:
            if postgres and postgres.running:
                await reclaim(database)
            outgoing = Outgoing((*settings.allowed_hosts, *(_THIS_MACHINE if settings.dev else ())))
            together = Together(database, settings.workers)
            contexts = _contexts(settings, database, outgoing, together, clock)
            herald = Herald(database, contexts, settings.tenant, outgoing, clock)
            sources = Sources(
                database, outgoing, clock, herald, together, common.answers if common else own_answers()
            )
            entities = Entities(Counting(database, settings.data, clock), Engines(engine))
            told = Subscribers(DatasetSight(), Notifying(entities))
            notifier = Notifier(
                database, tenant=settings.tenant, outgoing=outgoing, contexts=contexts,
                sees=told.sees, passage=told.passage, homes=partial(home_of, database), clock=clock,
            )  # fmt: skip
            twin = Twin(
                Writer(database, clock=clock, common=common),
                source=Past(database, settings.data),
                folder=settings.data,
                sources=sources,
                contexts=contexts,
                together=together,
                notifier=notifier,
                envoy=Envoy(
                    database, sources, contexts, address=settings.url,
                    sees_whole=partial(sees_whole, DatasetSight()), clock=clock,
                ),
                receiver=Receiver(
                    database=database, sources=sources, contexts=contexts, notifier=notifier, clock=clock
                ),
                declared=frozenset(map(CORE.stored, settings.declared)),
                base_map=Ground(database, settings, outgoing).base_map,
            )  # fmt: skip
            apart = Apart(settings, database, clock)
            try:
                yield Node(
                    settings=settings,
                    identity=_identity(settings),
                    database=database,
                    postgres=postgres,
                    evidence=EvidenceWriter(database, clock=clock),
                    twin=twin,
                    outgoing=outgoing,
                    clock=clock,
                    engine=engine,
                    apart=apart,
                )
            finally:
                apart.close()
                await twin.writer.close()
    finally:
        engine.close()
        if postgres:
            await postgres.stop()


async def _start(postgres: EmbeddedPostgres, *, beside: bool) -> None:
    try:
        await postgres.start()
    except Conflict:
        if not beside:
            raise
        postgres.attach()


@asynccontextmanager
async def _opened_database(address: Address, connections: int) -> AsyncIterator[Database]:
    owner = await connect_owner(address)
    try:
        await migrate(owner, PACKAGES)
        await keep_schemas(owner)
    finally:
        await owner.close()
    database = await Database.open(address, connections=connections)
    try:
        yield database
    finally:
        await database.close()


def _share(settings: Settings) -> int:
    return min(_CONNECTIONS, _CONNECTIONS_OF_ALL // settings.workers)


def _address(settings: Settings, postgres: EmbeddedPostgres | None) -> Address:
    return embedded_address(postgres) if postgres else url_address(settings.database_url or "")


def _contexts(
    settings: Settings, database: Database, outgoing: Outgoing, together: Together, clock: Clock
) -> Contexts:
    remote = Remote(outgoing, preloaded(settings.contexts))
    return ContextLibrary(database, remote, public_url=settings.url, clock=clock, together=together).contexts


def _identity(settings: Settings) -> IdentitySettings:
    provider = None
    if settings.oidc_issuer and settings.oidc_client_id:
        provider = OidcProvider(
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret or "",
            role_claim=settings.oidc_role_claim,
        )
    return IdentitySettings(public_url=settings.url, oidc=provider)


def _make_folders(data: Path) -> None:
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in _FOLDERS:
        path = data / name
        path.mkdir(exist_ok=True, mode=0o700)
        os.chmod(path, 0o700)
