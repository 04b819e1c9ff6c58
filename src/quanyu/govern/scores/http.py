"""Scores, rules and the ledger of defects over HTTP."""

from datetime import date
from typing import Annotated

import msgspec
from litestar import get, patch, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter, SkipValidation

from quanyu.core.actor import Actor
from quanyu.core.clock import city_day
from quanyu.core.errors import Invalid
from quanyu.core.page_token import page_token, place_of
from quanyu.govern.catalogue.naming import names_of
from quanyu.govern.imports import _sql as imports_sql
from quanyu.govern.imports import service as imports
from quanyu.govern.imports.access import dataset_for, inner_resource, sees
from quanyu.govern.imports.http.asking import After, Asker, Folder, Limit, Name, Now, Store
from quanyu.govern.imports.model import Dataset
from quanyu.govern.quality.whole import Found
from quanyu.govern.scores import _sql, ledger, references, rules, service
from quanyu.govern.scores.model import Defect, DefectChanges, DefectState, Overview, StoredRule
from quanyu.govern.scores.present import found_now
from quanyu.govern.scores.service import DatasetQuality
from quanyu.identity import check
from quanyu.query import Engine
from quanyu.store import Connection

_READ = {"action": "quality.read"}
_ALL = 100_000
TheEngine = NamedDependency[SkipValidation[Engine]]
RuleName = Annotated[str, PathParameter(max_length=300)]


class RuleList(msgspec.Struct, frozen=True, kw_only=True):
    items: list[StoredRule]
    next: None = None


class FoundList(msgspec.Struct, frozen=True, kw_only=True):
    items: list[Found]
    next: None = None


class DefectPage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[Defect]
    next: str | None


class ReferenceList(msgspec.Struct, frozen=True, kw_only=True):
    items: list[references.ReferenceSet]
    next: None = None


class NewReference(msgspec.Struct, frozen=True, kw_only=True):
    """The set repeats the current records of `dataset`."""

    dataset: str
    title: Annotated[str, msgspec.Meta(max_length=500)] = ""


@get("/api/v1/quality/overview", opt=_READ)
async def overview(actor: Asker, database: Store, clock: Now) -> Overview:
    async with database.tenant(actor.tenant) as connection:
        found = await service.overview(connection, await _seen(connection, actor), now=clock())
        names = await names_of(connection, organisations=[one.owner for one in found.departments])
    departments = tuple(
        msgspec.structs.replace(one, owner_name=names.organisation(one.owner)) for one in found.departments
    )
    return msgspec.structs.replace(found, departments=departments)


@get("/api/v1/datasets/{name:str}/quality", opt=_READ)
async def dataset_quality(name: Name, actor: Asker, database: Store) -> DatasetQuality:
    async with database.tenant(actor.tenant) as connection:
        return await service.dataset_quality(connection, await _readable(connection, actor, name))


@get("/api/v1/datasets/{name:str}/quality/now", opt=_READ)
async def quality_now(
    name: Name, actor: Asker, database: Store, folder: Folder, engine: TheEngine, clock: Now
) -> FoundList:
    """Every rule in force over all current records, by the node's engine: a key counts over every import."""
    async with database.tenant(actor.tenant) as connection:
        dataset = await _readable(connection, actor, name)
        return FoundList(items=await found_now(connection, engine, folder, dataset, on=city_day(clock())))


@get("/api/v1/quality/ledger", opt=_READ)
async def defects(
    actor: Asker,
    database: Store,
    clock: Now,
    dataset: Annotated[str | None, QueryParameter(max_length=200)] = None,
    owner: Annotated[str | None, QueryParameter(max_length=100)] = None,
    states: Annotated[str, QueryParameter(name="state", max_length=100)] = "open,working",
    overdue: Annotated[bool, QueryParameter()] = False,
    after: After = None,
    limit: Limit = 100,
) -> DefectPage:
    """`state` lists states with commas; `overdue`: of those only what should have been settled before today; `owner=-` is no body."""
    today = city_day(clock())
    async with database.tenant(actor.tenant) as connection:
        seen = {one.name for one in await _seen(connection, actor)}
        found = await _sql.defects(
            connection,
            dataset=dataset,
            owner=owner,
            states=_states(states),
            overdue_on=today if overdue else None,
            after=_behind(after),
            limit=limit,
        )
        shown = [ledger.with_overdue(one, today) for one in found if one.dataset in seen]
        names = await names_of(connection, organisations=[one.owner for one in shown])
    named = [msgspec.structs.replace(one, owner_name=names.organisation(one.owner)) for one in shown]
    return DefectPage(items=named, next=_mark(found[-1]) if len(found) == limit else None)


@patch("/api/v1/quality/ledger/{name:str}/{rule:str}", opt={"action": "quality.mend"})
async def change_defect(
    name: Name, rule: RuleName, data: JSONBody[DefectChanges], actor: Asker, database: Store, clock: Now
) -> Defect:
    async with database.tenant(actor.tenant) as connection:
        await dataset_for(connection, actor, name, "quality.mend")
        return await ledger.change_defect(
            connection, actor.tenant, name, rule, data, actor=actor.id, at=clock()
        )


@get("/api/v1/datasets/{name:str}/rules", opt=_READ)
async def rule_list(
    name: Name,
    actor: Asker,
    database: Store,
    clock: Now,
    on: Annotated[date | None, QueryParameter()] = None,
) -> RuleList:
    """The versions in force today, or on another day."""
    async with database.tenant(actor.tenant) as connection:
        await _readable(connection, actor, name)
        return RuleList(items=await rules.rules_in_force(connection, name, on=on or city_day(clock())))


@get("/api/v1/datasets/{name:str}/rules/{rule:str}", opt=_READ)
async def rule_versions(name: Name, rule: RuleName, actor: Asker, database: Store) -> RuleList:
    """All versions, newest first."""
    async with database.tenant(actor.tenant) as connection:
        await _readable(connection, actor, name)
        return RuleList(items=await rules.versions_of(connection, name, rule))


@put("/api/v1/datasets/{name:str}/rules/{rule:str}", opt={"action": "rule.manage"})
async def put_rule(
    name: Name, rule: RuleName, data: JSONBody[rules.RuleChanges], actor: Asker, database: Store, clock: Now
) -> StoredRule:
    """A new version, in force from the next import or re-run on."""
    if data.body.name != rule:
        raise Invalid("govern.score.rule_name", rule=rule)
    async with database.tenant(actor.tenant) as connection:
        await dataset_for(connection, actor, name, "rule.manage")
        return await rules.put_rule(connection, actor.tenant, name, data, author=actor.id, at=clock())


@get("/api/v1/quality/references", opt=_READ)
async def reference_list(actor: Asker, database: Store) -> ReferenceList:
    async with database.tenant(actor.tenant) as connection:
        found = await references.references(connection)
    return ReferenceList(items=found)


@put("/api/v1/quality/references/{name:str}", opt={"action": "rule.manage"})
async def put_reference(
    name: Name, data: JSONBody[NewReference], actor: Asker, database: Store, folder: Folder, clock: Now
) -> references.ReferenceSet:
    """From now on rules may name it as their `table`; it follows the dataset."""
    async with database.tenant(actor.tenant) as connection:
        await dataset_for(connection, actor, data.dataset, "rule.manage")
    return await references.put_reference(
        database, folder, actor.tenant, name=name, title=data.title or name, dataset=data.dataset, clock=clock
    )


async def _readable(connection: Connection, actor: Actor, name: str) -> Dataset:
    dataset = await imports.dataset(connection, name)
    check(actor, "quality.read", inner_resource(actor, dataset))
    return dataset


async def _seen(connection: Connection, actor: Actor) -> list[Dataset]:
    found = await imports_sql.datasets(connection, after="", limit=_ALL)
    return [dataset for dataset in found if sees(actor, dataset.owner, "quality.read")]


def _states(said: str) -> list[DefectState]:
    try:
        return [DefectState(one.strip()) for one in said.split(",")]
    except ValueError as error:
        raise Invalid("govern.score.state", state=said) from error


def _mark(defect: Defect) -> str:
    return page_token((defect.dataset, defect.rule, defect.number))


def _behind(after: str | None) -> tuple[str, str, int]:
    return place_of(after, tuple[str, str, int], refusal="govern.dataset.mark") if after else ("", "", 0)


routes = (
    overview,
    dataset_quality,
    quality_now,
    defects,
    change_defect,
    rule_list,
    rule_versions,
    put_rule,
    reference_list,
    put_reference,
)
