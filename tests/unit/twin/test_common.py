"""What the processes of a node remember together: what one has written the other finds; what is half written nobody believes."""

import asyncio
import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from zlib import crc32

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.store import Database
from quanyu.twin import Common, Writer
from quanyu.twin.common import ENTITIES
from quanyu.twin.line import Line
from quanyu.twin.model import EntityWrite, Op, write_of
from quanyu.twin.ngsild.document import parse_entity
from quanyu.twin.state import State

STATE = State(types=("Lamp",), document={}, created=datetime(2026, 11, 1, tzinfo=UTC), version=7)
DOCUMENT = b'{"power":{"type":"Property","value":1}}'


@pytest.fixture
def common() -> Iterator[Common]:
    made = Common.made()
    yield made
    made.close()


@pytest.fixture
def other(common: Common) -> Iterator[Common]:
    """As another process has it."""
    made = Common(os.dup(common.file))
    yield made
    made.close()


def test_what_one_keeps_the_other_recalls(common: Common, other: Common) -> None:
    common.keep("t\0a", STATE, DOCUMENT)
    assert other.recall("t\0a") == msgspec.structs.replace(STATE, document=msgspec.json.decode(DOCUMENT))
    assert other.recall("u\0a") is None


def test_the_newest_takes_the_place_of_what_was_there(common: Common, other: Common) -> None:
    common.keep("t\0a", STATE, DOCUMENT)
    other.keep("t\0a", msgspec.structs.replace(STATE, version=8), b"{}")
    found = common.recall("t\0a")
    assert found is not None
    assert (found.version, found.document) == (8, {})


def test_what_is_forgotten_is_gone_for_both(common: Common, other: Common) -> None:
    common.keep("t\0a", STATE, DOCUMENT)
    other.forget("t\0a")
    assert common.recall("t\0a") is None


def test_what_is_too_large_is_not_kept_nor_what_it_was_before(common: Common) -> None:
    common.keep("t\0a", STATE, DOCUMENT)
    common.keep("t\0a", STATE, msgspec.json.encode({"text": "x" * ENTITIES.room}))
    assert common.recall("t\0a") is None


def test_more_than_there_is_room_for_never_mix(common: Common) -> None:
    keys = [f"t\0urn:{number}" for number in range(ENTITIES.sets * ENTITIES.places * 2)]
    for number, key in enumerate(keys):
        common.keep(key, msgspec.structs.replace(STATE, version=number), b"{}")
    found = [(number, common.recall(key)) for number, key in enumerate(keys)]
    kept = [(number, one) for number, one in found if one is not None]
    assert all(one.version == number for number, one in kept)
    assert len(kept) > ENTITIES.sets * ENTITIES.places * 0.9


@given(at=st.integers(0, 600), value=st.integers(0, 255), document=st.binary(min_size=1, max_size=200))
def test_a_place_that_is_half_written_counts_as_empty(at: int, value: int, document: bytes) -> None:
    text = msgspec.json.encode({"text": document.hex()})
    common = Common.made()
    common.keep("t\0a", STATE, text)
    width = ENTITIES.width
    its_set = crc32(b"t\0a") % ENTITIES.sets * width
    begin = its_set + os.pread(common.file, width, its_set).index(b"t\0a") - 20
    os.pwrite(common.file, bytes([value]), begin + at)
    found = common.recall("t\0a")
    common.close()
    assert found is None or found.document == {"text": document.hex()}


def sensor(number: int, **attributes: object) -> EntityWrite:
    return write_of(
        parse_entity({"id": f"urn:ngsi-ld:Sensor:{number}", "type": "Sensor", **attributes}), actor="test"
    )


async def document(database: Database, tenant: str, number: int) -> dict[str, object]:
    async with database.tenant(tenant) as connection:
        id = f"urn:ngsi-ld:Sensor:{number}"
        found = await connection.fetchval("select doc from entity where tenant = $1 and id = $2", tenant, id)
    return {name: one["value"] for name, one in found.items()}


async def test_what_one_process_wrote_another_changes_without_asking_for_it(
    database: Database, tenant: str, common: Common, other: Common, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, another = Writer(database, common=common), Writer(database, common=other)
    await one.submit(tenant, [sensor(1, power=1)])
    asked: list[object] = []
    read = Line.read

    async def reading(line: Line, ids: set[str]) -> dict[str, State]:
        asked.extend(ids)
        return await read(line, ids)

    monkeypatch.setattr(Line, "read", reading)
    await another.submit(tenant, [sensor(1, state="on")])
    await one.submit(tenant, [sensor(1, power=2)])
    assert asked == []
    assert await document(database, tenant, 1) == {"power": 2, "state": "on"}


async def test_what_others_changed_beside_it_is_kept(database: Database, tenant: str, common: Common) -> None:
    """As an import or another node does, which do not know of the memory."""
    one, stranger = Writer(database, common=common), Writer(database)
    await one.submit(tenant, [sensor(1, power=1)])
    await stranger.submit(tenant, [sensor(1, state="on")])
    await one.submit(tenant, [sensor(1, power=2)])
    assert await document(database, tenant, 1) == {"power": 2, "state": "on"}


async def test_a_deleted_entity_is_known_to_be_gone(
    database: Database, tenant: str, common: Common, other: Common
) -> None:
    one, another = Writer(database, common=common), Writer(database, common=other)
    await one.submit(tenant, [sensor(1, power=1)])
    await another.submit(tenant, [EntityWrite(id="urn:ngsi-ld:Sensor:1", op=Op.DELETE)])
    await one.submit(tenant, [sensor(1, state="on")])
    assert await document(database, tenant, 1) == {"state": "on"}


async def test_nothing_is_lost_where_several_change_the_same_entities_at_once(
    database: Database, tenant: str, common: Common, other: Common
) -> None:
    writers, chance = (Writer(database, common=common), Writer(database, common=other)), random.Random(3)
    changes = [(chance.randrange(5), f"a{number}") for number in range(400)]

    async def change(number: int, name: str) -> None:
        await asyncio.sleep(chance.random() / 10)
        (outcome,) = await chance.choice(writers).submit(tenant, [sensor(number, **{name: 1})])
        assert outcome.error is None

    await asyncio.gather(*(change(*one) for one in changes))
    for number in range(5):
        assert (await document(database, tenant, number)).keys() == {
            name for which, name in changes if which == number
        }
