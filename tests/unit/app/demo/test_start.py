"""When a folder may become, or go on as, a demonstration."""

from pathlib import Path

import pytest

from quanyu.app.demo import at_start, is_demo, outgoing
from quanyu.app.demo.marker import read_marker
from quanyu.app.node import Node
from quanyu.app.settings import Settings
from quanyu.connect.outgoing import Outgoing
from quanyu.core.actor import system_actor
from quanyu.core.clock import utc_now
from quanyu.core.errors import Conflict, Denied
from quanyu.govern.imports.model import About, Options, ReceivedFile
from quanyu.govern.imports.service import begin_import
from quanyu.identity import EvidenceWriter, IdentitySettings, ensure_tenant
from quanyu.identity.organisations.service import list_organisations
from quanyu.store import Database
from quanyu.twin import Twin, Writer


def node_of(database: Database, tenant: str, folder: Path, *, demo: bool = True, seed: int = 1) -> Node:
    return Node(
        settings=Settings(data=folder, tenant=tenant, demo=demo, demo_seed=seed),
        identity=IdentitySettings(),
        database=database,
        postgres=None,
        evidence=EvidenceWriter(database, clock=utc_now),
        twin=Twin(Writer(database)),
        outgoing=Outgoing(),
        clock=utc_now,
    )


@pytest.fixture
async def node(database: Database, tenant: str, folder: Path) -> Node:
    async with database.tenant(tenant) as connection:
        await ensure_tenant(connection, tenant)
    return node_of(database, tenant, folder)


async def test_the_first_start_makes_the_departments_and_marks_the_folder(node: Node) -> None:
    lines = await at_start(node, "en")
    marker = read_marker(node.folder)
    assert marker is not None
    assert marker.seed == 1
    assert "invented" in lines[0]
    async with node.database.tenant(node.tenant) as connection:
        names = {row.name for row in await list_organisations(connection, node.tenant, after="", limit=50)}
    assert "江州市数据局" in names


async def test_a_later_start_goes_on_with_the_same_city(node: Node) -> None:
    await at_start(node, "en")
    begun = read_marker(node.folder)
    await at_start(node, "en")
    assert read_marker(node.folder) == begun


async def test_a_folder_with_other_data_is_refused(node: Node) -> None:
    file = ReceivedFile(name="a.csv", path="/nowhere/a.csv", bytes=1, sha256="0" * 64)
    async with node.database.tenant(node.tenant) as connection:
        await begin_import(
            connection, actor=system_actor(node.tenant, "test"), dataset="real", files=[file],
            options=Options(), about=About(), now=utc_now(),
        )  # fmt: skip
    with pytest.raises(Conflict) as refused:
        await at_start(node, "en")
    assert refused.value.key == "app.demo.other_data"
    assert read_marker(node.folder) is None


async def test_another_seed_in_the_same_folder_is_refused(node: Node) -> None:
    await at_start(node, "en")
    with pytest.raises(Conflict):
        await at_start(node_of(node.database, node.tenant, node.folder, seed=2), "en")


async def test_a_node_that_is_no_demonstration_gets_nothing(node: Node) -> None:
    plain = node_of(node.database, node.tenant, node.folder, demo=False)
    assert await at_start(plain, "en") == []
    assert read_marker(plain.folder) is None
    with pytest.raises(Denied):
        await outgoing(plain).check("127.0.0.1", 1883)


async def test_invented_data_stays_marked_when_the_node_is_started_without_the_flag(node: Node) -> None:
    await at_start(node, "en")
    plain = node_of(node.database, node.tenant, node.folder, demo=False)
    assert is_demo(plain)
    assert await at_start(plain, "en") == []
    assert not is_demo(node_of(node.database, node.tenant, node.folder / "elsewhere", demo=False))


async def test_the_demonstration_may_reach_its_own_broker_and_no_other_private_address(node: Node) -> None:
    assert await outgoing(node).check("127.0.0.1", 1883) == "127.0.0.1"
    with pytest.raises(Denied):
        await outgoing(node).check("10.0.0.1", 1883)
