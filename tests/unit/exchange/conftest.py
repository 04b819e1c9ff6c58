"""One city for all tests of sharing; each makes its own contract and ends it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from quanyu.store import Database
from tests.unit.exchange.city import START, City, built


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sharing_city(database: Database, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    city = await built(database, "sharing", tmp_path_factory.mktemp("sharing"))
    yield city
    for client in city.clients.values():
        await client.aclose()


@pytest_asyncio.fixture(loop_scope="session")
async def city(sharing_city: City) -> City:
    await sharing_city.moves_to(START)
    return sharing_city
