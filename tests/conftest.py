"""Fixtures of all tests: a real database, a tenant of one's own, a data folder, and the real data where present."""

import gc
import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import settings

from quanyu.app.node import PACKAGES
from quanyu.store import Database, EmbeddedPostgres, connect_owner, embedded_address, migrate, url_address
from quanyu.store.embedded import DATABASE

gc.disable()
settings.register_profile("untimed", deadline=None)  # how long an example takes says how busy the machine is
settings.load_profile("untimed")


def pytest_collection_finish() -> None:
    """What was loaded stays for the whole run: to look through it for garbage again and again takes a tenth of the time."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    gc.enable()


def pytest_unconfigure() -> None:
    gc.unfreeze()  # what is never freed, libraries report as leaked


@pytest_asyncio.fixture(scope="session")
async def database(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    """A migrated database of this test run; QUANYU_TEST_DATABASE_URL names another than the embedded one.

    Its commits do not wait for the disk, as none of it outlives the run; those of the stories' and the faults' nodes do.
    """
    url = os.environ.get("QUANYU_TEST_DATABASE_URL")
    server = EmbeddedPostgres(tmp_path_factory.mktemp("database") / "postgres")
    if url is None:
        await server.start()
    address = url_address(url) if url else embedded_address(server)
    owner = await connect_owner(address)
    await migrate(owner, PACKAGES)
    if url is None:
        await owner.execute(f"alter database {DATABASE} set synchronous_commit=off")
    await owner.close()
    opened = await Database.open(address)
    yield opened
    await opened.close()
    await server.stop()


@pytest.fixture
def tenant() -> str:
    """A tenant that no other test uses."""
    return f"t{uuid.uuid4().hex[:12]}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty data folder."""
    path = tmp_path / "data"
    path.mkdir()
    return path


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Real city data, never part of the repository: QUANYU_REAL_DATA or `../shared/data` beside the clone."""
    named = os.environ.get("QUANYU_REAL_DATA")
    path = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if not path.is_dir():
        pytest.skip(f"real city data is absent: {path} (set QUANYU_REAL_DATA)")
    return path
