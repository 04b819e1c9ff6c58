"""A client whose pages of instances are small."""

from pathlib import Path

import pytest

from quanyu.core.actor import Actor
from quanyu.store import Database
from quanyu.twin.history import Archive
from quanyu.twin.http import Door, NgsiApp
from quanyu.twin.http.sight import WholeTenant
from quanyu.twin.writer import Writer
from tests.unit.twin.ngsi_client import Client, actor


@pytest.fixture
def ngsi(database: Database, tenant: str, folder: Path) -> Client:
    async def authorize(scope: object, action: str) -> Actor:
        return actor(tenant)

    archive = Archive(folder=folder, page=6)
    door = Door(database=database, writer=Writer(database), sight=WholeTenant(), history=archive)
    return Client(NgsiApp(door, authorize))
