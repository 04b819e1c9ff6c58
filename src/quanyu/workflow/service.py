"""Definitions are published, work is opened, moved and rung: each call within the caller's transaction.

Timeline, clocks, inbox and outgoing events of one act commit together, or not at all.
"""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from quanyu.core.errors import Conflict, NotFound
from quanyu.core.working_time import Calendar
from quanyu.store import Connection, emit_all
from quanyu.workflow import _sql
from quanyu.workflow.calendars import calendar, parse_calendar
from quanyu.workflow.definition.model import Definition
from quanyu.workflow.definition.parse import parse, source_of
from quanyu.workflow.model import Act, Doer, Instance, Moved, Step
from quanyu.workflow.transition import act, begin, next_bell, ring

_NODE = Doer(id="system:workflow", node=True)
_FOLLOWED: dict[tuple[str, str, int], Definition] = {}
"""Definitions that running work follows, by tenant, name and version: a version never changes."""
_MOST_FOLLOWED = 1000
_DEEPEST = 8  # levels of workflows that call workflows


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """`key` makes it idempotent: the same key again answers the work that is already open under it."""

    definition: str
    subject: str
    data: Mapping[str, Any] = {}
    organisation: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class _Rules:
    """What a running instance goes by."""

    definition: Definition
    calendar: Calendar

    def roles(self) -> dict[str, str]:
        return {state.name: state.role or "" for state in self.definition.states}


async def publish(
    connection: Connection,
    tenant: str,
    source: object,
    *,
    roles: Collection[str] | None,
    by: str,
    now: datetime,
) -> Definition:
    """A new version, which work opened from now on follows. Raises Invalid with every fault."""
    checked = parse(source, roles=roles, calendars=await _sql.names(connection, "calendar"))
    body = source_of(checked)
    version = await _sql.publish(connection, tenant, "definition", checked.name, body, now=now, by=by)
    return replace(checked, version=version)


async def publish_calendar(
    connection: Connection, tenant: str, source: object, *, by: str, now: datetime
) -> int:
    """Raises Invalid with every fault."""
    checked = parse_calendar(source)
    return await _sql.publish(
        connection, tenant, "calendar", checked.name, msgspec.to_builtins(source), now=now, by=by
    )


async def definition(connection: Connection, name: str, version: int | None = None) -> Definition:
    """The newest version, or one of old. Raises NotFound."""
    found = await _sql.published(connection, "definition", name, version)
    if found is None:
        raise NotFound("workflow.definition.unknown", name=name)
    return replace(msgspec.convert(found[0], Definition), version=found[1])


async def open_work(
    connection: Connection, tenant: str, opening: Opening, doer: Doer, *, now: datetime
) -> Instance:
    if opening.key is not None and (known := await _sql.opened_as(connection, opening.key)):
        return await instance(connection, known)
    rules = await _rules(connection, tenant, opening.definition, None)
    return await _opened(connection, tenant, rules, _fresh(rules.definition, opening, now), doer, opening)


async def perform(
    connection: Connection,
    tenant: str,
    id: str,
    wanted: Act,
    doer: Doer,
    *,
    now: datetime,
    key: str | None = None,
) -> Instance:
    """An act; with a `key` that was used on this work before, nothing happens again. Raises what `transition.act` raises."""
    found = await _locked(connection, id)
    if key is not None and await _sql.was_done(connection, id, key):
        return found
    rules = await _rules(connection, tenant, found.definition, found.version)
    moved = act(rules.definition, rules.calendar, found, wanted, doer, now)
    await _written(connection, tenant, rules, moved, key=key)
    return moved.instance


async def ring_due(connection: Connection, tenant: str, *, now: datetime, limit: int = 100) -> int:
    """Fires the bells that are due, of at most `limit` pieces of work; answers of how many. Call again until 0."""
    ids = await _sql.ringing(connection, now, limit)
    for id in ids:
        found = await _locked(connection, id)
        rules = await _rules(connection, tenant, found.definition, found.version)
        moved = ring(rules.definition, rules.calendar, found, now)
        await _written(connection, tenant, rules, moved)
    return len(ids)


async def instance(connection: Connection, id: str) -> Instance:
    """Raises NotFound."""
    found = await _sql.instance(connection, id)
    if found is None:
        raise NotFound("workflow.instance.unknown", id=id)
    return found


async def timeline(connection: Connection, id: str) -> tuple[Step, ...]:
    return tuple(await _sql.steps(connection, id))


async def _locked(connection: Connection, id: str) -> Instance:
    found = await _sql.locked(connection, id)
    if found is None:
        raise NotFound("workflow.instance.unknown", id=id)
    return found


async def _rules(connection: Connection, tenant: str, name: str, version: int | None) -> _Rules:
    found = _FOLLOWED.get((tenant, name, version or 0))
    if found is None:
        found = await definition(connection, name, version)
        if len(_FOLLOWED) >= _MOST_FOLLOWED:
            _FOLLOWED.clear()
        _FOLLOWED[tenant, name, found.version] = found
    return _Rules(found, await calendar(connection, tenant, found.calendar))


def _fresh(followed: Definition, opening: Opening, now: datetime) -> Instance:
    return Instance(
        id=f"{now.astimezone(UTC):%Y%m%d}-{secrets.token_hex(8)}", definition=followed.name,
        version=followed.version, subject=opening.subject, opened=now, data=opening.data,
        organisation=opening.organisation,
    )  # fmt: skip


async def _opened(
    connection: Connection, tenant: str, rules: _Rules, fresh: Instance, doer: Doer, opening: Opening
) -> Instance:
    moved = begin(rules.definition, rules.calendar, fresh, doer)
    await _written(connection, tenant, rules, moved, opening=opening.key)
    return moved.instance


async def _written(
    connection: Connection, tenant: str, rules: _Rules, moved: Moved, *,
    key: str | None = None, opening: str | None = None,
) -> None:  # fmt: skip
    bell = None if moved.instance.closed else next_bell(rules.definition, rules.calendar, moved.instance)
    await _sql.save(
        connection, tenant, moved.instance, moved.steps,
        roles=rules.roles(), next_bell=bell, key=key, opening=opening,
    )  # fmt: skip
    if moved.messages:
        events = [(f"workflow.{one.kind}", dict(one.body)) for one in moved.messages]
        await emit_all(connection, tenant, events)
    for number in moved.calls:
        await _call(connection, tenant, rules, moved.instance, number)
    if moved.instance.closed and moved.instance.parent is not None:
        await _answer(connection, tenant, moved.instance)


async def _call(connection: Connection, tenant: str, rules: _Rules, caller: Instance, number: int) -> None:
    """Opens the workflow that a position hands its work to, over the same subject."""
    position = caller.position(number)
    assert position is not None
    call = rules.definition.state(position.state).call
    assert call is not None
    if caller.id.count(".") >= _DEEPEST:
        raise Conflict("workflow.call.deep", definition=call.definition)
    called = await _rules(connection, tenant, call.definition, None)
    opening = Opening(
        definition=call.definition,
        subject=caller.subject,
        data=caller.data,
        organisation=position.organisation,
    )
    fresh = replace(
        _fresh(called.definition, opening, position.entered),
        id=f"{caller.id}.{caller.steps}", parent=caller.id, parent_position=number,
    )  # fmt: skip
    await _opened(connection, tenant, called, fresh, _NODE, opening)


async def _answer(connection: Connection, tenant: str, ended: Instance) -> None:
    """The end of called work is an act of the work that called it; unless that has gone on meanwhile."""
    assert ended.parent is not None
    assert ended.closed is not None
    caller = await _locked(connection, ended.parent)
    position = caller.position(ended.parent_position or 0)
    if position is None or caller.closed:
        return
    followed = await definition(connection, caller.definition, caller.version)
    call = followed.state(position.state).call
    action = call.outcomes.get(ended.outcome or "") if call else None
    if action is not None:
        wanted = Act(name=action, position=position.number)
        await perform(
            connection, tenant, caller.id, wanted, _NODE, now=ended.closed, key=f"called:{ended.id}"
        )
