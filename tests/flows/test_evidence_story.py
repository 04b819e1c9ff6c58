"""The evidence chain, as its writers, its auditor and whoever tampers with it live it."""

import asyncio
import random
from pathlib import Path

import asyncpg
import pytest

from quanyu.core.actor import Actor, ActorKind, Resource
from quanyu.core.errors import Invalid
from quanyu.identity.decision import AccessDenied, check
from quanyu.identity.evidence import (
    ChainFault,
    EvidenceWriter,
    Outcome,
    append_evidence,
    seal,
    verify,
)
from quanyu.identity.evidence.roots import read_roots
from quanyu.identity.evidence.verify import verify_rows
from quanyu.identity.keys import evidence_trust
from quanyu.store import Database

ENTRIES = 40


def auditor_of(tenant: str) -> Actor:
    return Actor(
        id="a1", tenant=tenant, kind=ActorKind.ACCOUNT, name="审计员", roles=frozenset({"audit_admin"})
    )


async def write(database: Database, tenant: str, number: int, *, start: int = 0) -> None:
    async with database.tenant(tenant) as connection:
        for index in range(start, start + number):
            resource = Resource("dataset", f"停车场{index}")
            await append_evidence(
                connection,
                auditor_of(tenant),
                "dataset.read",
                resource,
                Outcome.ALLOWED,
                {"rows": index, "比率": index / 7},
            )


@pytest.fixture
async def chain(database: Database, folder: Path, tenant: str) -> str:
    """A tenant with forty entries in several blocks."""
    for start in range(0, ENTRIES, 10):
        await write(database, tenant, 10, start=start)
        await seal(database, folder, tenant)
    return tenant


async def test_a_chain_that_nobody_touched_is_whole(database: Database, folder: Path, chain: str) -> None:
    result = await verify(database, folder, chain)
    assert (result.fault, result.entries, result.roots) == (None, ENTRIES, 4)


async def test_a_copy_without_roots_of_the_chain_proves_nothing(
    database: Database, folder: Path, chain: str
) -> None:
    copy = folder / "copy.jsonl"
    copy.touch()
    with pytest.raises(Invalid, match="no root"):
        await verify(database, folder, chain, roots=copy)


async def test_what_is_written_while_another_transaction_is_open_waits_for_nobody(
    database: Database, folder: Path, tenant: str
) -> None:
    async with database.tenant(tenant) as slow:
        await append_evidence(slow, auditor_of(tenant), "entity.write", Resource("entity"), Outcome.DONE)
        await asyncio.gather(*(write(database, tenant, 5) for _ in range(8)))
        assert await seal(database, folder, tenant) == 40
    assert await seal(database, folder, tenant) == 1
    assert (await verify(database, folder, tenant)).entries == 41


async def test_an_act_that_is_rolled_back_leaves_no_evidence(
    database: Database, folder: Path, tenant: str
) -> None:
    async def fail_after_writing() -> None:
        async with database.tenant(tenant) as connection:
            await append_evidence(
                connection, auditor_of(tenant), "entity.write", Resource("entity"), Outcome.DONE
            )
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_after_writing()
    assert await seal(database, folder, tenant) == 0


async def test_two_sealers_at_once_make_one_chain(database: Database, folder: Path, tenant: str) -> None:
    await write(database, tenant, 30)
    counts = await asyncio.gather(*(seal(database, folder, tenant) for _ in range(4)))
    assert sum(counts) == 30
    assert (await verify(database, folder, tenant)).whole


async def test_each_of_three_hundred_random_changes_in_the_database_is_found(
    database: Database, folder: Path, chain: str
) -> None:
    chance = random.Random(20261121)
    missed = []
    for _ in range(300):
        statement, arguments = chance.choice(MUTATIONS)(chance)
        if await verified_after(database, folder, chain, statement, arguments) is None:
            missed.append((statement, arguments))
    assert missed == []


@pytest.mark.parametrize("seq", [1, 10, 11, 27, 40])
async def test_the_first_changed_entry_is_named(
    database: Database, folder: Path, chain: str, seq: int
) -> None:
    fault = await verified_after(
        database, folder, chain, "update evidence set resource = 'x' where seq = $2", [seq]
    )
    assert fault is not None
    assert fault.seq == seq


async def test_a_chain_that_was_made_anew_without_the_key_is_found(
    database: Database, folder: Path, tmp_path: Path, chain: str
) -> None:
    async with database.owner() as owner:
        for table in ("evidence", "evidence_block", "evidence_head"):
            await owner.execute(f"delete from {table} where tenant = $1", chain)
    await write(database, chain, ENTRIES)
    await seal(database, tmp_path / "elsewhere", chain)
    fault = (await verify(database, folder, chain)).fault
    assert fault is not None
    assert fault.reason == "signature"


async def test_a_chain_that_was_cut_short_by_whoever_holds_the_key_is_found_by_its_roots(
    database: Database, folder: Path, chain: str
) -> None:
    async with database.owner() as owner:
        await owner.execute("delete from evidence where tenant = $1 and seq > 20", chain)
        await owner.execute("delete from evidence_block where tenant = $1 and number > 2", chain)
        await owner.execute(
            """update evidence_head h set seq = 20, block = 2, hash = b.head
               from evidence_block b where b.tenant = h.tenant and h.tenant = $1 and b.number = 2""",
            chain,
        )
    await write(database, chain, 20)
    fault = (await verify(database, folder, chain)).fault
    assert fault is not None
    assert fault.block == 3


@pytest.mark.parametrize("position", range(0, 1600, 97))
async def test_a_changed_byte_in_the_file_of_roots_is_found(
    database: Database, folder: Path, chain: str, position: int
) -> None:
    path = folder / "evidence" / "roots.jsonl"
    content = bytearray(path.read_bytes())
    content[position % len(content)] ^= 1
    path.write_bytes(content)
    assert not (await verify(database, folder, chain)).whole


async def test_a_lost_file_of_roots_is_written_again(database: Database, folder: Path, chain: str) -> None:
    path = folder / "evidence" / "roots.jsonl"
    content = path.read_bytes()
    path.unlink()
    assert (await verify(database, folder, chain)).whole
    assert path.read_bytes() == content


async def test_the_node_cannot_change_or_delete_sealed_entries(database: Database, chain: str) -> None:
    for statement in (
        "update evidence set reason = ''",
        "delete from evidence",
        "delete from evidence_block",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.tenant(chain) as connection:
                await connection.execute(statement)


async def test_refusals_are_written_without_waiting_and_a_flood_is_confessed(
    database: Database, folder: Path, tenant: str
) -> None:
    writer = EvidenceWriter(database, limit=50)
    for index in range(80):
        with pytest.raises(AccessDenied) as refusal:
            check(auditor_of(tenant), "entity.write", Resource("entity", f"e{index}"))
        writer.denied(refusal.value)
    await writer.flush()
    async with database.tenant(tenant) as connection:
        rows = await connection.fetch(
            "select outcome, detail::text as detail from evidence_pending order by id"
        )
    assert [row["outcome"] for row in rows] == ["denied"] * 50 + ["failed"]
    assert rows[-1]["detail"] == '{"unwritten":30}'


async def verified_after(
    database: Database, folder: Path, tenant: str, statement: str, arguments: list[object]
) -> ChainFault | None:
    """What verification says after the tables' owner ran one statement; nothing of it stays."""
    async with database.owner() as owner:
        transaction = owner.transaction()
        await transaction.start()
        done = await owner.execute(statement + " and tenant = $1", tenant, *arguments)
        assert not done.endswith(" 0"), statement
        roots = read_roots(folder / "evidence" / "roots.jsonl", tenant)
        result = await verify_rows(owner, tenant, roots, exported=4, trust=evidence_trust(folder))
        await transaction.rollback()
    return result.fault


def edit_text(chance: random.Random) -> tuple[str, list[object]]:
    column = chance.choice(["actor", "actor_name", "action", "kind", "resource", "outcome", "reason"])
    return f"update evidence set {column} = {column} || $3 where seq = $2", [
        chance.randint(1, ENTRIES),
        chance.choice("x 号0"),
    ]


def edit_detail(chance: random.Random) -> tuple[str, list[object]]:
    change = chance.choice(["replace(detail::text, '{', '{ ')", "replace(detail::text, 'rows', 'rowz')"])
    return f"update evidence set detail = ({change})::json where seq = $2", [chance.randint(1, ENTRIES)]


def edit_time(chance: random.Random) -> tuple[str, list[object]]:
    seq, shift = chance.randint(1, ENTRIES), chance.choice([-86400.0, 0.000001, 3600.0])
    return "update evidence set at = at + make_interval(secs => $3) where seq = $2", [seq, shift]


def edit_bytes(chance: random.Random) -> tuple[str, list[object]]:
    column, seq = chance.choice(["hash", "previous"]), chance.randint(1, ENTRIES)
    change = f"set_byte({column}, $3, get_byte({column}, $3) # $4)"
    return f"update evidence set {column} = {change} where seq = $2", [
        seq,
        chance.randint(0, 31),
        1 << chance.randint(0, 7),
    ]


def edit_block(chance: random.Random) -> tuple[str, list[object]]:
    column = chance.choice(["head", "previous", "signature"])
    change = f"set_byte({column}, $3, get_byte({column}, $3) # 1)"
    return f"update evidence_block set {column} = {change} where number = $2", [
        chance.randint(1, 4),
        chance.randint(0, 31),
    ]


def edit_block_numbers(chance: random.Random) -> tuple[str, list[object]]:
    column = chance.choice(["first", "last", "number"])
    return f"update evidence_block set {column} = {column} + $3 where number = $2", [
        chance.randint(1, 4),
        chance.choice([-9, 9]),
    ]


def delete_entries(chance: random.Random) -> tuple[str, list[object]]:
    first = chance.randint(1, ENTRIES)
    return "delete from evidence where seq between $2 and $3", [first, first + chance.randint(0, 9)]


def truncate(chance: random.Random) -> tuple[str, list[object]]:
    table, column, most = chance.choice([("evidence", "seq", ENTRIES), ("evidence_block", "number", 4)])
    return f"delete from {table} where {column} >= $2", [chance.randint(1, most)]


def reorder(chance: random.Random) -> tuple[str, list[object]]:
    """Puts the content of one entry in the place of another."""
    columns = ("at", "resource", "detail", "previous", "hash")
    other = "(select o.{0} from evidence o where o.tenant = $1 and o.seq = $3)"
    changes = ", ".join(f"{column} = {other.format(column)}" for column in columns)
    return f"update evidence set {changes} where seq = $2", list(chance.sample(range(1, ENTRIES + 1), 2))


def renumber(chance: random.Random) -> tuple[str, list[object]]:
    return "update evidence set seq = seq + 1000 where seq = $2", [chance.randint(1, ENTRIES)]


def move_to_other_tenant(chance: random.Random) -> tuple[str, list[object]]:
    return "update evidence set tenant = tenant || 'x' where seq = $2", [chance.randint(1, ENTRIES)]


def edit_head(chance: random.Random) -> tuple[str, list[object]]:
    column = chance.choice(["seq", "block"])
    return f"update evidence_head set {column} = {column} + $2 where true", [chance.choice([-1, 1])]


MUTATIONS = (
    *(
        edit_text,
        edit_detail,
        edit_time,
        edit_bytes,
        edit_block,
        edit_block_numbers,
        delete_entries,
        truncate,
    ),
    *(reorder, renumber, move_to_other_tenant, edit_head),
)
