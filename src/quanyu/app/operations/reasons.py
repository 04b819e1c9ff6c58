"""Why may this person do that, to this very thing, or why not: the one decision, asked for somebody else."""

import msgspec

from quanyu.act.cases import _sql as cases_sql
from quanyu.core.actor import Actor, Resource
from quanyu.core.errors import NotFound
from quanyu.govern.imports import _sql as imports_sql
from quanyu.govern.imports.access import inner_resource, resource_of
from quanyu.identity import ACTION_BY_NAME, ROLES, allowed, organisation_names
from quanyu.store import Connection

_OF_A_DATASET = frozenset({"dataset", "catalogue", "quality", "rule", "mapping", "trace"})
_OPEN = frozenset({"dataset.read", "catalogue.read"})


class RoleReach(msgspec.Struct, frozen=True, kw_only=True):
    """How far a role carries an action; `held`: the person has it."""

    role: str
    reach: str
    held: bool


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """`thing` is what was asked about, empty for the whole kind; `owner` the body that it belongs to."""

    allowed: bool
    reach: str
    reason: str
    kind: str
    thing: str
    owner: str | None
    open: bool
    roles: list[RoleReach]


async def why(connection: Connection, person: Actor, action: str, thing: str, language: str) -> Reason:
    """Raises NotFound for an action or a thing that does not exist."""
    resource = await _resource(connection, person, action, thing)
    decision = allowed(person, action, resource)
    return Reason(
        allowed=decision.allowed, reach=decision.reach.name.lower(), reason=decision.text(language), kind=resource.kind,
        thing=thing, owner=await _named(connection, resource.organisation), open=resource.open,
        roles=_roles(person, action),
    )  # fmt: skip


async def _resource(connection: Connection, person: Actor, action: str, thing: str) -> Resource:
    known = ACTION_BY_NAME.get(action)
    if known is None:
        raise NotFound("app.reason.action", action=action[:80])
    if thing and known.kind in _OF_A_DATASET:
        return await _dataset(connection, person, action, known.kind, thing)
    if thing and known.kind == "case":
        case = await cases_sql.case(connection, thing)
        if case is None:
            raise NotFound("app.reason.thing", thing=thing[:80])
        return Resource("case", thing, person.tenant, organisation=case.organisation)
    body = thing or None
    return Resource(known.kind, thing, person.tenant, organisation=body)


async def _dataset(connection: Connection, person: Actor, action: str, kind: str, name: str) -> Resource:
    dataset = await imports_sql.dataset(connection, name)
    if dataset is None:
        raise NotFound("app.reason.thing", thing=name[:80])
    found = (
        await resource_of(connection, person, dataset) if action in _OPEN else inner_resource(person, dataset)
    )
    return Resource(kind, name, person.tenant, organisation=found.organisation, open=found.open)


async def _named(connection: Connection, organisation: str | None) -> str | None:
    if organisation is None:
        return None
    return (await organisation_names(connection, [organisation])).get(organisation, organisation)


def _roles(person: Actor, action: str) -> list[RoleReach]:
    """Those that carry it at all, the widest first."""
    found = [(one.reach(action), one.name) for one in ROLES if one.reach(action)]
    found.sort(key=lambda one: (-one[0], one[1]))
    return [
        RoleReach(role=name, reach=reach.name.lower(), held=name in person.roles) for reach, name in found
    ]
