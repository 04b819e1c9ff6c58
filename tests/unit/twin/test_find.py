"""Pages of the state at any offset, and declared attributes with an index of their own."""

import pytest

from quanyu.store import Database
from quanyu.twin import EntityWrite, Op, Writer
from quanyu.twin.counting import MOST
from quanyu.twin.declared import declare
from quanyu.twin.discovery import shapes
from quanyu.twin.find import Finder, Found, find, find_after, number_found
from quanyu.twin.ngsild.query import Query, Selector, parse_q, parse_types
from quanyu.twin.search import Search, position_of


def _write(type: str, number: int) -> EntityWrite:
    document = {"n": {"type": "Property", "value": number}}
    return EntityWrite(
        id=f"urn:{type}:{number:05}", op=Op.MERGE, types=tuple(type.split("+")), document=document
    )


async def _page(database: Database, tenant: str, finder: Finder, types: str, offset: int) -> list[str]:
    selectors = (Selector(types=parse_types(types, str)),) if types else ()
    search = Search(tenant=tenant, query=Query(selectors=selectors), question=types)
    async with database.tenant(tenant) as connection:
        found = await find(connection, search, finder, limit=2, offset=offset)
    return [one.id for one in found.items]


async def test_any_offset_is_where_counting_leads_also_after_a_change(
    database: Database, tenant: str
) -> None:
    writer, finder = Writer(database), Finder()
    await writer.submit(tenant, [_write("B", n) for n in range(2 * MOST + 5)])
    await writer.submit(tenant, [_write("A", 1), _write("C+B", 7)])
    assert await _page(database, tenant, finder, "", MOST * 2 + 3) == ["urn:B:04002", "urn:B:04003"]
    assert await _page(database, tenant, finder, "B", MOST * 2) == ["urn:B:04000", "urn:B:04001"]
    assert await _page(database, tenant, finder, "B", MOST * 2 + 4) == ["urn:B:04004", "urn:C+B:00007"]
    await writer.submit(tenant, [EntityWrite(id="urn:B:00000", op=Op.DELETE)])
    assert await _page(database, tenant, finder, "", MOST * 2 + 3) == ["urn:B:04003", "urn:B:04004"]
    assert await _page(database, tenant, finder, "", MOST * 3) == []


async def test_pages_by_position_and_by_offset_are_the_same(database: Database, tenant: str) -> None:
    await Writer(database).submit(tenant, [_write("A", n) for n in range(9)])
    search = Search(tenant=tenant, query=Query(q=parse_q("n!=4", str)), question="n")
    async with database.tenant(tenant) as connection:
        first = await find(connection, search, Finder(), limit=3)
        second = await find_after(connection, search, position_of(first.items[-1]), limit=3)
        assert second == await find(connection, search, Finder(), limit=3, offset=3)
        assert (await number_found(connection, search), second.more) == (8, True)


async def test_who_writes_past_the_writer_is_counted_too(database: Database, tenant: str) -> None:
    insert = "insert into entity (tenant, id, type, doc, version, created, modified) values ($1, $2, 'A', $3, 1, now(), now())"
    async with database.tenant(tenant) as connection:
        for number in range(3):
            await connection.execute(
                insert, tenant, f"urn:a:{number}", {"n": {"type": "Property", "value": 1}}
            )
        await connection.execute("""update entity set doc = doc || '{"m": [{"type": "Property"}, {"type": "Property"}]}'
                                    where tenant = $1 and id <> 'urn:a:0'""", tenant)  # fmt: skip
        await connection.execute("update entity set type = 'B' where tenant = $1 and id = 'urn:a:1'", tenant)
        await connection.execute("delete from entity where tenant = $1 and id = 'urn:a:2'", tenant)
        found = await shapes(connection, tenant)
    there = {(one.types, one.name): one.number for one in found if one.number}
    assert there == {(("A",), ""): 1, (("A",), "n"): 1, (("B",), ""): 1, (("B",), "n"): 1, (("B",), "m"): 2}


async def test_a_declared_attribute_is_found_through_its_index(database: Database, tenant: str) -> None:
    await Writer(database).submit(tenant, [_write("A", n) for n in range(300)])
    search = Search(tenant=tenant, query=Query(
        selectors=(Selector(types=(("A",),)),), q=parse_q("n==7", str)), declared=frozenset({"n"}),
    )  # fmt: skip
    async with database.owner() as owner:
        await declare(owner, {"n", 'it\'s "odd"'})
        await declare(owner, {"n"})
        names = await owner.fetch("select relname from pg_class where relname like 'entity\\_declared%'")
        assert len(names) == 2
    async with database.tenant(tenant) as connection:
        found: Found = await find(connection, search, Finder(), limit=3)
    assert [one.id for one in found.items] == ["urn:A:00007"]
    async with database.owner() as owner:
        await declare(owner, ())


@pytest.mark.parametrize(
    "text", ["a>=1", "a>1", "a<2", "a<=1", "a==1", "a==1..2", 'a=="x"', 'a==1,"x"', "a>1|a==1", "a>=1;a<2"]
)
async def test_what_is_counted_is_what_a_list_has(database: Database, tenant: str, text: str) -> None:
    values = [1, 2, 1.5, "x", [1, 2], True, None, {"@type": "DateTime", "@value": "x"}, 1.0000000000000002]
    writes = [
        EntityWrite(
            id=f"urn:a:{number}",
            op=Op.REPLACE,
            types=("A",),
            document={"a": {"type": "Property", "value": value}},
        )
        for number, value in enumerate(values)
    ]
    late = {"a": {"type": "Property", "value": 1, "expiresAt": "2000-01-01T00:00:00Z"}}
    writes.append(EntityWrite(id="urn:a:late", op=Op.REPLACE, types=("A",), document=late))
    async with database.tenant(tenant) as connection:
        await Writer(database).submit(tenant, writes)
        search = Search(
            tenant=tenant, query=Query(selectors=(Selector(types=(("A",),)),), q=parse_q(text, str))
        )
        found = await find(connection, search, Finder(), limit=100)
        assert await number_found(connection, search) == len(found.items) > 0
