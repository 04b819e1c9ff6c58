"""Why may this person do that, to this very thing, or why not: the one decision, asked for somebody else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from quanyu.act.cases import _sql as cases_sql
from quanyu.core.actor import Actor, Resource
from quanyu.core.errors import NotFound
from quanyu.exchange.contracts.model import Contract, State
from quanyu.exchange.contracts.service import Contracts
from quanyu.govern.catalogue import _sql as catalogue_sql
from quanyu.govern.imports import _sql as imports_sql
from quanyu.govern.imports.access import inner_resource, masks_for, paused, resource_of
from quanyu.govern.imports.model import Dataset
from quanyu.identity import ACTION_BY_NAME, ROLES, Decision, allowed, organisation_names
from quanyu.store import Connection
from quanyu.twin.query import retrieve

_OF_A_DATASET = frozenset({"dataset", "catalogue", "quality", "rule", "mapping", "trace"})
_OPEN = frozenset({"dataset.read", "catalogue.read", "entity.read"})
_RECORDS = frozenset({"dataset.read", "entity.read"})
_MOST_CONTRACTS = 20


class RoleReach(msgspec.Struct, frozen=True, kw_only=True):
    """How far a role carries an action; `held`: the person has it."""

    role: str
    reach: str
    held: bool


class ByContract(msgspec.Struct, frozen=True, kw_only=True):
    """A contract in force between two bodies, called by their names, of which one is the person's.

    `usable`: a role of the person's carries its use. `columns` are those that it gives.
    """

    id: str
    provider: str
    consumer: str
    purpose: str
    columns: list[str]
    ends: datetime
    usable: bool


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """`thing` is what was asked about, empty for the whole kind, `title` what people call it; `owner` the body that it belongs to.

    `allowed` is the decision about the person's office. What a contract gives beside it is in `contracts`; `masked` are columns that
    this person reads masked.
    """

    allowed: bool
    reach: str
    reason: str
    kind: str
    thing: str
    title: str
    owner: str | None
    open: bool
    roles: list[RoleReach]
    contracts: list[ByContract]
    masked: list[str]


@dataclass(frozen=True, slots=True)
class _Thing:
    resource: Resource
    title: str = ""
    dataset: Dataset | None = None


async def why(connection: Connection, person: Actor, action: str, id: str, language: str) -> Reason:
    """Raises NotFound for an action or a thing that does not exist."""
    thing = await _thing(connection, person, action, id, language)
    resource, dataset = thing.resource, thing.dataset
    reads = action in _RECORDS and dataset is not None
    decision = allowed(person, action, resource)
    if reads and dataset and not decision.allowed:
        decision = paused(await catalogue_sql.entry(connection, dataset.name)) or decision
    contracts = await _contracts(connection, person, dataset.name) if reads and dataset else []
    bodies = {resource.organisation} | {
        body for one in contracts for body in (one.provider, one.consumer.organisation)
    }
    names = await organisation_names(connection, [body for body in bodies if body], language)
    return Reason(
        allowed=decision.allowed, reach=decision.reach.name.lower(), reason=_said(decision, thing, names, language), kind=resource.kind,
        thing=id, title=thing.title, owner=_named(resource.organisation, names), open=resource.open, roles=_roles(person, action),
        contracts=[_by_contract(person, one, names) for one in contracts],
        masked=sorted(await masks_for(connection, person, dataset)) if reads and dataset and decision.allowed else [],
    )  # fmt: skip


async def _thing(connection: Connection, person: Actor, action: str, id: str, language: str) -> _Thing:
    known = ACTION_BY_NAME.get(action)
    if known is None:
        raise NotFound("app.reason.action", action=action[:80])
    if not id:
        return _Thing(Resource(known.kind, tenant=person.tenant))
    if known.kind in _OF_A_DATASET:
        return await _dataset(connection, person, action, known.kind, id)
    match known.kind:
        case "case":
            return await _case(connection, person, action, id)
        case "entity":
            return await _entity(connection, person, action, id)
    return await _of_a_body(connection, person, known.kind, id, language)


async def _dataset(connection: Connection, person: Actor, action: str, kind: str, name: str) -> _Thing:
    dataset = await imports_sql.dataset(connection, name)
    if dataset is None:
        raise NotFound("app.reason.thing", thing=name[:80])
    found = (
        await resource_of(connection, person, dataset) if action in _OPEN else inner_resource(person, dataset)
    )
    resource = Resource(kind, name, person.tenant, organisation=found.organisation, open=found.open)
    return _Thing(resource, dataset.title or name, dataset)


async def _case(connection: Connection, person: Actor, action: str, number: str) -> _Thing:
    """It lies with every body that has a part in it: with the person's own where that one decides."""
    case = await cases_sql.case(connection, number)
    if case is None:
        raise NotFound("app.reason.thing", thing=number[:80])
    lies_with = [
        Resource("case", number, person.tenant, organisation=body)
        for body in (case.organisation, *case.bodies)
    ]
    found = next((one for one in lies_with if allowed(person, action, one).allowed), lies_with[0])
    return _Thing(found, number)


async def _entity(connection: Connection, person: Actor, action: str, id: str) -> _Thing:
    """It is seen as the records of its dataset are; what came by no dataset is the whole city's."""
    entity = await retrieve(connection, person.tenant, id)
    if await imports_sql.dataset(connection, entity.dataset) is None:
        return _Thing(Resource("entity", id, person.tenant), id)
    of = await _dataset(connection, person, action, "entity", entity.dataset)
    resource = Resource(
        "entity", id, person.tenant, organisation=of.resource.organisation, open=of.resource.open
    )
    return _Thing(resource, id, of.dataset)


async def _of_a_body(connection: Connection, person: Actor, kind: str, body: str, language: str) -> _Thing:
    names = await organisation_names(connection, [body], language)
    if body not in names:
        raise NotFound("app.reason.thing", thing=body[:80])
    return _Thing(Resource(kind, body, person.tenant, organisation=body), names[body])


async def _contracts(connection: Connection, person: Actor, dataset: str) -> list[Contract]:
    """Those in force in which a body of the person's is the consumer."""
    bodies = {person.organisation, *person.organisations} - {None}
    now = datetime.now(UTC)
    found = await Contracts(connection, person, now).page(
        tuple(one for one in bodies if one),
        dataset=dataset,
        state=State.ACTIVE,
        after=None,
        limit=_MOST_CONTRACTS,
    )
    return [
        one
        for one in found.items
        if one.terms and one.terms.starts <= now < one.terms.ends and one.consumer.desk in bodies
    ]


def _by_contract(person: Actor, one: Contract, names: Mapping[str, str]) -> ByContract:
    assert one.terms is not None
    consumer = one.consumer.organisation
    about = Resource("share", one.id, person.tenant, organisation=consumer)
    return ByContract(
        id=one.id, provider=names.get(one.provider, one.provider), consumer=names.get(consumer, consumer), purpose=one.terms.purpose,
        columns=list(one.terms.columns), ends=one.terms.ends, usable=allowed(person, "share.use", about).allowed,
    )  # fmt: skip


def _said(decision: Decision, thing: _Thing, names: Mapping[str, str], language: str) -> str:
    """The decision in words, bodies and things called as people call them."""
    known = {"id": thing.title}
    if owner := _named(thing.resource.organisation, names):
        known["organisation"] = owner
    return decision.text(language, **known)


def _named(organisation: str | None, names: Mapping[str, str]) -> str | None:
    return organisation and names.get(organisation, organisation)


def _roles(person: Actor, action: str) -> list[RoleReach]:
    """Those that carry it at all, the widest first."""
    found = [(one.reach(action), one.name) for one in ROLES if one.reach(action)]
    found.sort(key=lambda one: (-one[0], one[1]))
    return [
        RoleReach(role=name, reach=reach.name.lower(), held=name in person.roles) for reach, name in found
    ]
