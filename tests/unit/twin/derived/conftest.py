"""A broker, a context source and a subscriber, each with a listener of its own."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from quanyu.core.clock import utc_now
from quanyu.store import Database
from tests.unit.twin.derived.broker import Broker, broker
from tests.unit.twin.registrations.source import Source, listening
from tests.unit.twin.subscriptions.receiver import Receiver, receiving


class Ahead:
    """A clock that goes on by itself, and jumps where the test says so."""

    def __init__(self) -> None:
        self.by = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.by


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest_asyncio.fixture
async def city(database: Database, tenant: str, clock: Ahead) -> AsyncIterator[Broker]:
    async with broker(database, tenant, clock) as made:
        yield made


@pytest_asyncio.fixture
async def district(database: Database, tenant: str) -> AsyncIterator[Broker]:
    """Another broker, which knows nothing of the city."""
    async with broker(database, f"{tenant}-district") as made:
        yield made


@pytest_asyncio.fixture
async def source() -> AsyncIterator[Source]:
    async with listening() as made:
        made.answer("POST", "/subscriptions", 201)
        made.answer("PATCH", "/subscriptions", 204)
        made.answer("DELETE", "/subscriptions", 204)
        yield made


@pytest_asyncio.fixture
async def subscriber() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made
