"""A catalogue over three levels: it goes up by itself, down to who subscribes, and comes together again after a cut."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from quanyu.exchange.definitions import ELEMENT, ensure_definitions
from quanyu.exchange.elements import _sql as elements_sql
from quanyu.exchange.elements.model import Carried, Source, Wanted, Way, succeeded
from quanyu.federation._sql import names
from quanyu.federation.cascade import _sql, cascade, subscribe
from quanyu.federation.cascade.model import ENTRIES, Entries, ListedElement
from quanyu.federation.cascade.service import search
from quanyu.federation.messages import Letter, Mail
from quanyu.federation.model import Level, NodeNames
from quanyu.govern.catalogue import service as catalogue
from quanyu.govern.catalogue.model import DataItem, Description, Facts, ShareType
from quanyu.govern.grading.model import Grade
from quanyu.identity.organisations.model import Organisation
from quanyu.identity.organisations.service import put_organisations
from quanyu.store import Database
from quanyu.workflow import Doer, Opening, Works
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
    assert await found(levels.province, words, told_by="jiangzhou")
    assert not await found(levels.province, words, told_by="qingchuan")


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


async def test_an_entry_brings_along_what_its_owner_is_called_in_english(levels: Levels) -> None:
    async with levels.county.database.tenant(levels.county.tenant) as connection:
        owner = Organisation.parse(id="qc-zj", name="青川县住建局", name_en="Qingchuan Housing Bureau")
        await put_organisations(connection, levels.county.actor, [owner])
    await publish(levels.county, "covers", COVERS)
    await levels.settle()
    async with levels.province.database.tenant(levels.province.tenant) as connection:
        [line] = await search(connection, "Qingchuan Housing", {}, after=None, limit=5)
    assert (line.entry.owner, line.entry.owner_en) == ("青川县住建局", "Qingchuan Housing Bureau")


INCOME = Description(
    title="低保名录", abstract="a", organisation="civil", share_type=ShareType.CONDITIONAL, share_condition="c",
    items=(DataItem(name="sr", label="收入", type="integer", element="income"), DataItem(name="id", label="编号", type="text")),
)  # fmt: skip
ELEMENT_TOLD = {
    "code": "income", "title_zh": "家庭年收入", "title_en": "", "lead": "县民政局", "is_source": True, "source": None, "standard": "1.0",
    "since": "2026-01-01T00:00:00Z",
}  # fmt: skip
COPY = msgspec.structs.replace(INCOME, title="病人名录", organisation="health")


async def settles(node: Node, lead: str, version: int) -> None:
    """As the way of an element ends; the event tells the entries."""
    source = Source(
        version=version, lead=lead, beside=(), items=(Carried(dataset="poor", item="sr"),), way=Way.DECIDED, reason="r",
        effective_from=NOW + timedelta(days=version), effective_to=None, settled_by="t", at=NOW,
    )  # fmt: skip
    async with node.database.tenant(node.tenant) as connection:
        if version == 1:
            said = Wanted(code="income", title_zh="家庭年收入", title_en="Household income", reason="r")
            opening = Opening(definition=ELEMENT, subject="income", data={"claims": 0, "through": "ask"})
            await ensure_definitions(connection, node.tenant, now=NOW)
            work = await Works(connection, node.tenant, NOW).open(opening, Doer(id="t", node=True))
            await elements_sql.ask(connection, node.tenant, said, body="county", work=work, author="t", now=NOW)  # fmt: skip
        for one in succeeded(await elements_sql.sources(connection, "income"), source):
            await elements_sql.put_source(connection, node.tenant, "income", one)
        at = NOW + timedelta(hours=version)
        assert await catalogue.touch_naming(connection, node.tenant, "income", at=at) == 2


async def told(node: Node, words: str) -> dict[str, ListedElement | None]:
    async with node.database.tenant(node.tenant) as connection:
        page = await search(connection, words, {}, after=None, limit=50)
    return {one.entry.name: one.entry.items[0].element for one in page}


async def test_the_source_of_an_element_travels_with_the_entries_that_name_it(levels: Levels) -> None:
    await publish(levels.county, "poor", INCOME)
    await publish(levels.county, "patients", COPY)
    await levels.settle()
    assert await told(levels.province, "名录") == {"poor": None, "patients": None}
    assert await told(levels.province, "家庭年收入") == {}
    await settles(levels.county, "civil", 1)
    await levels.settle()
    own, copy = (
        (await told(levels.province, "家庭年收入"))["poor"],
        (await told(levels.province, "家庭年收入"))["patients"],
    )
    assert own is not None
    assert copy is not None
    assert (own.code, own.lead, own.is_source, own.source, own.standard) == (
        "income",
        "civil",
        True,
        None,
        None,
    )
    assert (copy.is_source, copy.source, copy.since) == (False, "poor", NOW + timedelta(days=1))
    await settles(levels.county, "health", 2)
    await levels.settle()
    other = (await told(levels.city, "household income"))["poor"]
    assert other is not None
    assert (other.lead, other.is_source) == ("health", False)


async def test_nodes_of_an_older_and_a_newer_version_read_each_other_s_entries(levels: Levels) -> None:
    """A member that is not known is passed over; what is not told is not there."""
    await publish(levels.county, "poor", INCOME)
    await levels.settle()
    async with levels.county.database.tenant(levels.county.tenant) as connection:
        [line] = await search(connection, "低保", {}, after=None, limit=5)
    said = msgspec.to_builtins(msgspec.structs.replace(line.entry, version=9))
    first, second = said["items"]
    older = {name: value for name, value in first.items() if name != "element"}
    newer = {
        **said,
        "items": [older, {**second, "element": {**ELEMENT_TOLD, "icon": "coin"}}],
        "mood": "good",
    }
    async with levels.county.database.tenant(levels.county.tenant) as connection:
        letter = Letter(to="jiangzhou", kind=ENTRIES, about="catalogue", payload={"entries": [newer]})
        await Mail(connection, levels.county.tenant, levels.county.folder, NOW).send(
            levels.county.actor, letter
        )
    (receipt,) = (await levels.county.carry(levels.city)).receipts
    assert receipt.body.outcome == "accepted", receipt
    async with levels.city.database.tenant(levels.city.tenant) as connection:
        [line] = await search(connection, "低保", {}, after=None, limit=5)
    assert [one.element and one.element.lead for one in line.entry.items] == [None, "县民政局"]


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
        known = await names(connection, query="", ids=None, limit=100)
    assert known == {id: NodeNames(name=id, name_en="") for id in ("jiangzhou", "qingchuan")}
