"""Looking things up in the chain, newest first."""

from dataclasses import dataclass
from datetime import datetime

from quanyu.identity.evidence.model import Entry
from quanyu.store import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceQuery:
    """Every condition that is given must hold. `text` is looked for in names, resource, reason and detail."""

    actor: str = ""
    action: str = ""
    resource: str = ""
    kind: str = ""
    outcome: str = ""
    text: str = ""
    start: datetime | None = None
    end: datetime | None = None
    before_seq: int | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Found:
    seq: int
    entry: Entry
    hash: str


async def search(connection: Connection, tenant: str, query: EvidenceQuery) -> list[Found]:
    rows = await connection.fetch(
        """select seq, tenant, at, actor, actor_name, action, kind, resource, outcome, reason, detail::text as detail, hash
           from evidence
           where tenant = $1 and ($2 = '' or actor = $2 or actor_name = $2) and ($3 = '' or action = $3)
             and ($4 = '' or resource = $4) and ($5 = '' or kind = $5) and ($6 = '' or outcome = $6)
             and ($7 = '' or strpos(lower(concat_ws(' ', actor_name, action, resource, reason, detail::text)), lower($7)) > 0)
             and ($8::timestamptz is null or at >= $8) and ($9::timestamptz is null or at < $9)
             and ($10::bigint is null or seq < $10)
           order by seq desc limit $11""",
        tenant, query.actor, query.action, query.resource, query.kind, query.outcome, query.text,
        query.start, query.end, query.before_seq, query.limit,
    )  # fmt: skip
    return [_found(dict(row)) for row in rows]


def _found(row: dict[str, object]) -> Found:
    seq, digest = row.pop("seq"), row.pop("hash")
    return Found(seq, Entry(**row), digest.hex())  # type: ignore[arg-type, attr-defined]
