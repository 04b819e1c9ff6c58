"""Other nodes as those who look after them page through them."""

from quanyu.federation import _sql
from quanyu.federation.model import Level, NodeCard, NodeNames, Side, Signed
from quanyu.federation.node_views import NodePage, page_of_nodes
from quanyu.store import Connection, Database
from tests.unit.federation.carrying import NOW

KNOWN = (("county-b", Side.BELOW), ("county-a", Side.BELOW), ("twin", Side.BESIDE), ("province", Side.ABOVE))


async def known(connection: Connection, tenant: str) -> None:
    for id, side in KNOWN:
        card = NodeCard(id=id, name=f"{id} 节点", level=Level.COUNTY, region="", url=None, keys=(), version=1)
        await _sql.put_node(connection, tenant, side, Signed(body=card, signatures=()), NOW)


async def test_nodes_go_on_page_by_page_those_above_first_and_are_found_by_name_or_id(
    database: Database, tenant: str
) -> None:
    async with database.tenant(tenant) as connection:
        await known(connection, tenant)
        pages, after = list[NodePage](), None
        while not pages or after:
            pages.append(await page_of_nodes(connection, after=after, limit=1))
            after = pages[-1].next
        found = await page_of_nodes(connection, text="COUNTY-A 节点")
    assert [one.id for page in pages for one in page.items] == ["province", "twin", "county-a", "county-b"]
    assert {(page.total, tuple(sorted(page.sides.items()))) for page in pages} == {
        (4, (("above", 1), ("below", 2), ("beside", 1)))
    }
    assert ([one.id for one in found.items], found.total, found.next) == (["county-a"], 1, None)


async def test_what_nodes_are_called_is_found_by_name_and_asked_for_by_id(
    database: Database, tenant: str
) -> None:
    async with database.tenant(tenant) as connection:
        await known(connection, tenant)
        some = await _sql.names(connection, query="", ids=None, limit=3)
        certain = await _sql.names(connection, query="", ids=["twin", "unknown"], limit=100)
        found = await _sql.names(connection, query="COUNTY-A 节", ids=None, limit=100)
    assert list(some) == ["county-a", "county-b", "province"]
    assert certain == {"twin": NodeNames(name="twin 节点", name_en="")}
    assert found == {"county-a": NodeNames(name="county-a 节点", name_en="")}


async def test_a_node_is_found_by_its_english_name(database: Database, tenant: str) -> None:
    card = NodeCard(id="qc", name="青川县", name_en="Qingchuan County", level=Level.COUNTY, region="", url=None, keys=(), version=1)  # fmt: skip
    async with database.tenant(tenant) as connection:
        await known(connection, tenant)
        await _sql.put_node(connection, tenant, Side.BELOW, Signed(body=card, signatures=()), NOW)
        found = await _sql.names(connection, query="qingchuan c", ids=None, limit=100)
        listed = await page_of_nodes(connection, text="qingchuan c")
    assert found == {"qc": NodeNames(name="青川县", name_en="Qingchuan County")}
    assert [one.name_en for one in listed.items] == ["Qingchuan County"]
