"""An NGSI-LD client of the test's own tenant."""

import pytest

from quanyu.core.actor import Actor
from quanyu.store import Database
from quanyu.twin.http import Door, NgsiApp
from quanyu.twin.http.sight import WholeTenant
from quanyu.twin.writer import Writer
from tests.unit.twin.ngsi_client import Client, actor


@pytest.fixture
def ngsi(database: Database, tenant: str) -> Client:
    async def authorize(scope: object, action: str) -> Actor:
        return actor(tenant)

    return Client(NgsiApp(Door(database=database, writer=Writer(database), sight=WholeTenant()), authorize))
