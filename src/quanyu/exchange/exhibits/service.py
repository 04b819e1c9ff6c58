"""Exhibits kept, named by a dispute, adopted from another node, shown."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from quanyu.core.errors import Invalid, NotFound
from quanyu.exchange.exhibits import _sql
from quanyu.exchange.exhibits.model import Exhibit, checked, hash_of, prepared
from quanyu.store import Connection, Database


class Named(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An exhibit that was sent before, as a dispute names it."""

    id: Annotated[str, msgspec.Meta(max_length=64)]
    name: Annotated[str, msgspec.Meta(max_length=200)] = ""


async def keep(database: Database, tenant: str, name: str, sent: bytes, now: datetime) -> Exhibit:
    """Raises Invalid for what is neither a picture nor a document, TooLarge."""
    media_type, content = await asyncio.to_thread(prepared, sent)
    id = hash_of(content)
    async with database.tenant(tenant) as connection:
        await _sql.add(connection, tenant, id, media_type=media_type, content=content, now=now)
    return Exhibit(id=id, name=name, media_type=media_type, bytes=len(content))


async def keep_for_good(
    connection: Connection, tenant: str, name: str, ready: tuple[str, bytes], now: datetime
) -> Exhibit:
    """What is named in the same transaction. `ready`: media type and content, looked through."""
    media_type, content = ready
    id = hash_of(content)
    await _sql.add(connection, tenant, id, media_type=media_type, content=content, now=now)
    await _sql.use(connection, tenant, [id], now)
    return Exhibit(id=id, name=name, media_type=media_type, bytes=len(content))


async def adopt(connection: Connection, tenant: str, said: Exhibit, content: bytes, now: datetime) -> Exhibit:
    """Of another node. Raises Invalid where its content is not what it says."""
    if hash_of(content) != said.id or len(content) != said.bytes:
        raise Invalid("exchange.exhibit.differs", name=said.name[:80])
    await asyncio.to_thread(checked, said.media_type, content)
    await _sql.add(connection, tenant, said.id, media_type=said.media_type, content=content, now=now)
    return said


async def named(
    connection: Connection, tenant: str, wanted: Sequence[Named], now: datetime
) -> tuple[Exhibit, ...]:
    """Raises Invalid for one that was not sent, or too long ago."""
    known = await _sql.use(connection, tenant, [one.id for one in wanted], now)
    if missing := [one.id for one in wanted if one.id not in known]:
        raise Invalid("exchange.exhibit.unknown", id=missing[0])
    return tuple(
        Exhibit(id=one.id, name=one.name, media_type=known[one.id][0], bytes=known[one.id][1])
        for one in wanted
    )


async def content(connection: Connection, among: Sequence[Exhibit], id: str) -> tuple[Exhibit, bytes]:
    """`among` are those that the asker may see. Raises NotFound."""
    exhibit = next((one for one in among if one.id == id), None)
    found = await _sql.content(connection, id) if exhibit else None
    if exhibit is None or found is None:
        raise NotFound("exchange.exhibit.unknown", id=id[:64])
    return exhibit, found


async def forget_unnamed(connection: Connection, before: datetime) -> None:
    await _sql.forget_unnamed(connection, before)
