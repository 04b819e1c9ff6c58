"""Reading and verifying the evidence chain."""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromQuery, QueryParameter
from litestar.status_codes import HTTP_200_OK

from quanyu.core.actor import Resource
from quanyu.core.messages import preferred_language, text
from quanyu.identity.evidence import EvidenceQuery, Found, Outcome, append_evidence, seal, search, verify
from quanyu.identity.http.asking import Asker, DataFolder, Limit, Search, TheDatabase

_PATH = "/api/v1/evidence"

Word = Annotated[str, QueryParameter(max_length=200)]
Start = Annotated[datetime | None, QueryParameter(name="from")]
End = Annotated[datetime | None, QueryParameter(name="to")]
Seq = Annotated[int | None, QueryParameter(name="after", ge=1, le=2**62)]


class EvidenceView(msgspec.Struct, frozen=True, kw_only=True):
    """`reason` is a message key, `explanation` its text in the asker's language."""

    seq: int
    at: datetime
    actor: str
    actor_name: str
    action: str
    kind: str
    resource: str
    outcome: Outcome
    reason: str
    explanation: str
    detail: dict[str, Any]
    hash: str


class EvidencePage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[EvidenceView]
    next: str | None


class FaultView(msgspec.Struct, frozen=True, kw_only=True):
    """The first thing found wrong: `seq` is its entry, `block` its block or line of roots."""

    reason: str
    seq: int | None
    block: int | None
    message: str


class VerificationView(msgspec.Struct, frozen=True, kw_only=True):
    """`entries` and `roots` count what was found whole before any fault."""

    whole: bool
    entries: int
    roots: int
    head: str
    pending: int
    fault: FaultView | None


@get(_PATH, opt={"action": "evidence.read"})
async def read_evidence(
    request: Request[Any, Any, Any],
    actor: Asker,
    database: TheDatabase,
    folder: DataFolder,
    limit: Limit = 50,
    after: Seq = None,
    by: Annotated[str, QueryParameter(name="actor", max_length=200)] = "",
    action: Word = "",
    resource: Word = "",
    kind: Word = "",
    outcome: FromQuery[Outcome | None] = None,
    q: Search = "",
    start: Start = None,
    end: End = None,
) -> EvidencePage:
    """Newest first; `after` is the `next` of the page before. Reading it is evidence too."""
    await seal(database, folder, actor.tenant)
    query = EvidenceQuery(
        actor=by, action=action, resource=resource, kind=kind, outcome=outcome or "", text=q,
        start=_aware(start), end=_aware(end), before_seq=after, limit=limit,
    )  # fmt: skip
    async with database.tenant(actor.tenant) as connection:
        rows = await search(connection, actor.tenant, query)
        detail = {"found": len(rows), "query": str(request.url.query)[:500]}
        await append_evidence(
            connection, actor, "evidence.read", Resource("evidence"), Outcome.ALLOWED, detail
        )
    language = preferred_language(request.headers.get("accept-language", ""))
    following = str(rows[-1].seq) if len(rows) == limit else None
    return EvidencePage(items=[_view(row, language) for row in rows], next=following)


@post(f"{_PATH}/verify", opt={"action": "evidence.verify"}, status_code=HTTP_200_OK)
async def verify_evidence(
    request: Request[Any, Any, Any], actor: Asker, database: TheDatabase, folder: DataFolder
) -> VerificationView:
    """Hashes every entry again and compares links, signatures and exported roots. What it found is evidence too."""
    result = await verify(database, folder, actor.tenant)
    async with database.tenant(actor.tenant) as connection:
        detail = {
            "entries": result.entries,
            "roots": result.roots,
            "fault": result.fault and result.fault.reason,
        }
        outcome = Outcome.DONE if result.whole else Outcome.FAILED
        await append_evidence(connection, actor, "evidence.verify", Resource("evidence"), outcome, detail)
    fault = result.fault
    language = preferred_language(request.headers.get("accept-language", ""))
    return VerificationView(
        whole=result.whole, entries=result.entries, roots=result.roots, head=result.head, pending=result.pending,
        fault=FaultView(reason=fault.reason, seq=fault.seq, block=fault.block, message=fault.text(language)) if fault else None,
    )  # fmt: skip


def _view(found: Found, language: str) -> EvidenceView:
    entry = found.entry
    return EvidenceView(
        seq=found.seq, at=entry.at, actor=entry.actor, actor_name=entry.actor_name, action=entry.action, kind=entry.kind,
        resource=entry.resource, outcome=Outcome(entry.outcome), reason=entry.reason,
        explanation=text(entry.reason, language) if entry.reason else "",
        detail=msgspec.json.decode(entry.detail, type=dict[str, Any]), hash=found.hash,
    )  # fmt: skip


def _aware(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at


routes = (read_evidence, verify_evidence)
