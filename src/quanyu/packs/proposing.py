"""What a pack proposes: things on a what-if branch of the twin. The live city, its history and subscribers see nothing of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.core.errors import Denied
from quanyu.store import Database
from quanyu.twin import EntityWrite, Op, Writer
from quanyu.twin.branches import PREFIX, Branches
from quanyu.twin.http.sight import WholeTenant, sees_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """`place`: longitude and latitude; `values`: plain ones, by attribute."""

    place: Sequence[float]
    values: Mapping[str, Any] = field(default_factory=dict)


async def propose(
    database: Database, actor: Actor, branch: str, type_: str, things: Sequence[Proposed], *, clock: Clock
) -> list[str]:
    """Their identifiers, in order. They take the place of what was proposed there of this type before.

    Raises Denied where the actor does not see the whole twin, NotFound where it has no such branch, Conflict for a snapshot.
    """
    async with database.tenant(actor.tenant) as connection:
        if not await sees_whole(WholeTenant(), connection, actor):
            raise Denied("twin.branch.denied")
    writer = Writer(database, clock=clock)
    branches = Branches(database, writer, clock)
    family = f"urn:ngsi-ld:{type_}:proposed-"
    new = {f"{family}{number}": one for number, one in enumerate(things, 1)}
    try:
        found = await branches.use(actor.tenant, PREFIX + branch)
        said = (await branches.overlay(found)).said
        old = [id for id, own in said.items() if id.startswith(family) and own and id not in new]
        gone = [EntityWrite(id=id, op=Op.DELETE, actor=actor.id) for id in old]
        await branches.write(found, [*gone, *(_write(id, type_, one, actor) for id, one in new.items())])
    finally:
        await writer.close()
    return list(new)


def _write(id: str, type_: str, one: Proposed, actor: Actor) -> EntityWrite:
    location = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": list(one.place)}}
    values = {name: {"type": "Property", "value": value} for name, value in one.values.items()}
    return EntityWrite(
        id=id, op=Op.REPLACE, types=(type_,), document={**values, "location": location}, actor=actor.id
    )
