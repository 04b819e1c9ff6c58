"""Routes of patient summaries: kept, opened by who treats or by breaking the glass, and who looked."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get, post, put
from litestar.params import JSONBody, PathParameter

from quanyu.core.errors import Denied, NotFound
from quanyu.packs import Asker, TheClock, TheDatabase
from quanyu.scenarios.emergency import _sql
from quanyu.scenarios.emergency.summary import How, Summary, access, treatment_of

_PREFIX = "/api/v1/packs/emergency"
_READ, _WORK = {"action": "case.read"}, {"action": "work.act"}

Patient = Annotated[str, PathParameter(max_length=64)]


class SummaryInput(msgspec.Struct, frozen=True, kw_only=True):
    """`account`: of the patient, who sees who looked. Synthetic patients only."""

    summary: Summary
    account: Annotated[str, msgspec.Meta(max_length=200)] | None = None


class OpenInput(msgspec.Struct, frozen=True, kw_only=True):
    """`call`: the one in which the asker treats; `reason`: why the glass is broken where there is none."""

    call: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""


class SummaryAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`how`: treating, or break_glass; that it was opened is recorded and shown to the patient."""

    patient: str
    how: str
    recorded: bool
    summary: Summary


class LookAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`how`: treating, break_glass or denied."""

    at: datetime
    actor: str
    how: str
    call: str | None
    reason: str | None


class Looks(msgspec.Struct, frozen=True, kw_only=True):
    items: list[LookAnswer]


@put(f"{_PREFIX}/summaries/{{patient:str}}", opt={"action": "entity.write"}, status_code=204)
async def put_summary(
    actor: Asker, database: TheDatabase, patient: Patient, data: JSONBody[SummaryInput]
) -> None:
    async with database.tenant(actor.tenant) as connection:
        body = msgspec.to_builtins(data.summary)
        await _sql.put_summary(connection, actor.tenant, patient, data.account, body)


@post(f"{_PREFIX}/summaries/{{patient:str}}/open", opt=_WORK, status_code=200)
async def open_summary(
    actor: Asker, database: TheDatabase, clock: TheClock, patient: Patient, data: JSONBody[OpenInput]
) -> SummaryAnswer:
    """Who neither treats nor says why is refused, and that is recorded as well."""
    now = clock()
    async with database.tenant(actor.tenant) as connection:
        kept = await _sql.summary_of(connection, actor.tenant, patient)
        row = await _sql.call_of(connection, actor.tenant, data.call) if data.call else None
        how = access(patient, actor.id, treatment_of(row) if row else None, reason=data.reason, now=now)
        await _sql.note_access(
            connection, actor.tenant, patient, at=now, actor=actor.id, how=how.value, call=data.call,
            reason=data.reason or None,
        )  # fmt: skip
    if how is How.DENIED:
        raise Denied("packs.thing.sealed", id=patient)
    if kept is None:
        raise NotFound("packs.thing.unknown", id=patient)
    return SummaryAnswer(
        patient=patient, how=how.value, recorded=True, summary=msgspec.convert(kept["body"], Summary)
    )


@get(f"{_PREFIX}/summaries/{{patient:str}}/looks", opt={"action": "map.read", "open": True})
async def list_looks(actor: Asker, database: TheDatabase, patient: Patient) -> Looks:
    """For the patient alone: everybody who looked, and who was refused. For others there is nothing here."""
    async with database.tenant(actor.tenant) as connection:
        kept = await _sql.summary_of(connection, actor.tenant, patient)
        if kept is None or kept["account"] is None or kept["account"] != actor.id:
            raise NotFound("packs.thing.unknown", id=patient)
        rows = await _sql.accesses_of(connection, actor.tenant, patient)
    return Looks(items=[LookAnswer(**dict(row)) for row in rows])


routes = (put_summary, open_summary, list_looks)
