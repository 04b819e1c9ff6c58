"""Algorithms over HTTP in the shapes of OGC API – Processes, Part 1 (18-062r2): list, description, execution; and their runs."""

import asyncio
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter, SkipValidation

from quanyu.compute.brought import Brought, Offer
from quanyu.compute.city_roads import NETWORKS
from quanyu.compute.keeping import keep_run
from quanyu.compute.processes import PROCESSES, Process, Run, execute, hour_of, process_of
from quanyu.core.actor import Actor, Resource
from quanyu.core.errors import NotFound
from quanyu.identity import Reach, allowed
from quanyu.identity.http.asking import Asker, TheClock, TheDatabase
from quanyu.store import Database

_READ = {"action": "map.read"}
_RUN = {"action": "entity.read"}
"""What is run costs and is kept: not for somebody unknown."""

ProcessId = Annotated[str, PathParameter(max_length=80)]
RunId = Annotated[int, PathParameter(ge=1)]
Algorithms = NamedDependency[SkipValidation[Brought]]


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    inputs: dict[str, Any]


class RunAnswer(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    process: str
    version: str
    at: datetime
    author: str
    metrics: dict[str, float]
    inputs: dict[str, Any] | None = None
    outputs: dict[str, Any] | None = None


class RunList(msgspec.Struct, frozen=True, kw_only=True):
    items: list[RunAnswer]


@get("/ogc/processes", opt=_READ)
async def list_processes(actor: Asker, algorithms: Algorithms) -> dict[str, Any]:
    """7.7: the summaries."""
    own, brought = map(_summary, PROCESSES), map(_summary, await algorithms.offers(actor))
    return {"processes": [*own, *brought], "links": []}


@get("/ogc/processes/{process:str}", opt=_READ)
async def describe_process(actor: Asker, algorithms: Algorithms, process: ProcessId) -> dict[str, Any]:
    """7.8: the summary with the schema of its inputs."""
    for one in await algorithms.offers(actor):
        if one.id == process:
            return _summary(one) | {
                "inputs": dict(one.inputs),
                "outputs": {name: {"schema": schema} for name, schema in one.outputs.items()},
            }
    found = process_of(process)
    schema = msgspec.json.schema(found.inputs)
    return _summary(found) | {"inputs": schema, "outputs": {name: {"schema": {}} for name in found.outputs}}


@post("/ogc/processes/{process:str}/execution", opt=_RUN, status_code=200)
async def execute_process(
    actor: Asker,
    database: TheDatabase,
    clock: TheClock,
    algorithms: Algorithms,
    process: ProcessId,
    data: JSONBody[Execution],
) -> dict[str, Any]:
    """7.11, synchronous: the outputs by name. The run is kept with its inputs."""
    if any(one.id == process for one in PROCESSES):
        run = await _run_own(process_of(process), actor, database, data.inputs)
    else:
        run = await algorithms.run(actor, process, data.inputs)
    async with database.tenant(actor.tenant) as connection:
        await keep_run(connection, actor, run, now=clock())
    return run.outputs


async def _run_own(process: Process, actor: Actor, database: Database, inputs: dict[str, Any]) -> Run:
    async with database.tenant(actor.tenant) as connection:
        hour = hour_of(inputs)
        graph = (
            await NETWORKS.of(connection, actor.tenant, hour=hour, ahead=True) if process.on_roads else None
        )
    return await asyncio.to_thread(execute, process, graph, inputs)


@get("/api/v1/compute/runs", opt=_RUN)
async def list_runs(
    actor: Asker, database: TheDatabase, limit: Annotated[int, QueryParameter(ge=1, le=500)] = 50
) -> RunList:
    """The newest first, without inputs and outputs; one's own, or all for who sees the whole city."""
    async with database.tenant(actor.tenant) as connection:
        rows = await connection.fetch(
            "select id, process, version, at, author, metrics from compute_run "
            "where tenant=$1 and ($3::text is null or author=$3) order by id desc limit $2",
            actor.tenant, limit, _only(actor),
        )  # fmt: skip
    return RunList(items=[RunAnswer(**dict(row)) for row in rows])


@get("/api/v1/compute/runs/{number:int}", opt=_RUN)
async def show_run(actor: Asker, database: TheDatabase, number: RunId) -> RunAnswer:
    """What went in may be where somebody was: others' runs do not exist."""
    async with database.tenant(actor.tenant) as connection:
        row = await connection.fetchrow(
            "select id, process, version, at, author, metrics, inputs, outputs from compute_run "
            "where tenant=$1 and id=$2 and ($3::text is null or author=$3)",
            actor.tenant, number, _only(actor),
        )  # fmt: skip
    if row is None:
        raise NotFound("compute.no_run", id=number)
    return RunAnswer(**dict(row))


def _only(actor: Actor) -> str | None:
    """Whose runs are shown; None is everybody's."""
    reach = allowed(actor, "entity.read", Resource("compute", tenant=actor.tenant)).reach
    return None if reach is Reach.TENANT else actor.id


def _summary(process: Process | Offer) -> dict[str, Any]:
    return {
        "id": process.id, "version": process.version, "title": process.titles["en"], "titles": dict(process.titles),
        "jobControlOptions": ["sync-execute"], "outputTransmission": ["value"],
    }  # fmt: skip


routes = (list_processes, describe_process, execute_process, list_runs, show_run)
