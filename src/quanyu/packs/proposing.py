"""What a pack proposes: things on a what-if branch of the twin. The live city, its history and subscribers see nothing of them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from quanyu.core.actor import Actor
from quanyu.core.clock import Clock, utc_now
from quanyu.core.errors import Denied
from quanyu.store import Database
from quanyu.twin import EntityWrite, Op, Writer
from quanyu.twin.branches import PREFIX, Branches, store
from quanyu.twin.http.sight import WholeTenant, sees_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """`place`: longitude and latitude; `values`: plain ones, by attribute."""

    place: Sequence[float]
    values: Mapping[str, Any] = field(default_factory=dict)


async def branch_names(database: Database, tenant: str) -> frozenset[str]:
    """The what-if branches that are there."""
    async with database.tenant(tenant) as connection:
        found = await store.listed(connection, tenant, utc_now())
    return frozenset(one.id.removeprefix(PREFIX) for one in found if not one.frozen)


async def open_branch(database: Database, actor: Actor, branch: str, *, clock: Clock) -> None:
    """Makes it where there is none of this name. Raises Denied where the actor does not see the whole twin, Conflict for a snapshot."""
    await _require_whole(database, actor)
    if branch in await branch_names(database, actor.tenant):
        return
    async with _branches(database, clock) as branches:
        await branches.create(actor.tenant, PREFIX + branch)


async def drop_branch(database: Database, actor: Actor, branch: str, *, clock: Clock) -> None:
    """With all that was proposed there; one that is gone already is dropped. Raises Denied where the actor does not see the whole twin."""
    await _require_whole(database, actor)
    if branch not in await branch_names(database, actor.tenant):
        return
    async with _branches(database, clock) as branches:
        await branches.drop(await branches.find(actor.tenant, PREFIX + branch))


async def propose(
    database: Database, actor: Actor, branch: str, type_: str, things: Sequence[Proposed], *, clock: Clock
) -> list[str]:
    """Their identifiers, in order. They take the place of what was proposed there of this type before.

    Raises Denied where the actor does not see the whole twin, NotFound where it has no such branch, Conflict for a snapshot.
    """
    await _require_whole(database, actor)
    family = f"urn:ngsi-ld:{type_}:proposed-"
    new = {f"{family}{number}": one for number, one in enumerate(things, 1)}
    async with _branches(database, clock) as branches:
        found = await branches.use(actor.tenant, PREFIX + branch)
        said = (await branches.overlay(found)).said
        old = [id for id, own in said.items() if id.startswith(family) and own and id not in new]
        gone = [EntityWrite(id=id, op=Op.DELETE, actor=actor.id) for id in old]
        await branches.write(found, [*gone, *(_write(id, type_, one, actor) for id, one in new.items())])
    return list(new)


async def _require_whole(database: Database, actor: Actor) -> None:
    async with database.tenant(actor.tenant) as connection:
        if not await sees_whole(WholeTenant(), connection, actor):
            raise Denied("twin.branch.denied")


@asynccontextmanager
async def _branches(database: Database, clock: Clock) -> AsyncIterator[Branches]:
    writer = Writer(database, clock=clock)
    try:
        yield Branches(database, writer, clock)
    finally:
        await writer.close()


def _write(id: str, type_: str, one: Proposed, actor: Actor) -> EntityWrite:
    location = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": list(one.place)}}
    values = {name: {"type": "Property", "value": value} for name, value in one.values.items()}
    return EntityWrite(
        id=id, op=Op.REPLACE, types=(type_,), document={**values, "location": location}, actor=actor.id
    )
