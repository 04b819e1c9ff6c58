"""Tenants by NGSILD-Tenant (6.3.14)."""

from dataclasses import dataclass

import pytest

from quanyu.core.actor import Actor
from quanyu.store import Database
from quanyu.twin.http import Door, NgsiApp
from quanyu.twin.http.sight import WholeTenant
from quanyu.twin.writer import Writer
from tests.unit.twin.ngsi_client import Client, Reply, actor

ENTITY = {"id": "urn:ngsi-ld:A:1", "type": "A"}


@dataclass(frozen=True)
class Asker:
    client: Client

    async def ask(self, method: str, target: str, body: object = None, *, tenant: str) -> Reply:
        return await self.client.ask(method, target, body, ngsild_tenant=tenant)


def asker(database: Database, tenant: str, *, developing: bool) -> Asker:
    async def authorize(scope: object, action: str) -> Actor:
        return actor(tenant)

    door = Door(database=database, writer=Writer(database), sight=WholeTenant(), developing=developing)
    return Asker(Client(NgsiApp(door, authorize)))


async def test_a_tenant_is_there_from_the_first_entity_on(database: Database, tenant: str) -> None:
    one, other = asker(database, tenant, developing=True), f"{tenant}-other"
    missing = await one.ask("GET", "/entities?type=A", tenant=other)
    assert (missing.status, missing.json["title"]) == (404, "NonexistentTenant")
    assert (await one.ask("POST", "/entities", {"id": "x"}, tenant=other)).status == 400
    assert (await one.ask("GET", "/entities?type=A", tenant=other)).status == 404
    made = await one.ask("POST", "/entities", ENTITY, tenant=other)
    assert (made.status, made.headers["ngsild-tenant"]) == (201, other)
    found = await asker(database, tenant, developing=True).ask("GET", "/entities?type=A", tenant=other)
    assert [entity["id"] for entity in found.json] == [ENTITY["id"]]
    assert (await one.ask("GET", "/entities?type=A", tenant=tenant)).json == []


@pytest.mark.parametrize(("developing", "name", "status"), [(True, "../x", 400), (False, "other", 403)])
async def test_only_whose_own_it_is_or_who_develops_may_name_a_tenant(
    database: Database, tenant: str, developing: bool, name: str, status: int
) -> None:
    one = asker(database, tenant, developing=developing)
    assert (await one.ask("POST", "/entities", ENTITY, tenant=name)).status == status
