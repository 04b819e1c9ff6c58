"""What is written is there, counted and logged."""

import asyncio
import random
from dataclasses import replace

from quanyu.core.errors import Conflict, Invalid, NotFound
from quanyu.store import Database
from quanyu.twin.model import EntityWrite, Expect, Op, write_of
from quanyu.twin.ngsild.document import delete_attribute, parse_entity
from quanyu.twin.provision import Modify
from quanyu.twin.writer import Writer


def sensor(number: int, **attributes: object) -> EntityWrite:
    entity = parse_entity({"id": f"urn:ngsi-ld:Sensor:{number}", "type": "Sensor", **attributes})
    return write_of(entity, actor="test")


def place(x: float, y: float) -> dict[str, object]:
    return {"type": "Point", "coordinates": [x, y]}


async def document(database: Database, tenant: str, number: int) -> dict[str, object] | None:
    async with database.tenant(tenant) as connection:
        found = await connection.fetchval(
            "select doc from entity where tenant=$1 and id=$2", tenant, f"urn:ngsi-ld:Sensor:{number}"
        )
        return found and {name: one["value"] for name, one in found.items()}


async def test_two_partial_updates_in_one_group_keep_both_attributes(database: Database, tenant: str) -> None:
    writer = Writer(database)
    await asyncio.gather(
        writer.submit(tenant, [sensor(1, temperature=3)]), writer.submit(tenant, [sensor(1, humidity=80)])
    )
    assert await document(database, tenant, 1) == {"temperature": 3, "humidity": 80}


async def test_every_change_of_a_folded_group_is_logged_without_a_gap(
    database: Database, tenant: str
) -> None:
    writer = Writer(database)
    await asyncio.gather(*(writer.submit(tenant, [sensor(index % 7, count=index)]) for index in range(100)))
    async with database.tenant(tenant) as connection:
        seqs = [row[0] for row in await connection.fetch("select seq from change order by seq")]
    assert seqs == list(range(1, 101))


async def test_entities_that_are_written_again_all_at_once_stay_on_their_pages(
    database: Database, tenant: str
) -> None:
    async def pages() -> list[int]:
        async with database.tenant(tenant) as connection:
            rows = await connection.fetch(
                "select (ctid::text::point)[0]::bigint as page from entity order by id"
            )
            return [row["page"] for row in rows]

    writer, remarks = Writer(database), "x" * 500
    await writer.submit(tenant, [sensor(n, count=7, remarks=remarks) for n in range(200)])
    before = await pages()
    await writer.submit(tenant, [sensor(n, count=1234567, remarks=remarks) for n in range(200)])
    assert len(set(before)) > 10
    assert await pages() == before


async def test_counters_follow_creation_move_and_deletion(database: Database, tenant: str) -> None:
    writer = Writer(database)
    await writer.submit(tenant, [sensor(1, location=place(121, 31)), sensor(2)])
    await writer.submit(tenant, [sensor(1, location=place(122, 31)), sensor(2, location=place(121, 30))])
    await writer.submit(tenant, [EntityWrite(id="urn:ngsi-ld:Sensor:1", op=Op.DELETE)])
    async with database.tenant(tenant) as connection:
        row = await connection.fetchrow("select entities, located, points, x1, y1, x2, y2 from layer")
    assert tuple(row) == (1, 1, 1, 121, 30, 122, 31)


async def test_only_one_of_two_creations_succeeds(database: Database, tenant: str) -> None:
    writer = Writer(database)
    entity = parse_entity({"id": "urn:ngsi-ld:Sensor:1", "type": "Sensor"})
    create = write_of(entity, Op.REPLACE, expect=Expect.ABSENT)
    outcomes = [
        one
        for two in await asyncio.gather(*(writer.submit(tenant, [create]) for _ in range(2)))
        for one in two
    ]
    assert [one.created for one in outcomes] == [True, False]
    assert isinstance(outcomes[1].error, Conflict)


async def test_an_update_of_an_unknown_entity_is_refused(database: Database, tenant: str) -> None:
    update = EntityWrite(id="urn:ngsi-ld:Sensor:9", op=Op.MERGE, expect=Expect.PRESENT)
    (outcome,) = await Writer(database).submit(tenant, [update])
    assert isinstance(outcome.error, NotFound)


async def test_a_removed_attribute_leaves_the_document_and_the_map(database: Database, tenant: str) -> None:
    writer = Writer(database)
    await writer.submit(tenant, [sensor(1, location=place(121, 31), temperature=1)])
    removal = EntityWrite(
        id="urn:ngsi-ld:Sensor:1", op=Op.REMOVE, removed=("location",), expect=Expect.PRESENT
    )
    assert [one.error for one in await writer.submit(tenant, [removal])] == [None]
    assert await document(database, tenant, 1) == {"temperature": 1}
    async with database.tenant(tenant) as connection:
        assert await connection.fetchval("select located from layer") == 0


async def test_a_poison_row_fails_alone(database: Database, tenant: str) -> None:
    writer = Writer(database)
    poison = EntityWrite(
        id="urn:ngsi-ld:Sensor:13",
        op=Op.MERGE,
        types=("Sensor",),
        document={"a": {"type": "Property", "value": "\x00"}},
    )
    outcomes = await writer.submit(
        tenant, [*(sensor(index, a=index) for index in range(13)), poison, sensor(14, a=1)]
    )
    assert [index for index, one in enumerate(outcomes) if one.error] == [13]
    assert isinstance(outcomes[13].error, Invalid)
    assert await document(database, tenant, 14) == {"a": 1}


async def test_a_deleted_and_recreated_entity_keeps_nothing_of_before(
    database: Database, tenant: str
) -> None:
    writer = Writer(database)
    await writer.submit(tenant, [sensor(1, a=1)])
    await writer.submit(tenant, [EntityWrite(id="urn:ngsi-ld:Sensor:1", op=Op.DELETE), sensor(1, b=2)])
    assert await document(database, tenant, 1) == {"b": 2}


async def test_another_tenant_sees_nothing(database: Database, tenant: str) -> None:
    await Writer(database).submit(tenant, [sensor(1, a=1)])
    async with database.tenant(tenant + "x") as connection:
        for table in ("entity", "change", "layer", "feed", "entity_text"):
            assert await connection.fetchval(f"select count(*) from {table}") == 0


_COUNTED = """
select dataset, types, name, kind, sum(number)::int from shape_change group by 1, 2, 3, 4 having sum(number) <> 0
"""
_THERE = """
select dataset, coalesce(types, array[type]) as types, '' as name, '' as kind, count(*)::int from entity group by 1, 2
union all
select dataset, coalesce(types, array[type]), a.key, twin_kind(a.value),
       sum(case jsonb_typeof(a.value) when 'array' then jsonb_array_length(a.value) else 1 end)::int
from entity, jsonb_each(doc) a group by 1, 2, 3, 4
"""


async def test_types_and_attributes_are_counted_as_they_are(database: Database, tenant: str) -> None:
    writer, chance = Writer(database), random.Random(7)
    for _ in range(30):
        changes: list[EntityWrite] = []
        for _ in range(chance.randrange(1, 8)):
            of_two: object = [{"value": 1, "datasetId": "urn:a"}, {"value": 2, "datasetId": "urn:b"}]
            values = {
                name: chance.choice([1, {"object": "urn:x:1"}, of_two])
                for name in "abc"[: chance.randrange(4)]
            }
            one = sensor(chance.randrange(5), **values)
            match chance.randrange(4):
                case 0:
                    changes.append(EntityWrite(id=one.id, op=Op.DELETE))
                case 1:
                    changes.append(EntityWrite(id=one.id, op=Op.REMOVE, types=("Sensor",), removed=("a",)))
                case 2:
                    types = chance.choice([("Sensor",), ("Sensor", "Thing")])
                    changes.append(replace(one, op=Op.REPLACE, types=types))
                case _:
                    changes.append(one)
        await writer.submit(tenant, changes)
    async with database.tenant(tenant) as connection:
        counted, there = await connection.fetch(_COUNTED), await connection.fetch(_THERE)
    assert sorted(map(repr, map(tuple, counted))) == sorted(map(repr, map(tuple, there)))


async def test_what_another_process_wrote_meanwhile_is_not_overwritten(
    database: Database, tenant: str
) -> None:
    one, other = Writer(database), Writer(database)
    await one.submit(tenant, [sensor(1, a=1)])
    await other.submit(tenant, [sensor(1, b=2)])
    await one.submit(tenant, [sensor(1, c=3)])
    assert await document(database, tenant, 1) == {"a": 1, "b": 2, "c": 3}


async def test_writers_beside_one_another_lose_nothing(database: Database, tenant: str) -> None:
    writers = [Writer(database) for _ in range(3)]
    outcomes = await asyncio.gather(
        *(
            writer.submit(tenant, [sensor(n % 5, **{f"a{k}x{n}": n})])
            for n in range(40)
            for k, writer in enumerate(writers)
        )
    )
    assert not any(one.error for part in outcomes for one in part)
    found = [await document(database, tenant, n) or {} for n in range(5)]
    assert sum(map(len, found)) == 120


async def test_what_rests_on_a_large_group_that_is_refused_is_worked_out_again(
    database: Database, tenant: str
) -> None:
    """The second group is worked out while the first is being written: of the refused change nothing comes through."""
    writer, others = Writer(database, group=150), range(20, 168)
    await writer.submit(tenant, [sensor(index, a=9) for index in (7, *others)])
    poison = replace(sensor(7), document={"poison": {"type": "Property", "value": "\x00"}})
    cure = Modify(id=poison.id, how=lambda state, now: delete_attribute(state, "poison", now))
    groups = [
        [poison, *(sensor(index, a=0) for index in others), sensor(7, a=0)],
        [cure, *(sensor(index, a=1) for index in others)],
        [sensor(7, a=2), *(sensor(index, a=2) for index in others)],
    ]
    first, second, third = await asyncio.gather(*(writer.submit(tenant, group) for group in groups))
    assert [type(one.error) for one in first if one.error] == [Invalid]
    assert [type(one.error) for one in second if one.error] == [NotFound]
    assert not any(one.error for one in third)
    for number in (7, 20, 167):
        assert await document(database, tenant, number) == {"a": 2}
    async with database.tenant(tenant) as connection:
        changes = 3 + 4 * len(others)
        assert await connection.fetchval("select n from feed") == changes
        assert await connection.fetchval("select count(*) from change") == changes
        number = "select sum(number) from shape_change where name = $1"
        assert await connection.fetchval(number, "poison") is None
        assert await connection.fetchval(number, "a") == 1 + len(others)


async def test_what_a_large_group_deletes_the_next_creates_again(database: Database, tenant: str) -> None:
    writer = Writer(database, group=120)
    ids = range(120)
    gone = [EntityWrite(id=f"urn:ngsi-ld:Sensor:{index}", op=Op.DELETE) for index in ids]
    new = [replace(sensor(index, b=2), expect=Expect.ABSENT) for index in ids]
    groups = [[sensor(index, a=1) for index in ids], gone, new, new]
    answers = await asyncio.gather(*(writer.submit(tenant, group) for group in groups))
    assert [[one.error is not None for one in group].count(True) for group in answers] == [0, 0, 0, 120]
    assert all(isinstance(one.error, Conflict) for one in answers[3])
    assert await document(database, tenant, 5) == {"b": 2}
