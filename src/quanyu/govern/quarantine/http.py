"""Quarantine over HTTP. Rows are named by their import and their number in it.

Beside the usual dependencies `import_hooks` and `run_engine` may be given; without them releases reach the dataset only.
"""

from typing import Annotated

import msgspec
from litestar import get, patch, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter, SkipValidation
from litestar.status_codes import HTTP_200_OK

from quanyu.core.actor import Actor
from quanyu.core.errors import Invalid
from quanyu.govern.engine.process import run
from quanyu.govern.imports import service as imports
from quanyu.govern.imports.access import dataset_for, masks_for
from quanyu.govern.imports.commit import Hooks, NoHooks
from quanyu.govern.imports.folders import Folders
from quanyu.govern.imports.http.asking import (
    After,
    AnyRequest,
    Asker,
    Folder,
    Limit,
    Name,
    Now,
    Store,
    language_of,
)
from quanyu.govern.imports.records import mark, token
from quanyu.govern.imports.watch import RunEngine
from quanyu.govern.quarantine import desk as desks
from quanyu.govern.quarantine import service
from quanyu.govern.quarantine.desk import Desk
from quanyu.govern.quarantine.model import (
    BulkFix,
    BulkOutcome,
    Dismissal,
    Mend,
    Outcome,
    QuarantinedRow,
    Release,
    RowId,
    RuleCount,
    State,
)
from quanyu.govern.quarantine.release import release
from quanyu.govern.quarantine.rows import Wanted
from quanyu.store import Database

_PATH = "/api/v1/datasets/{name:str}/quarantine"
_MEND = {"action": "quality.mend"}

GivenHooks = NamedDependency[SkipValidation[Hooks]]
GivenEngine = NamedDependency[SkipValidation[RunEngine]]


class QuarantinePage(msgspec.Struct, frozen=True, kw_only=True):
    """`rules` and `states` count all rows of the dataset, or of the `import`, whatever else is asked for."""

    items: list[QuarantinedRow]
    next: str | None
    rules: list[RuleCount]
    states: dict[str, int]


@get(_PATH, opt={"action": "quality.read"})
async def listing(
    name: Name,
    request: AnyRequest,
    actor: Asker,
    database: Store,
    folder: Folder,
    clock: Now,
    rule: Annotated[str | None, QueryParameter(max_length=300)] = None,
    states: Annotated[str, QueryParameter(name="state", max_length=100)] = "open,mended",
    q: Annotated[str, QueryParameter(max_length=200)] = "",
    import_id: Annotated[str | None, QueryParameter(name="import", max_length=60)] = None,
    after: After = None,
    limit: Limit = 50,
) -> QuarantinePage:
    """`state` lists states with commas, or is `all`; `import` is what they came with. Refused records are read as they came, so their reading is evidence."""
    await _allow(database, actor, name, "dataset.read")
    desk = _desk(name, request, actor, database, folder, clock, run, NoHooks())
    wanted = Wanted(states=_states(states), rule=rule, query=q, import_id=import_id)
    rows, rules, counted = await desks.page(desk, wanted, after=mark(after), limit=limit + 1)
    shown = await _masked(desk, rows[:limit])
    more = token(rows[limit - 1].import_id, rows[limit - 1].row) if len(rows) > limit else None
    return QuarantinePage(items=shown, next=more, rules=rules, states=dict(counted))


@patch(_PATH + "/{import_id:str}/{row:int}", opt=_MEND)
async def mend(
    name: Name,
    import_id: Annotated[str, PathParameter(max_length=60)],
    row: Annotated[int, PathParameter(ge=0)],
    data: JSONBody[Mend],
    request: AnyRequest,
    actor: Asker,
    database: Store,
    folder: Folder,
    clock: Now,
    run_engine: GivenEngine = run,
    import_hooks: GivenHooks = NoHooks(),  # noqa: B008 (it has no state)
) -> QuarantinedRow:
    """`edits` replace all earlier ones of this row. The answer shows what the record still breaks."""
    await _allow(database, actor, name, "quality.mend")
    desk = _desk(name, request, actor, database, folder, clock, run_engine, import_hooks)
    return await service.mend(desk, RowId(import_id=import_id, row=row), data)


@post(_PATH + "/rules", opt=_MEND, status_code=HTTP_200_OK)
async def bulk_fix(
    name: Name,
    data: JSONBody[BulkFix],
    request: AnyRequest,
    actor: Asker,
    database: Store,
    folder: Folder,
    clock: Now,
    preview: Annotated[bool, QueryParameter()] = True,
    run_engine: GivenEngine = run,
    import_hooks: GivenHooks = NoHooks(),  # noqa: B008
) -> BulkOutcome:
    """One change for all rows that are meant; `?preview=false` makes it."""
    await _allow(database, actor, name, "quality.mend")
    desk = _desk(name, request, actor, database, folder, clock, run_engine, import_hooks)
    return await service.bulk_fix(desk, data, preview=preview)


@post(_PATH + "/release", opt=_MEND, status_code=HTTP_200_OK)
async def release_rows(
    name: Name,
    data: JSONBody[Release],
    request: AnyRequest,
    actor: Asker,
    database: Store,
    folder: Folder,
    clock: Now,
    run_engine: GivenEngine = run,
    import_hooks: GivenHooks = NoHooks(),  # noqa: B008
) -> Outcome:
    await _allow(database, actor, name, "quality.mend")
    return await release(_desk(name, request, actor, database, folder, clock, run_engine, import_hooks), data)


@post(_PATH + "/dismiss", opt=_MEND, status_code=HTTP_200_OK)
async def dismiss(
    name: Name,
    data: JSONBody[Dismissal],
    request: AnyRequest,
    actor: Asker,
    database: Store,
    folder: Folder,
    clock: Now,
) -> Outcome:
    await _allow(database, actor, name, "quality.mend")
    return await service.dismiss(_desk(name, request, actor, database, folder, clock, run, NoHooks()), data)


async def _allow(database: Database, actor: Actor, name: str, action: str) -> None:
    async with database.tenant(actor.tenant) as connection:
        await dataset_for(connection, actor, name, action)


def _desk(
    name: str,
    request: AnyRequest,
    actor: Asker,
    database: Store,
    folder: Folder,
    clock: Now,
    run_engine: RunEngine,
    hooks: Hooks,
) -> Desk:
    return Desk(
        database=database,
        folders=Folders(folder, actor.tenant),
        clock=clock,
        actor=actor,
        dataset=name,
        run_engine=run_engine,
        hooks=hooks,
        language=language_of(request),
    )


async def _masked(desk: Desk, rows: list[QuarantinedRow]) -> list[QuarantinedRow]:
    async with desk.database.tenant(desk.actor.tenant) as connection:
        dataset = await imports.dataset(connection, desk.dataset)
        masks = await masks_for(connection, desk.actor, dataset)
    if not masks:
        return rows
    return [
        msgspec.structs.replace(
            row,
            values={c: masks[c](v) if v and c in masks else v for c, v in row.values.items()},
            edits={c: masks[c](v) if v and c in masks else v for c, v in row.edits.items()},
            faults=tuple(
                msgspec.structs.replace(fault, value=None, proposal=None)
                if set(fault.columns) & set(masks)
                else fault
                for fault in row.faults
            ),
        )
        for row in rows
    ]


def _states(said: str) -> frozenset[State]:
    if said == "all":
        return frozenset(State)
    try:
        return frozenset(State(one.strip()) for one in said.split(","))
    except ValueError as error:
        raise Invalid("govern.quarantine.state", state=said) from error


routes = (listing, mend, bulk_fix, release_rows, dismiss)
