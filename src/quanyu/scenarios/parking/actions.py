"""What was done about a cause of congestion, and what came of it: two weeks before against two weeks after, beside a street where
nothing was done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from quanyu.core.actor import Actor
from quanyu.core.errors import Invalid, NotFound
from quanyu.packs import Connection, things
from quanyu.scenarios.parking import _actions_sql as sql
from quanyu.scenarios.parking import streets
from quanyu.scenarios.parking.congestion import Effect
from quanyu.scenarios.parking.measures import Action
from quanyu.scenarios.parking.stretches import name_of

_LENGTH = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """`effect` on the index of the street beyond that of its control; None while too few days are counted."""

    id: int
    action: Action
    by: str
    at: datetime
    effect: Effect | None


async def accept(connection: Connection, actor: Actor, action: Action, *, now: datetime) -> int:
    """Its number. Raises Invalid where a street has no road, or is its own control."""
    links = await _links(connection, actor.tenant)
    for street in (action.street, action.control):
        if not links.get(street):
            raise Invalid("packs.thing.unknown", id=street[:80])
    if action.street == action.control:
        raise Invalid("packs.thing.control")
    return await sql.add(connection, actor, action, now)


async def accepted(connection: Connection, tenant: str, *, limit: int) -> list[Accepted]:
    """The newest first."""
    links = await _links(connection, tenant)
    return [
        Accepted(id=number, action=action, by=by, at=at, effect=await _effect(connection, tenant, action, links))
        for number, action, by, at in await sql.newest(connection, tenant, limit)
    ]  # fmt: skip


async def withdraw(connection: Connection, tenant: str, number: int) -> None:
    """One that was never carried out, or was written down wrongly. Raises NotFound."""
    if not await sql.remove(connection, tenant, number):
        raise NotFound("packs.thing.unknown", id=number)


async def _links(connection: Connection, tenant: str) -> Mapping[str, Sequence[str]]:
    """Segments by the name of their street."""
    found: dict[str, list[str]] = {}
    for one in await things(connection, tenant, "RoadSegment"):
        found.setdefault(name_of(one), []).append(one.id)
    return found


async def _effect(
    connection: Connection, tenant: str, action: Action, links: Mapping[str, Sequence[str]]
) -> Effect | None:
    try:
        return await streets.effect_of(
            connection, tenant, links=links.get(action.street, ()), control=links.get(action.control, ()),
            before=(action.day - _LENGTH, action.day), after=(action.day, action.day + _LENGTH), hours=action.hours,
        )  # fmt: skip
    except ValueError:
        return None
