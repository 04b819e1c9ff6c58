"""Every decision about matches: found by a job, decided by a person or by its confidence, merged, undone.

Whoever decides holds the job first (`_sql.hold`): what is read stays so until it is written, and nobody waits for whoever
waits for them.
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from quanyu.core.errors import Conflict, Invalid, NotFound
from quanyu.govern.fusion import _sql
from quanyu.govern.fusion.clusters import Clusters, ambiguous, conflict
from quanyu.govern.fusion.golden import survive
from quanyu.govern.fusion.model import Candidate, Decision, Golden, Job, Pair, Record, check_job
from quanyu.store import Connection, emit

CHANGED = "fusion.changed"
"""Event: `{"written": [ids], "removed": [ids]}`, heard by whoever shows merged things as entities."""

AUTOMATIC = "system:fusion"

WriteEntities = Callable[[Connection, str, Sequence[Golden], Sequence[str]], Awaitable[None]]
"""(connection, tenant, merged things that are new or changed, ids of those that are no more)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run of a job came to."""

    records: int
    pairs: int
    merged: int
    open: int


async def save_job(connection: Connection, tenant: str, job: Job, *, at: datetime) -> None:
    check_job(job)
    await _sql.put_job(connection, tenant, job, at=at)


async def find_job(connection: Connection, name: str) -> Job:
    job = await _sql.job(connection, name)
    if job is None:
        raise NotFound("govern.fusion.unknown_job", name=name)
    return job


async def take_pairs(
    connection: Connection,
    tenant: str,
    job: Job,
    records: Sequence[Record],
    pairs: Sequence[Pair],
    *,
    at: datetime,
) -> Outcome:
    """Keeps the pairs, and merges those that are sure enough and that nothing speaks against."""
    await _sql.hold(connection, job.name)
    known = {record.id: record for record in records}
    await _refresh(connection, tenant, job, known, at=at)
    clusters = Clusters(await _sql.groups(connection, job.name), await _sql.apart(connection, job.name))
    rivals = ambiguous(pairs, job.link)
    judged = [(pair, _obstacle(pair, job, known, clusters, rivals)) for pair in pairs]
    kept = [(pair, known[pair.left], known[pair.right], obstacle) for pair, obstacle in judged]
    await _sql.put_pairs(connection, tenant, job.name, kept)
    sure = await _sql.candidates(
        connection, job=job.name, state=Decision.OPEN, least=job.merge, after=None, limit=len(pairs) + 1
    )
    merged = 0
    for candidate in sure:
        if candidate.conflict is None:
            await _merge(connection, tenant, job, candidate, author=AUTOMATIC, at=at)
            merged += 1
    return Outcome(
        records=len(records),
        pairs=len(pairs),
        merged=merged,
        open=await _sql.count_open(connection, job.name),
    )


async def decide(
    connection: Connection, tenant: str, number: int, decision: Decision, *, author: str, at: datetime
) -> Candidate:
    """A person says what a pair is. Raises Conflict where it is decided already, or cannot be what they say."""
    await _sql.hold(connection, (await find_candidate(connection, number)).job)
    candidate = await find_candidate(connection, number)
    if candidate.state is not Decision.OPEN:
        raise Conflict("govern.fusion.decided", id=number, state=candidate.state)
    if decision is Decision.OPEN:
        raise Invalid("govern.fusion.no_decision")
    if decision is Decision.SAME:
        job = await find_job(connection, candidate.job)
        await _merge(connection, tenant, job, candidate, author=author, at=at)
    else:
        await _sql.decide(connection, number, Decision.DIFFERENT, by=author, at=at)
    return await find_candidate(connection, number)


async def find_candidate(connection: Connection, number: int) -> Candidate:
    candidate = await _sql.candidate(connection, number)
    if candidate is None:
        raise NotFound("govern.fusion.unknown_candidate", id=number)
    return candidate


async def find_golden(connection: Connection, id_: str) -> Golden:
    golden = await _sql.golden(connection, id_)
    if golden is None:
        raise NotFound("govern.fusion.unknown_entity", id=id_)
    return golden


async def undo(connection: Connection, tenant: str, id_: str) -> list[Golden]:
    """Everything as it was before the newest merge of this thing, which is open again.

    Raises Conflict where a value was set by hand since and stands: that would be lost.
    """
    await _hold_job_of(connection, id_)
    golden = await _sql.golden(connection, id_)
    merge = await _sql.last_merge(connection, id_)
    if golden is None or merge is None:
        raise NotFound("govern.fusion.nothing_to_undo", id=id_)
    if golden.by_hand != _set_by_hand(merge.before):
        raise Conflict("govern.fusion.changed_since", id=id_)
    await _sql.remove_golden(connection, id_)
    for before in merge.before:
        await _sql.put_golden(connection, tenant, before)
    await _sql.mark_undone(connection, merge.id)
    if merge.candidate is not None:
        await _sql.decide(connection, merge.candidate, Decision.OPEN, by=None, at=None)
    left = {before.id for before in merge.before}
    await _tell(connection, tenant, written=sorted(left), removed=sorted({id_} - left))
    return merge.before


async def set_value(
    connection: Connection, tenant: str, id_: str, attribute: str, value: Any, *, at: datetime
) -> Golden:
    """A value set by hand stays whatever the sources say; None gives the attribute back to its rule."""
    await _hold_job_of(connection, id_)
    golden = await find_golden(connection, id_)
    by_hand = {name: one for name, one in golden.by_hand.items() if name != attribute}
    if value is not None:
        by_hand[attribute] = value
    job = await find_job(connection, golden.job)
    changed = _remade(job, golden, golden.members, by_hand, at=at)
    await _sql.put_golden(connection, tenant, changed)
    await _tell(connection, tenant, written=[id_], removed=[])
    return changed


async def _hold_job_of(connection: Connection, id_: str) -> None:
    if golden := await _sql.golden(connection, id_):
        await _sql.hold(connection, golden.job)


async def publish(
    connection: Connection, tenant: str, body: Mapping[str, Any], write_entities: WriteEntities
) -> None:
    """For the handler of CHANGED: hands the merged things as they are now to whoever keeps entities."""
    found = [golden for id_ in body["written"] if (golden := await _sql.golden(connection, id_)) is not None]
    gone = [id_ for id_ in body["removed"] if await _sql.golden(connection, id_) is None]
    await write_entities(connection, tenant, found, gone)


async def _refresh(
    connection: Connection, tenant: str, job: Job, known: Mapping[str, Record], *, at: datetime
) -> None:
    """Merged things take the newest values of their records. That is no decision, so their version and undo stay."""
    changed = []
    for golden in await _sql.goldens(connection, job=job.name, after="", limit=None):
        members = tuple(known.get(record.id, record) for record in golden.members)
        if members != golden.members:
            fresh = _remade(job, golden, members, golden.by_hand, at=at)
            await _sql.put_golden(connection, tenant, msgspec.structs.replace(fresh, version=golden.version))
            changed.append(golden.id)
    if changed:
        await _tell(connection, tenant, written=changed, removed=[])


def _obstacle(
    pair: Pair, job: Job, known: Mapping[str, Record], clusters: Clusters, rivals: set[frozenset[str]]
) -> str | None:
    """Most confident pairs are asked first, so a doubtful one meets the clusters that sure ones have made."""
    if frozenset((pair.left, pair.right)) in rivals:
        return "ambiguous"
    obstacle = clusters.obstacle(pair, known, job.link)
    if obstacle is None and pair.confidence >= job.merge:
        clusters.join(pair)
    return obstacle


async def _merge(
    connection: Connection, tenant: str, job: Job, candidate: Candidate, *, author: str, at: datetime
) -> None:
    """The older of two merged things goes on and takes the other's records; both are kept as they were, to undo."""
    found = [
        await _sql.golden_of(connection, job.name, record.id) for record in (candidate.left, candidate.right)
    ]
    before = sorted({golden.id: golden for golden in found if golden}.values(), key=lambda golden: golden.id)
    members = {record.id: record for record in (candidate.left, candidate.right)}
    members |= {
        record.id: record for golden in before for record in golden.members if record.id not in members
    }
    if (reason := conflict(members.values(), job.link)) is not None:
        raise Conflict("govern.fusion.conflict", reason=reason, id=candidate.id)
    await _sql.decide(connection, candidate.id, Decision.SAME, by=author, at=at)
    if len(before) == 1 and len(members) == len(before[0].members):
        return
    by_hand = _set_by_hand(before)
    base = before[0] if before else _new(job, at)
    after = _remade(job, base, tuple(members.values()), by_hand, at=at)
    for golden in before[1:]:
        await _sql.remove_golden(connection, golden.id)
    await _sql.put_golden(connection, tenant, after)
    await _sql.put_merge(connection, tenant, after, before, candidate=candidate.id, author=author, at=at)
    await _tell(connection, tenant, written=[after.id], removed=[golden.id for golden in before[1:]])


def _set_by_hand(before: Sequence[Golden]) -> dict[str, Any]:
    """What a merge of these takes along; the oldest one's word stands."""
    return {name: value for golden in reversed(before) for name, value in golden.by_hand.items()}


def _new(job: Job, at: datetime) -> Golden:
    """Identifiers that sort by time, so that the older thing is the smaller one."""
    number = f"{int(at.timestamp() * 1000):012x}{uuid.uuid4().hex[:8]}"
    return Golden(
        id=f"urn:ngsi-ld:{job.type}:fused:{number}", job=job.name, type=job.type, version=0, members=(),
        attributes={}, modified=at,
    )  # fmt: skip


def _remade(
    job: Job, golden: Golden, members: Sequence[Record], by_hand: Mapping[str, Any], *, at: datetime
) -> Golden:
    ordered = tuple(sorted(members, key=lambda record: record.id))
    return msgspec.structs.replace(
        golden, version=golden.version + 1, members=ordered, by_hand=dict(by_hand),
        attributes=survive(job, ordered, by_hand), modified=at,
    )  # fmt: skip


async def _tell(
    connection: Connection, tenant: str, *, written: Sequence[str], removed: Sequence[str]
) -> None:
    await emit(connection, tenant, CHANGED, {"written": list(written), "removed": list(removed)})
