"""An NGSI-LD client of the test's own tenant."""

import pytest

from quanyu.core.actor import Actor
from quanyu.store import Database
from quanyu.twin.http.ngsi import ngsi_app
from quanyu.twin.writer import Writer
from tests.unit.twin.ngsi_client import Client, actor


@pytest.fixture
def ngsi(database: Database, tenant: str) -> Client:
    async def authorize(scope: object, action: str) -> Actor:
        return actor(tenant)

    return Client(ngsi_app(database, Writer(database), authorize))
