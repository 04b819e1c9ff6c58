"""Registrations are the whole tenant's: they say whom its broker asks for everybody, and with whose keys."""

from dataclasses import replace

import pytest

from quanyu.connect.outgoing import Outgoing
from quanyu.core.actor import Actor
from quanyu.store import Database
from quanyu.twin.http import Door, NgsiApp
from quanyu.twin.http.sight import WholeTenant
from quanyu.twin.registrations import Sources
from quanyu.twin.writer import Writer
from tests.unit.twin.ngsi_client import Client, actor

LISTED = "/csourceRegistrations"
SECRET = "Bearer of-another-body"
SOURCE = {
    "id": "urn:ngsi-ld:ContextSourceRegistration:1", "type": "ContextSourceRegistration", "endpoint": "https://source.example",
    "information": [{"entities": [{"type": "Vehicle"}]}], "contextSourceInfo": [{"key": "Authorization", "value": SECRET}],
}  # fmt: skip


def client(database: Database, asker: Actor) -> Client:
    async def authorize(scope: object, action: str) -> Actor:
        return asker

    sources = Sources(database, Outgoing(()))
    door = Door(database=database, writer=Writer(database), sight=WholeTenant(), sources=sources)
    return Client(NgsiApp(door, authorize))


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("POST", LISTED, SOURCE | {"id": "urn:ngsi-ld:ContextSourceRegistration:2"}),
        ("GET", f"{LISTED}?type=Vehicle", None),
        ("GET", f"{LISTED}/{SOURCE['id']}", None),
        ("PATCH", f"{LISTED}/{SOURCE['id']}", {"endpoint": "https://other.example"}),
        ("DELETE", f"{LISTED}/{SOURCE['id']}", None),
    ],
)
async def test_a_department_neither_sees_nor_changes_them(
    database: Database, tenant: str, method: str, target: str, body: object
) -> None:
    whole = client(database, actor(tenant))
    assert (await whole.ask("POST", LISTED, SOURCE, content_type="application/json")).status == 201
    department = replace(actor(tenant), roles=frozenset({"department_officer"}), organisation="civil")
    refused = await client(database, department).ask(method, target, body, content_type="application/json")
    assert (refused.status, SECRET in refused.content.decode()) == (403, False)
    (kept,) = (await whole.ask("GET", f"{LISTED}?type=Vehicle")).json
    assert kept["endpoint"] == SOURCE["endpoint"]
