"""The files behind an entry."""

from collections.abc import Sequence

from quanyu.core.actor import Actor
from quanyu.govern.imports import _sql
from quanyu.govern.imports.access import readable_dataset
from quanyu.govern.imports.model import Part
from quanyu.store import Connection


async def parts(connection: Connection, name: str) -> Sequence[Part]:
    """For who may see the entry and gets no more than a masked sample."""
    return await _sql.parts(connection, name)


async def readable_parts(connection: Connection, actor: Actor, name: str, *, door: str) -> Sequence[Part]:
    """For who reads the records themselves. Raises AccessDenied; the reading is evidence."""
    await readable_dataset(connection, actor, name, door=door)
    return await _sql.parts(connection, name)
