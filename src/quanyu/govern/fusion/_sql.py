"""The only SQL of the fusion tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from quanyu.govern.fusion.model import Candidate, Chosen, Compared, Decision, Golden, Job, Pair, Record
from quanyu.store import Connection


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge that was done: the golden things as they were before it."""

    id: int
    golden: str
    candidate: int | None
    before: list[Golden]


async def job(connection: Connection, name: str) -> Job | None:
    body = await connection.fetchval("select body from fusion_job where name = $1", name)
    return msgspec.convert(body, Job) if body else None


async def hold(connection: Connection, name: str) -> None:
    """Nobody else decides about the pairs and merged things of the job until our commit. To be said before these are read."""
    await connection.execute("select from fusion_job where name = $1 for no key update", name)


async def jobs(connection: Connection) -> list[dict[str, Any]]:
    rows = await connection.fetch("select name, body, state, result, modified from fusion_job order by name")
    return [dict(row) for row in rows]


async def put_job(connection: Connection, tenant: str, job: Job, *, at: datetime) -> None:
    await connection.execute(
        """insert into fusion_job (tenant, name, body, modified) values ($1, $2, $3, $4)
        on conflict (tenant, name) do update set body = excluded.body, modified = excluded.modified""",
        tenant, job.name, job, at,
    )  # fmt: skip


async def note_run(connection: Connection, name: str, state: str, result: dict[str, Any] | None) -> None:
    await connection.execute(
        "update fusion_job set state = $2, result = $3 where name = $1", name, state, result
    )


async def put_pairs(
    connection: Connection, tenant: str, job: str, pairs: Sequence[tuple[Pair, Record, Record, str | None]]
) -> None:
    """A decided pair keeps its decision; an open one that is not found again goes."""
    await connection.execute(
        """delete from fusion_candidate where job = $1 and state = 'open'
        and not (left_id, right_id) in (select * from unnest($2::text[], $3::text[]))""",
        job, [pair.left for pair, *_ in pairs], [pair.right for pair, *_ in pairs],
    )  # fmt: skip
    await connection.executemany(
        """insert into fusion_candidate (tenant, job, left_id, right_id, left_record, right_record, confidence, compared, state, conflict)
        values ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9)
        on conflict (tenant, job, left_id, right_id) do update set left_record = excluded.left_record,
            right_record = excluded.right_record, confidence = excluded.confidence, compared = excluded.compared,
            conflict = excluded.conflict""",
        [
            (tenant, job, pair.left, pair.right, left, right, pair.confidence, pair.compared, conflict)
            for pair, left, right, conflict in pairs
        ],
    )


async def candidates(
    connection: Connection, *, job: str | None, state: Decision | None, least: float,
    after: tuple[float, int] | None, limit: int,
) -> list[Candidate]:  # fmt: skip
    """Most confident first."""
    confidence, number = after or (None, None)
    rows = await connection.fetch(
        """select * from fusion_candidate
        where ($1::text is null or job = $1) and ($2::text is null or state = $2) and confidence >= $3
          and ($4::double precision is null or confidence < $4 or (confidence = $4 and id > $5))
        order by confidence desc, id limit $6""",
        job, state, least, confidence, number, limit,
    )  # fmt: skip
    return [_candidate(row) for row in rows]


async def count_open(connection: Connection, job: str) -> int:
    number: int = await connection.fetchval(
        "select count(*) from fusion_candidate where job = $1 and state = 'open'", job
    )
    return number


async def candidate(connection: Connection, number: int) -> Candidate | None:
    row = await connection.fetchrow("select * from fusion_candidate where id = $1", number)
    return _candidate(row) if row else None


async def decide(
    connection: Connection, number: int, state: Decision, *, by: str | None, at: datetime | None
) -> None:
    await connection.execute(
        "update fusion_candidate set state = $2, decided_by = $3, decided_at = $4 where id = $1",
        number,
        state,
        by,
        at,
    )


async def apart(connection: Connection, job: str) -> list[frozenset[str]]:
    rows = await connection.fetch(
        "select left_id, right_id from fusion_candidate where job = $1 and state = 'different'", job
    )
    return [frozenset((row["left_id"], row["right_id"])) for row in rows]


async def groups(connection: Connection, job: str) -> list[list[str]]:
    rows = await connection.fetch(
        "select array_agg(record_id) as records from fusion_member where job = $1 group by golden", job
    )
    return [row["records"] for row in rows]


async def golden(connection: Connection, id_: str) -> Golden | None:
    row = await connection.fetchrow("select * from fusion_golden where id = $1", id_)
    return await _golden(connection, row) if row else None


async def golden_of(connection: Connection, job: str, record_id: str) -> Golden | None:
    id_ = await connection.fetchval(
        "select golden from fusion_member where job = $1 and record_id = $2", job, record_id
    )
    return await golden(connection, id_) if id_ else None


async def goldens(connection: Connection, *, job: str | None, after: str, limit: int | None) -> list[Golden]:
    rows = await connection.fetch(
        "select * from fusion_golden where ($1::text is null or job = $1) and id > $2 order by id limit $3",
        job,
        after,
        limit,
    )
    return [await _golden(connection, row) for row in rows]


async def put_golden(connection: Connection, tenant: str, golden: Golden) -> None:
    await connection.execute(
        """insert into fusion_golden (tenant, id, job, type, version, attributes, by_hand, modified)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (tenant, id) do update set version = excluded.version, attributes = excluded.attributes,
            by_hand = excluded.by_hand, modified = excluded.modified""",
        tenant, golden.id, golden.job, golden.type, golden.version, golden.attributes, golden.by_hand, golden.modified,
    )  # fmt: skip
    await connection.execute("delete from fusion_member where golden = $1", golden.id)
    await connection.executemany(
        """insert into fusion_member (tenant, job, record_id, golden, record) values ($1, $2, $3, $4, $5)
        on conflict (tenant, job, record_id) do update set golden = excluded.golden, record = excluded.record""",
        [(tenant, golden.job, record.id, golden.id, record) for record in golden.members],
    )


async def remove_golden(connection: Connection, id_: str) -> None:
    await connection.execute("delete from fusion_golden where id = $1", id_)


async def put_merge(
    connection: Connection, tenant: str, after: Golden, before: Sequence[Golden], *,
    candidate: int | None, author: str, at: datetime,
) -> None:  # fmt: skip
    await connection.execute(
        """insert into fusion_merge (tenant, job, golden, version, candidate, before, author, at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)""",
        tenant, after.job, after.id, after.version, candidate, list(before), author, at,
    )  # fmt: skip


async def last_merge(connection: Connection, golden: str) -> Merge | None:
    row = await connection.fetchrow(
        "select * from fusion_merge where golden = $1 and not undone order by id desc limit 1", golden
    )
    if row is None:
        return None
    return Merge(
        row["id"],
        row["golden"],
        row["candidate"],
        msgspec.convert(row["before"], list[Golden]),
    )


async def mark_undone(connection: Connection, merge: int) -> None:
    await connection.execute("update fusion_merge set undone = true where id = $1", merge)


async def _golden(connection: Connection, row: Any) -> Golden:
    members = await connection.fetch(
        "select record from fusion_member where golden = $1 order by record_id", row["id"]
    )
    return Golden(
        id=row["id"],
        job=row["job"],
        type=row["type"],
        version=row["version"],
        members=tuple(msgspec.convert(member["record"], Record) for member in members),
        attributes=msgspec.convert(row["attributes"], dict[str, Chosen]),
        by_hand=row["by_hand"],
        modified=row["modified"],
    )


def _candidate(row: Any) -> Candidate:
    return Candidate(
        id=row["id"],
        job=row["job"],
        left=msgspec.convert(row["left_record"], Record),
        right=msgspec.convert(row["right_record"], Record),
        confidence=row["confidence"],
        compared=msgspec.convert(row["compared"], tuple[Compared, ...]),
        state=Decision(row["state"]),
        conflict=row["conflict"],
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
    )
