"""A node: one data folder, one database, the parts that live as long as it runs."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from quanyu.app.settings import Settings
from quanyu.core.clock import Clock, utc_now
from quanyu.store import (
    Address,
    Database,
    EmbeddedPostgres,
    connect_owner,
    embedded_address,
    migrate,
    reclaim,
    url_address,
)

PACKAGES = ("store", "identity", "connect", "govern", "twin")
"""Order of schema changes: a package may refer to tables of those before it."""

_FOLDERS = ("datasets", "uploads", "keys", "run", "tmp")


@dataclass(frozen=True, slots=True)
class Node:
    settings: Settings
    database: Database
    clock: Clock
    postgres: EmbeddedPostgres | None

    @property
    def folder(self) -> Path:
        return self.settings.data

    @property
    def tenant(self) -> str:
        return self.settings.tenant


@asynccontextmanager
async def open_node(settings: Settings, *, clock: Clock = utc_now) -> AsyncIterator[Node]:
    """Database started or reached, schema up to date; closed again in reverse order."""
    _make_folders(settings.data)
    postgres = None if settings.database_url else EmbeddedPostgres(settings.data / "postgres")
    if postgres:
        await postgres.start()
    try:
        async with _opened_database(_address(settings, postgres)) as database:
            if postgres:
                await reclaim(database)
            yield Node(settings, database, clock, postgres)
    finally:
        if postgres:
            await postgres.stop()


@asynccontextmanager
async def _opened_database(address: Address) -> AsyncIterator[Database]:
    owner = await connect_owner(address)
    try:
        await migrate(owner, PACKAGES)
    finally:
        await owner.close()
    database = await Database.open(address)
    try:
        yield database
    finally:
        await database.close()


def _address(settings: Settings, postgres: EmbeddedPostgres | None) -> Address:
    return embedded_address(postgres) if postgres else url_address(settings.database_url or "")


def _make_folders(data: Path) -> None:
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in _FOLDERS:
        path = data / name
        path.mkdir(exist_ok=True, mode=0o700)
        os.chmod(path, 0o700)
