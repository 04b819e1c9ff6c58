"""One city for all tests of sharing; each makes its own contract and ends it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from quanyu.store import Database
from tests.unit.exchange.city import START, City, built


async def cities(database: Database, name: str, folders: pytest.TempPathFactory) -> AsyncIterator[City]:
    city = await built(database, name, folders.mktemp(name))
    yield city
    for client in city.clients.values():
        await client.aclose()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sharing_city(database: Database, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    async for city in cities(database, "sharing", tmp_path_factory):
        yield city


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def elements_city(database: Database, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """Of its own: settling sources tells every department of much."""
    async for city in cities(database, "elements", tmp_path_factory):
        yield city


@pytest_asyncio.fixture(loop_scope="session")
async def city(sharing_city: City) -> City:
    await sharing_city.moves_to(START)
    return sharing_city
