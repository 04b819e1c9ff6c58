"""Somebody with the owner's rights over database and files changes, deletes, exchanges and cuts off: every time it is found.

The logs are the evidence of two nodes, their exported roots, receipts and proofs. Each damage is random and undone before the next.
"""

import os
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import asyncpg
import msgspec

from quanyu.core.errors import Invalid
from quanyu.federation import _sql as exchanges
from quanyu.federation.messages import Mail
from quanyu.federation.model import Peer, Receipt, Signed, vouched
from quanyu.federation.proof import export, verify
from quanyu.identity.evidence.roots import BrokenLine, read_roots, roots_path
from quanyu.identity.evidence.seal import seal
from quanyu.identity.evidence.verify import verify_rows
from quanyu.identity.keys import Trust, evidence_trust
from quanyu.store import Database
from tests.unit.federation.carrying import NOW, Node
from tests.unit.federation.test_exchange import pair

__all__ = ["pair"]

TIMES = 1000 if os.environ.get("QUANYU_SLOW_FAULTS") else 40
"""All of them in `make faults`."""

SEED = 20261121


async def test_every_damage_to_the_evidence_of_a_node_is_found(
    database: Database, pair: tuple[Node, Node]
) -> None:
    """Rows and roots; half of the time the exported file, half of the time the tables."""
    city, county = pair
    for number in range(6):
        await county.send(city, {"number": number})
        await county.carry(city)
        await seal(database, city.folder, city.tenant)
    chance, trust, path = random.Random(SEED), evidence_trust(city.folder), roots_path(city.folder)
    assert await fault(database, city, path, trust) is None
    whole = path.read_bytes()
    missed = []
    for turn in range(TIMES):
        if turn % 2:
            said = await damaged_rows(database, city, path, trust, chance)
        else:
            damage, content = damaged_file(whole, chance)
            path.write_bytes(content)
            said = (damage, await fault(database, city, path, trust))
            path.write_bytes(whole)
        if said[1] is None:
            missed.append(said[0])
    assert missed == []
    assert await fault(database, city, path, trust) is None


async def test_every_damage_to_a_proof_or_a_receipt_is_found(pair: tuple[Node, Node]) -> None:
    city, county = pair
    chance, proofs = random.Random(SEED), []
    for number in range(4):
        sent = await county.send(city, {"number": number})
        await county.carry(city)
        async with county.database.tenant(county.tenant) as connection:
            proofs.append(await export(Mail(connection, county.tenant, county.folder, NOW), sent))
            known = await exchanges.peer(connection, "jiangzhou")
            found = await exchanges.exchange(connection, sent)
    assert known is not None
    assert found is not None
    assert found[2] is not None
    receipt = msgspec.json.encode(found[2])
    assert believed(receipt, known)
    missed = []
    for _ in range(TIMES):
        damage, content = damaged_bytes(chance.choice(proofs), chance)
        try:
            verify(content)
            missed.append(damage)
        except Invalid:
            pass
        damage, content = damaged_values(receipt, chance)
        if believed(content, known):
            missed.append(damage)
    assert missed == []


def believed(content: bytes, peer: Peer) -> bool:
    """Whether a receipt is read and its signature holds."""
    try:
        return vouched(msgspec.json.decode(content, type=Signed[Receipt]), peer.keys)
    except (msgspec.MsgspecError, ValueError):
        return False


async def fault(database: Database, node: Node, path: Path, trust: Trust) -> str | None:
    async with database.tenant(node.tenant) as connection:
        return await fault_of(connection, node.tenant, path, trust)


async def fault_of(connection: asyncpg.Connection, tenant: str, path: Path, trust: Trust) -> str | None:
    """What the check says, as `quanyu evidence verify` does it: the exported file first, then rows and roots."""
    try:
        exported = 0
        for root in read_roots(path):
            if not trust.knows(root.key, root.signature, root.signed_bytes()):
                return "roots_line"
            exported = max(exported, root.number if root.tenant == tenant else 0)
        found = await verify_rows(
            connection, tenant, read_roots(path, tenant), exported=exported, trust=trust
        )
    except BrokenLine:
        return "roots_line"
    return found.fault.reason if found.fault else None


async def damaged_rows(
    database: Database, node: Node, path: Path, trust: Trust, chance: random.Random
) -> tuple[str, str | None]:
    """As the owner of the tables; what was done is rolled back."""
    async with database.owner() as owner:
        await owner.execute("select set_config('quanyu.tenant', $1, false)", node.tenant)
        transaction = owner.transaction()
        await transaction.start()
        try:
            return await damage_rows(owner, node.tenant, chance), await fault_of(
                owner, node.tenant, path, trust
            )
        finally:
            await transaction.rollback()


async def damage_rows(owner: asyncpg.Connection, tenant: str, chance: random.Random) -> str:
    last = await owner.fetchval("select max(seq) from evidence where tenant = $1", tenant)
    one, other = chance.sample(range(1, last + 1), 2)
    column = chance.choice(("actor", "action", "resource", "reason", "outcome"))
    damages: list[tuple[str, str, tuple[object, ...]]] = [
        ("changed", f"update evidence set {column} = {column} || 'x' where tenant = $1 and seq = $2", (one,)),
        ("later", "update evidence set at = at + interval '1 microsecond' where tenant = $1 and seq = $2", (one,)),
        ("detail", "update evidence set detail = '{}' where tenant = $1 and seq = $2 and detail::text <> '{}'", (one,)),
        ("hash", "update evidence set hash = set_byte(hash, 3, (get_byte(hash, 3) + 1) % 256) where tenant = $1 and seq = $2", (one,)),
        ("deleted", "delete from evidence where tenant = $1 and seq = $2", (one,)),
        ("cut off", "delete from evidence where tenant = $1 and seq >= $2", (one,)),
        ("block", "delete from evidence_block where tenant = $1 and number = (select max(number) from evidence_block where tenant = $1) - $2 % 3", (one,)),
        ("signature", "update evidence_block set at = at + interval '1 second' where tenant = $1 and first <= $2 and last >= $2", (one,)),
        ("head", "update evidence_head set seq = seq + $2 where tenant = $1", (one,)),
        ("added", "insert into evidence select tenant, seq + 1000 + $2, at, actor, actor_name, action, kind, resource, outcome, reason, "
         "detail, previous, hash from evidence where tenant = $1 and seq = $2", (one,)),
    ]  # fmt: skip
    kind = chance.randrange(len(damages) + 1)
    if kind == len(damages):
        for place, to in ((one, -1), (other, one), (-1, other)):
            await owner.execute(
                "update evidence set seq = $3 where tenant = $1 and seq = $2", tenant, place, to
            )
        return f"exchanged {one} and {other}"
    name, sql, values = damages[kind]
    done = await owner.execute(sql, tenant, *values)
    if done.endswith(" 0"):  # that one had no detail
        await owner.execute("delete from evidence where tenant = $1 and seq = $2", tenant, one)
    return f"{name} {one}"


def damaged_file(content: bytes, chance: random.Random) -> tuple[str, bytes]:
    """Of whole lines, or of bytes within one."""
    lines = content.splitlines(keepends=True)
    place = chance.randrange(len(lines))
    kind = chance.choice(("removed", "doubled", "exchanged", "bytes"))
    if (
        kind == "removed" and place < len(lines) - 1
    ):  # without its end it is what it was a moment ago: the tables tell of that
        return f"line {place} removed", b"".join(lines[:place] + lines[place + 1 :])
    if kind == "doubled":
        return f"line {place} doubled", b"".join(lines[: place + 1] + lines[place:])
    if kind == "exchanged":
        other = (place + 1) % len(lines)
        lines[place], lines[other] = lines[other], lines[place]
        return f"lines {place} and {other} exchanged", b"".join(lines)
    damage, lines[place] = changed_byte(lines[place], chance)
    return f"line {place} {damage}", b"".join(lines)


def changed_byte(content: bytes, chance: random.Random) -> tuple[str, bytes]:
    place = chance.randrange(len(content) - 1)
    flipped = content[place] ^ (1 << chance.randrange(8))
    return f"byte {place} flipped", content[:place] + bytes([flipped]) + content[place + 1 :]


def damaged_bytes(content: bytes, chance: random.Random) -> tuple[str, bytes]:
    place, end = sorted(chance.sample(range(1, len(content)), 2))
    damages: Sequence[tuple[str, Callable[[], bytes]]] = (
        ("flipped", lambda: changed_byte(content, chance)[1]),
        ("deleted", lambda: content[:place] + content[end:]),
        ("cut off", lambda: content[:place]),
        ("inserted", lambda: content[:place] + bytes([chance.randrange(256)]) + content[place:]),
        ("exchanged", lambda: content[end:] + content[place:end] + content[:place]),
    )
    name, damage = chance.choice(damages)
    return f"{name} {place}-{end}", damage()


def damaged_values(content: bytes, chance: random.Random) -> tuple[str, bytes]:
    """A receipt counts by what it says, not by how it is spaced: some value of it is another one."""
    said = msgspec.json.decode(content)
    name = chance.choice([*said["body"], "signatures"])
    if name == "signatures":
        value = said["signatures"][0]["value"]
        place = chance.randrange(len(value))
        said["signatures"][0]["value"] = (
            value[:place] + ("A" if value[place] != "A" else "B") + value[place + 1 :]
        )
    elif name == "time":
        said["body"]["time"] = said["body"]["time"].replace("2026", "2025")
    elif name == "outcome":
        said["body"]["outcome"] = "refused"
    else:
        said["body"][name] += chance.choice("abc")
    return name, msgspec.json.encode(said)
