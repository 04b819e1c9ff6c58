"""A tenant with sources and an import that takes, or refuses, what they bring."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from quanyu.connect.outgoing import Outgoing
from quanyu.connect.sources import Delivery, Runner, Source, _refusals, service
from quanyu.connect.sources.model import SourceInput
from quanyu.connect.sources.places import Places
from quanyu.core.actor import Actor, system_actor
from quanyu.core.clock import utc_now
from quanyu.core.errors import QuanyuError
from quanyu.store import Database
from tests.patience import eventually


@dataclass
class Inbox:
    """Takes deliveries as an import would, and keeps their names and lines; `refuse` says what it does not take."""

    lines: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    refuse: Callable[[str], QuanyuError | None] = lambda text: None

    async def __call__(self, delivery: Delivery) -> int:
        texts = [file.read_text(encoding="utf-8") for file in delivery.files]
        for text in texts:
            if error := self.refuse(text):
                raise error
        new = [line for text in texts for line in text.splitlines()]
        self.lines += new
        self.names += [file.name for file in delivery.files]
        return len(new)


@dataclass
class Scene:
    database: Database
    tenant: str
    folder: Path
    inbox: Inbox = field(default_factory=Inbox)
    later: timedelta = timedelta(0)

    @property
    def actor(self) -> Actor:
        return system_actor(self.tenant, "test")

    @property
    def places(self) -> Places:
        """Everything beside the data folder is listed."""
        return Places(own=self.folder, listed=(self.folder.parent,))

    def runner(self) -> Runner:
        return Runner(
            database=self.database, tenant=self.tenant, folder=self.folder, deliver=self.inbox,
            outgoing=Outgoing(("127.0.0.0/8",)), clock=lambda: utc_now() + self.later,
            listed=self.places.listed,
        )  # fmt: skip

    async def add(self, kind: str, **settings: Any) -> Source:
        """A source with the name of its kind."""
        source = SourceInput(name=kind, kind=kind, dataset="readings", settings=settings, every_seconds=1)
        async with self.database.tenant(self.tenant) as connection:
            return await service.add(connection, self.tenant, self.places, source)

    async def run(self, name: str) -> int:
        return await self.run_with(self.runner(), name)

    async def run_with(self, runner: Runner, name: str) -> int:
        return await runner.run_once(service.from_row(await self.row(name), self.folder))

    async def row(self, name: str) -> Any:
        async with self.database.tenant(self.tenant) as connection:
            return await service.require_source(connection, self.tenant, name)

    async def push(self, body: bytes) -> None:
        async with self.database.tenant(self.tenant) as connection:
            await service.accept_push(connection, self.tenant, "ngsi-ld", body)

    async def refusals(self, name: str) -> list[Any]:
        async with self.database.tenant(self.tenant) as connection:
            return await _refusals.all_of(connection, self.tenant, name)


@pytest.fixture
def scene(database: Database, tenant: str, folder: Path) -> Scene:
    (folder / "tmp").mkdir()
    return Scene(database, tenant, folder)


async def until(holds: Callable[[], bool]) -> None:
    async def look() -> bool:
        return holds()

    await eventually(look)
