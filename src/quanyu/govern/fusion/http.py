"""Matching jobs, the pairs to review, and the merged things."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter, SkipValidation

from quanyu.core.actor import Actor, Resource
from quanyu.core.clock import Clock
from quanyu.core.errors import NotFound
from quanyu.core.page_token import page_token, place_of
from quanyu.govern.fusion import _sql, service
from quanyu.govern.fusion.model import Candidate, Decision, Golden, Job
from quanyu.govern.fusion.run import JOB
from quanyu.govern.imports import _sql as imports
from quanyu.govern.imports.access import resource_of
from quanyu.identity import Outcome, Reach, allowed, append_evidence
from quanyu.store import Connection, Database, enqueue

Thing = TypeVar("Thing")

Asker = NamedDependency[SkipValidation[Actor]]
TheDatabase = NamedDependency[SkipValidation[Database]]
TheClock = NamedDependency[SkipValidation[Clock]]
Name = Annotated[str, PathParameter(max_length=200)]
Number = Annotated[int, PathParameter(ge=1, le=2**62)]
JobName = Annotated[str | None, QueryParameter(max_length=200)]
Limit = Annotated[int, QueryParameter(ge=1, le=200)]
After = Annotated[str, QueryParameter(max_length=200)]
Least = Annotated[float, QueryParameter(name="min", ge=0, le=1)]


class Queued(msgspec.Struct, frozen=True, kw_only=True):
    job: int


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    decision: Decision
    reason: str = ""


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """None gives the attribute back to its rule."""

    value: Any


class CandidatePage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[Candidate]
    next: str | None


class GoldenPage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[Golden]
    next: str | None


class Jobs(msgspec.Struct, frozen=True, kw_only=True):
    items: list[dict[str, Any]]


@get("/api/v1/fusion/jobs", opt={"action": "fusion.read"})
async def jobs(actor: Asker, database: TheDatabase) -> Jobs:
    async with database.tenant(actor.tenant) as connection:
        found = await _sql.jobs(connection)
        return Jobs(items=await _seen(connection, actor, found, _datasets_of_job))


@put("/api/v1/fusion/jobs/{name:str}", opt={"action": "fusion.decide"}, status_code=200)
async def save_job(
    name: Name, data: JSONBody[Job], actor: Asker, database: TheDatabase, clock: TheClock
) -> Job:
    job = msgspec.structs.replace(data, name=name)
    async with database.tenant(actor.tenant) as connection:
        await service.save_job(connection, actor.tenant, job, at=clock())
    return job


@post("/api/v1/fusion/jobs/{name:str}/run", opt={"action": "fusion.decide"}, status_code=202)
async def run(name: Name, actor: Asker, database: TheDatabase) -> Queued:
    async with database.tenant(actor.tenant) as connection:
        await service.find_job(connection, name)
        return Queued(job=await enqueue(connection, actor.tenant, JOB, {"name": name}))


@get("/api/v1/fusion/candidates", opt={"action": "fusion.read"})
async def candidates(
    actor: Asker,
    database: TheDatabase,
    job: JobName = None,
    in_state: Annotated[Decision | None, QueryParameter(name="state")] = Decision.OPEN,
    least: Least = 0.0,
    after: After = "",
    limit: Limit = 50,
) -> CandidatePage:
    """Most confident first: two records side by side, and what each comparison says about them."""
    async with database.tenant(actor.tenant) as connection:
        found = await _sql.candidates(
            connection, job=job, state=in_state, least=least, after=_place(after), limit=limit
        )
        shown = await _seen(connection, actor, found, _datasets_of_pair)
    following = _mark(found[-1]) if len(found) == limit else None
    return CandidatePage(items=shown, next=following)


@post("/api/v1/fusion/candidates/{number:int}/decide", opt={"action": "fusion.decide"}, status_code=200)
async def decide(
    number: Number, data: JSONBody[Verdict], actor: Asker, database: TheDatabase, clock: TheClock
) -> Candidate:
    """`same` merges the two at once."""
    async with database.tenant(actor.tenant) as connection:
        decided = await service.decide(
            connection, actor.tenant, number, data.decision, author=actor.id, at=clock()
        )
        detail = {
            "left": decided.left.id,
            "right": decided.right.id,
            "decision": data.decision,
            "reason": data.reason,
        }
        await _record(connection, actor, str(number), detail)
    return decided


@get("/api/v1/fusion/entities", opt={"action": "fusion.read"})
async def entities(
    actor: Asker, database: TheDatabase, job: JobName = None, after: After = "", limit: Limit = 50
) -> GoldenPage:
    async with database.tenant(actor.tenant) as connection:
        found = await _sql.goldens(connection, job=job, after=after, limit=limit)
        shown = await _seen(connection, actor, found, _datasets_of_thing)
    return GoldenPage(items=shown, next=found[-1].id if len(found) == limit else None)


@get("/api/v1/fusion/entities/{id:str}", opt={"action": "fusion.read"})
async def entity(id: Name, actor: Asker, database: TheDatabase) -> Golden:
    """The merged thing: each attribute with the record it is from, the rule, and what the other records say."""
    async with database.tenant(actor.tenant) as connection:
        found = await service.find_golden(connection, id)
        if not await _seen(connection, actor, [found], _datasets_of_thing):
            raise NotFound("govern.fusion.unknown_entity", id=id)
        return found


@put(
    "/api/v1/fusion/entities/{id:str}/attributes/{attribute:str}",
    opt={"action": "fusion.decide"},
    status_code=200,
)
async def set_value(
    id: Name,
    attribute: Name,
    data: JSONBody[Value],
    actor: Asker,
    database: TheDatabase,
    clock: TheClock,
) -> Golden:
    async with database.tenant(actor.tenant) as connection:
        changed = await service.set_value(connection, actor.tenant, id, attribute, data.value, at=clock())
        await _record(connection, actor, id, {"attribute": attribute, "value": data.value})
    return changed


@post("/api/v1/fusion/entities/{id:str}/undo", opt={"action": "fusion.decide"}, status_code=200)
async def undo(id: Name, actor: Asker, database: TheDatabase) -> GoldenPage:
    """The newest merge is undone; answers with the merged things that are there again."""
    async with database.tenant(actor.tenant) as connection:
        before = await service.undo(connection, actor.tenant, id)
        await _record(connection, actor, id, {"undone": True})
    return GoldenPage(items=before, next=None)


async def _record(connection: Any, actor: Actor, id_: str, detail: dict[str, Any]) -> None:
    resource = Resource("fusion", id=id_, tenant=actor.tenant)
    await append_evidence(connection, actor, "fusion.decide", resource, Outcome.ALLOWED, detail)


async def _seen(
    connection: Connection, actor: Actor, found: list[Thing], datasets: Callable[[Thing], set[str]]
) -> list[Thing]:
    """Those all of whose datasets the actor may read, because each shows values of every one of them."""
    if allowed(actor, "fusion.read", Resource("fusion", tenant=actor.tenant)).reach is Reach.TENANT:
        return found
    named = {name for one in found for name in datasets(one)}
    readable = {name for name in named if await _may_read(connection, actor, name)}
    return [one for one in found if datasets(one) <= readable]


async def _may_read(connection: Connection, actor: Actor, name: str) -> bool:
    dataset = await imports.dataset(connection, name)
    return (
        dataset is not None
        and allowed(actor, "dataset.read", await resource_of(connection, actor, dataset)).allowed
    )


def _datasets_of_pair(pair: Candidate) -> set[str]:
    return {pair.left.dataset, pair.right.dataset}


def _datasets_of_thing(thing: Golden) -> set[str]:
    return {record.dataset for record in thing.members}


def _datasets_of_job(job: dict[str, Any]) -> set[str]:
    return {source["dataset"] for source in job["body"]["sources"]}


def _mark(candidate: Candidate) -> str:
    return page_token((candidate.confidence, candidate.id))


def _place(mark: str) -> tuple[float, int] | None:
    return place_of(mark, tuple[float, int], refusal="govern.fusion.wrong_mark") if mark else None


routes = (jobs, save_job, run, candidates, decide, entities, entity, set_value, undo)
