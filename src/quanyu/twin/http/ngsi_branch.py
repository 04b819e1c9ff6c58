"""Inside a snapshot, or a what-if branch: operations on entities that come with the header NGSILD-Snapshot (5.5.15)."""

from dataclasses import replace
from typing import Any

from quanyu.core.errors import Denied, Invalid
from quanyu.twin.branches import Branch, Branches
from quanyu.twin.http.ngsi_consulted import sees_all
from quanyu.twin.http.ngsi_distributed import with_body
from quanyu.twin.http.ngsi_exchange import Exchange, NotImplementedHere, Operation
from quanyu.twin.http.sight import Foreseen
from quanyu.twin.registrations.changes import CHANGE_AT, Kind, id_of

HEADER = "ngsild-snapshot"
_PLACES = frozenset(("entities", "entityOperations", "types", "attributes", "temporal"))
_SUBSCRIPTIONS = "subscriptions"


async def enter(exchange: Exchange, operation: Operation) -> Exchange:
    """The exchange in the branch that the header names, for those who see the whole tenant.

    Raises Denied, NotFound, Invalid where branches have no such thing.
    """
    place = exchange.parts[0]
    if place not in _PLACES and place != _SUBSCRIPTIONS:
        raise _nothing_there(exchange)
    if not await sees_all(exchange):
        raise Denied("twin.branch.denied")
    branches = Branches(exchange.database, exchange.door.writer)
    branch = await branches.use(exchange.actor.tenant, exchange.header(HEADER))
    inside = await _inside(exchange, branch)
    if place == _SUBSCRIPTIONS:
        _check_subscribing(inside, branch)
    if branch.frozen:
        return inside
    change = CHANGE_AT.get((operation.method, operation.path))
    if change is None:
        return replace(exchange, branch=branch)
    if change.kind is Kind.PURGE:
        raise NotImplementedHere("twin.ngsi.parameter", name="NGSILD-Snapshot")
    if change.kind in (Kind.ENTITY, Kind.BATCH, Kind.IDS):
        body = await exchange.json()
        await branches.take_over(branch, [id for one in _elements(body) if (id := id_of(one))])
        return with_body(inside, body)
    await branches.take_over(branch, [exchange.parts[2 if exchange.parts[0] == "temporal" else 1]])
    return inside


def _check_subscribing(inside: Exchange, branch: Branch) -> None:
    """5.5.15: on snapshots alone. Who sees something veiled at home could be told it from here: they are refused."""
    if not branch.frozen:
        raise _nothing_there(inside)
    if not inside.sight.is_plain(inside.actor):
        raise Denied("twin.branch.denied")


def _nothing_there(exchange: Exchange) -> Invalid:
    return Invalid("twin.branch.place", path="/".join(exchange.parts)[:80])


async def _inside(exchange: Exchange, branch: Branch) -> Exchange:
    """In the space of the branch, where nobody else is asked (5.5.15), with the eyes that the asker has at home."""
    async with exchange.database.tenant(exchange.actor.tenant) as connection:
        sight = Foreseen(await exchange.sight.veils_on(connection, exchange.actor, None))
    return replace(
        exchange,
        actor=replace(exchange.actor, tenant=branch.space),
        parameters={**exchange.parameters, "local": "true"},
        door=replace(exchange.door, sight=sight),
    )


def _elements(body: Any) -> list[Any]:
    return body if isinstance(body, list) else [body]
