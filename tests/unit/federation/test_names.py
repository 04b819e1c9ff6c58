"""A node's name stands before `:`, `/` and `@` in other names, so nobody may hold one of them."""

from pathlib import Path

import msgspec
import pytest

from quanyu.core.errors import Invalid
from quanyu.federation._sql import names
from quanyu.federation.model import Level, NodeCard
from quanyu.federation.nodes import Identity, Nodes
from quanyu.federation.signature import Suite, canonical
from quanyu.store import Database
from tests.unit.federation.carrying import NOW, introduce, make

WRONG = ("a:b", "a/b", "civil@a", "Jiang Zhou", "", "-a", "a" * 41, "江州")


@pytest.mark.parametrize("name", WRONG)
def test_a_card_with_such_a_name_is_no_card(name: str) -> None:
    card = {"id": name, "name": "x", "level": "city", "region": "", "url": None, "keys": [], "version": 1}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(card, NodeCard)
    assert msgspec.convert({**card, "id": "jiangzhou-2"}, NodeCard).id == "jiangzhou-2"


@pytest.mark.parametrize(
    ("name", "url"), [("Jiang Zhou", None), ("a:b", None), ("city", "city.example"), ("city", "https://a/")]
)
async def test_a_node_is_not_called_so(
    database: Database, tmp_path: Path, tenant: str, name: str, url: str | None
) -> None:
    node = await make(database, tmp_path / tenant, "city", Level.CITY)
    async with database.tenant(node.tenant) as connection:
        desk = Nodes(connection, node.actor, node.folder, NOW)
        with pytest.raises(Invalid):
            await desk.init(Identity(id=name, name="x", level=Level.CITY, region="", url=url), Suite.ED25519)


async def test_a_node_that_is_searched_for_by_name_is_found_first(
    database: Database, tmp_path: Path, tenant: str
) -> None:
    folder = tmp_path / tenant
    city = await make(database, folder, "city", Level.CITY, "https://city.example")
    for name in ("east-lake", "lake", "lake-2"):
        await introduce(city, await make(database, folder, name, Level.COUNTY), Level.COUNTY)
    async with database.tenant(city.tenant) as connection:
        found = await names(connection, query="Lake", ids=None, limit=2)
    assert list(found) == ["lake", "lake-2"]


def test_a_card_without_an_english_name_is_signed_as_it_was_before_there_were_any() -> None:
    card = {
        "id": "city",
        "keys": [],
        "level": "city",
        "name": "江州市",
        "region": "",
        "url": None,
        "version": 1,
    }
    assert canonical(msgspec.convert(card, NodeCard)) == canonical(card)
    named = {**card, "name_en": "Jiangzhou"}
    assert canonical(msgspec.convert(named, NodeCard)) == canonical(named)


async def test_a_new_key_leaves_a_node_its_english_name(
    database: Database, tmp_path: Path, tenant: str
) -> None:
    node = await make(database, tmp_path / tenant, "city", Level.CITY)
    called = Identity(id="city", name="江州市", level=Level.CITY, region="", url=None, name_en="Jiangzhou")
    async with database.tenant(node.tenant) as connection:
        desk = Nodes(connection, node.actor, node.folder, NOW)
        await desk.init(called, Suite.ED25519)
        assert (await desk.rotate(Suite.ED25519)).body.name_en == "Jiangzhou"
