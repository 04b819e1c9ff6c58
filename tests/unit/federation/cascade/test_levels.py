"""A catalogue over three levels: it goes up by itself, down to who subscribes, and comes together again after a cut."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from quanyu.federation._sql import names
from quanyu.federation.cascade import _sql, cascade, subscribe
from quanyu.federation.cascade.model import ENTRIES, Entries
from quanyu.federation.cascade.service import search
from quanyu.federation.messages import Letter, Mail
from quanyu.federation.model import Level
from quanyu.govern.catalogue import service as catalogue
from quanyu.govern.catalogue.model import DataItem, Description, Facts, ShareType
from quanyu.govern.grading.model import Grade
from quanyu.store import Database
from tests.unit.federation.carrying import NOW, Node, introduce, make

COVERS = Description(
    title="井盖台账", abstract="全县井盖的位置与权属", organisation="qc-zj", organisation_name="青川县住建局", keywords=("部件",),
    share_type=ShareType.UNCONDITIONAL, region="510822",
    items=(DataItem(name="code", label="部件编码", type="text", description="16 位"),),
)  # fmt: skip


class Levels:
    def __init__(self, province: Node, city: Node, county: Node) -> None:
        self.province, self.city, self.county = province, city, county
        self.all = (province, city, county)

    async def settle(self) -> None:
        """Until nothing moves any more, as the nodes' own loops do."""
        moved = True
        while moved:
            moved = False
            for node in self.all:
                async with node.database.tenant(node.tenant) as connection:
                    moved |= bool(await cascade(Mail(connection, node.tenant, node.folder, NOW)))
            for one, other in ((self.county, self.city), (self.city, self.province)):
                for sender, receiver in ((one, other), (other, one)):
                    moved |= bool((await sender.carry(receiver)).receipts)


@pytest.fixture
async def levels(database: Database, tmp_path: Path, tenant: str) -> Levels:
    folder = tmp_path / tenant
    province = await make(database, folder, "donghai", Level.PROVINCE, "https://province.example")
    city = await make(database, folder, "jiangzhou", Level.CITY, "https://city.example")
    county = await make(database, folder, "qingchuan", Level.COUNTY)
    await introduce(province, city, Level.CITY)
    await introduce(city, county, Level.COUNTY)
    return Levels(province, city, county)


async def publish(node: Node, name: str, said: Description) -> None:
    async with node.database.tenant(node.tenant) as connection:
        facts = Facts(records=9, score=91.5, grade=Grade.GENERAL_1, grade_confirmed=True)
        draft = await catalogue.create(
            connection, node.tenant, name=name, said=said, facts=facts, author="t", at=NOW
        )
        await catalogue.publish(connection, node.tenant, name, version=draft.version, author="t", at=NOW)


async def change(node: Node, name: str, **changes: object) -> None:
    async with node.database.tenant(node.tenant) as connection:
        entry = await catalogue.find(connection, name)
        at = entry.modified + timedelta(seconds=1)
        await catalogue.amend(
            connection, node.tenant, name, dict(changes), version=entry.version, author="t", at=at
        )


async def found(node: Node, words: str = "", **filters: str) -> list[tuple[str, str]]:
    """Entry and who told of it."""
    async with node.database.tenant(node.tenant) as connection:
        page = await search(connection, words, filters, after=None, limit=50)
    return [(one.entry.id, one.told_by) for one in page]


@pytest.mark.parametrize("words", ["井盖", "jgtz", "住建局", "部件编码", "全县"])
async def test_what_a_county_publishes_is_found_in_the_province(levels: Levels, words: str) -> None:
    await publish(levels.county, "covers", COVERS)
    await levels.settle()
    assert await found(levels.province, words) == [("qingchuan/covers", "jiangzhou")]
    assert await found(levels.province, words, level="county", share_type="1")
    assert not await found(levels.province, words, level="city")


async def test_an_entry_keeps_its_owner_level_and_quality_on_the_way(levels: Levels) -> None:
    await publish(levels.county, "covers", COVERS)
    await levels.settle()
    async with levels.province.database.tenant(levels.province.tenant) as connection:
        [line] = await search(connection, "井盖", {}, after=None, limit=5)
        assert await _sql.one(connection, "qingchuan/covers") == line
    entry = line.entry
    assert (entry.node, entry.level, entry.owner) == ("qingchuan", "county", "青川县住建局")
    assert (entry.share_type, entry.score, entry.records, entry.region) == (1, 91.5, 9, "510822")
    assert [one.label for one in entry.items] == ["部件编码"]


async def test_after_a_cut_the_levels_come_together_again(levels: Levels) -> None:
    await publish(levels.county, "covers", COVERS)
    await levels.settle()
    for title in ("井盖清册", "井盖名录", "雨水井盖名录"):
        await change(levels.county, "covers", title=title)
        async with levels.county.database.tenant(levels.county.tenant) as connection:
            await cascade(Mail(connection, levels.county.tenant, levels.county.folder, NOW))
    await levels.settle()
    for node in levels.all:
        assert [entry for entry, _ in await found(node, "雨水井盖")] == ["qingchuan/covers"]
        assert not await found(node, "台账")


async def test_what_is_withdrawn_is_found_nowhere(levels: Levels) -> None:
    await publish(levels.county, "covers", COVERS)
    await levels.settle()
    async with levels.county.database.tenant(levels.county.tenant) as connection:
        entry = await catalogue.find(connection, "covers")
        at = NOW + timedelta(seconds=1)
        await catalogue.withdraw(
            connection, levels.county.tenant, "covers", version=entry.version, author="t", at=at
        )
    await levels.settle()
    for node in levels.all:
        assert not await found(node, "井盖")
        async with node.database.tenant(node.tenant) as connection:
            assert await _sql.one(connection, "qingchuan/covers") is None


async def test_what_the_province_has_comes_down_to_who_subscribes(levels: Levels) -> None:
    await publish(levels.province, "roads", msgspec.structs.replace(COVERS, title="公路里程"))
    await levels.settle()
    assert not await found(levels.county, "公路")
    for lower, upper in ((levels.city, "donghai"), (levels.county, "jiangzhou")):
        async with lower.database.tenant(lower.tenant) as connection:
            mail = Mail(connection, lower.tenant, lower.folder, NOW)
            await subscribe(mail, lower.actor, upper, on=True)
    await levels.settle()
    assert await found(levels.county, "公路") == [("donghai/roads", "jiangzhou")]


async def test_nobody_speaks_for_a_node_that_is_known_itself(levels: Levels) -> None:
    await publish(levels.city, "parks", msgspec.structs.replace(COVERS, title="公园"))
    await levels.settle()
    async with levels.city.database.tenant(levels.city.tenant) as connection:
        [line] = await search(connection, "公园", {}, after=None, limit=5)
    false = msgspec.structs.replace(line.entry, title="假公园", version=99)
    async with levels.county.database.tenant(levels.county.tenant) as connection:
        letter = Letter(to="jiangzhou", kind=ENTRIES, about="catalogue", payload=Entries(entries=(false,)))
        mail = Mail(connection, levels.county.tenant, levels.county.folder, NOW)
        await mail.send(levels.county.actor, letter)
    await levels.settle()
    assert await found(levels.city, "假公园") == []
    assert await found(levels.province, "公园") == [("jiangzhou/parks", "jiangzhou")]


async def test_what_changes_is_told_once(levels: Levels) -> None:
    await publish(levels.county, "covers", COVERS)
    await levels.settle()
    async with levels.city.database.tenant(levels.city.tenant) as connection:
        assert await cascade(Mail(connection, levels.city.tenant, levels.city.folder, NOW)) == 0
        assert (await _sql.after(connection, 0, without="donghai", limit=9))[0][0].id == "qingchuan/covers"


async def test_nodes_are_called_by_their_names(database: Database, tmp_path: Path, tenant: str) -> None:
    city = await make(database, tmp_path / tenant, "jiangzhou", Level.CITY, "https://city.example")
    county = await make(database, tmp_path / tenant, "qingchuan", Level.COUNTY)
    await introduce(city, county, Level.COUNTY)
    async with database.tenant(county.tenant) as connection:
        assert await names(connection) == {"jiangzhou": "jiangzhou", "qingchuan": "qingchuan"}
