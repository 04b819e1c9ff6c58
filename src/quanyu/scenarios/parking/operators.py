"""Whose a station is: a company tells of its own and sees its own; who looks after the pack sees all and may speak for any."""

from collections.abc import Sequence

from quanyu.core.actor import Actor
from quanyu.core.errors import NotFound
from quanyu.packs import Connection, sees_all

PACK = "parking"


async def seen_by(connection: Connection, actor: Actor) -> Sequence[str] | None:
    """The organisations whose stations the asker sees; None: all."""
    return None if await sees_all(connection, actor, PACK) else sorted(actor.organisations)


async def speaks_for(connection: Connection, actor: Actor, said: str) -> str:
    """The operator of what is told: who it says, else the asker's own. Raises NotFound where that is another company."""
    operator = said or actor.organisation or ""
    if operator != actor.organisation and not await sees_all(connection, actor, PACK, "source.push"):
        raise NotFound("packs.thing.unknown", id=operator)
    return operator
