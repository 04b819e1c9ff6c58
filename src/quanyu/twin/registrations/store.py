"""Registrations in the database, each change with a new version of the tenant's state (5.9.2 to 5.9.4)."""

import uuid
from collections.abc import Iterable
from datetime import datetime

import asyncpg

from quanyu.core.errors import Conflict, NotFound
from quanyu.store import Connection
from quanyu.twin.registrations import _sql
from quanyu.twin.registrations.errors import Conflicting
from quanyu.twin.registrations.model import Information, Kept, Registration
from quanyu.twin.registrations.parse import parse
from quanyu.twin.together import Deed, notice


async def state(connection: Connection, tenant: str) -> tuple[int, str]:
    """The version of the tenant's registrations, and the alias that this broker has for this tenant."""
    row = await connection.fetchrow(_sql.STATE, tenant, _new_alias())
    return row["version"], row["alias"]


async def version(connection: Connection, tenant: str) -> int:
    """Without a word to who changes them."""
    found: int = await connection.fetchval(_sql.VERSION, tenant)
    return found


async def load(connection: Connection, tenant: str) -> list[Kept]:
    return [_kept(row) for row in await connection.fetch(_sql.ALL, tenant)]


async def changes(connection: Connection, tenant: str, *, since: int) -> tuple[list[Kept], set[str]]:
    """What is new since a version, and the ids of all that are there."""
    rows = await connection.fetch(_sql.SINCE, tenant, since)
    ids = {row["id"] for row in await connection.fetch(_sql.IDS, tenant)}
    return [_kept(row) for row in rows], ids


async def find(connection: Connection, tenant: str, id: str) -> Kept:
    """Raises NotFound."""
    row = await connection.fetchrow(_sql.ONE, tenant, id)
    if row is None:
        raise NotFound("twin.registration.unknown", id=id[:200])
    return _kept(row)


async def insert(
    connection: Connection, tenant: str, made: Registration, *, now: datetime
) -> tuple[Kept, int]:
    """With the version that it makes. Raises Conflict where the id is taken."""
    version = await _next(connection, tenant)
    row = await connection.fetchrow(_sql.INSERT, tenant, made.id, version, made.document, now)
    if row is None:
        raise Conflict("twin.registration.exists", id=made.id[:200])
    return _kept(row), version


async def update(
    connection: Connection, tenant: str, made: Registration, *, now: datetime
) -> tuple[Kept, int]:
    """Raises NotFound."""
    version = await _next(connection, tenant)
    row = await connection.fetchrow(_sql.UPDATE, tenant, made.id, version, made.document, now)
    if row is None:
        raise NotFound("twin.registration.unknown", id=made.id[:200])
    return _kept(row), version


async def delete(connection: Connection, tenant: str, id: str) -> int:
    """Raises NotFound."""
    version = await _next(connection, tenant)
    if await connection.fetchval(_sql.DELETE, tenant, id) is None:
        raise NotFound("twin.registration.unknown", id=id[:200])
    return version


async def refuse_held_here(connection: Connection, tenant: str, made: Registration) -> None:
    """5.9.2.4: what the broker has itself cannot be registered as held elsewhere. Raises Conflict."""
    if not made.mode.proxied:
        return
    for info in made.information:
        attributes = None if info.attributes is None else sorted(info.attributes)
        found = await _held(connection, tenant, info, attributes)
        if found is not None:
            raise Conflicting("twin.registration.held", id=found, mode=made.mode.value)


async def _held(
    connection: Connection, tenant: str, info: Information, attributes: list[str] | None
) -> str | None:
    ids = [one.id for one in info.entities if one.id is not None]
    types = sorted({type for one in info.entities if one.id is not None for type in one.types})
    found: str | None = None
    if ids:
        found = await connection.fetchval(_sql.ENTITY_BY_ID, tenant, ids, types or None, attributes)
    for one in info.entities:
        if found is None and one.id is None:
            pattern = one.pattern.text if one.pattern else None
            if one.types:
                arguments = (sorted(one.types), attributes, pattern)
                found = await connection.fetchval(_sql.ENTITY_BY_TYPE, tenant, *arguments)
            else:
                found = await connection.fetchval(_sql.ENTITY_BY_PATTERN, tenant, attributes, pattern)
    if not info.entities:
        found = await connection.fetchval(_sql.ENTITY_BY_PATTERN, tenant, attributes, None)
    return found


async def add_tallies(
    connection: Connection,
    tenant: str,
    rows: Iterable[tuple[str, int, int, datetime | None, datetime | None]],
) -> None:
    """Each: id, how often asked and how often in vain since the last time, moments of the last success and failure."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    if columns:
        await connection.execute(_sql.TALLY, tenant, *columns)


async def _next(connection: Connection, tenant: str) -> int:
    version: int = await connection.fetchval(
        _sql.CHANGE, tenant, _new_alias(), notice(Deed.READ_REGISTRATIONS, tenant)
    )
    return version


def _new_alias() -> str:
    """A pseudonym as the Via header takes it (RFC 9110, 7.6.3)."""
    return f"quanyu-{uuid.uuid4().hex[:16]}"


def _kept(row: asyncpg.Record) -> Kept:
    return Kept(
        registration=parse(row["document"], kept=True),
        created=row["created"],
        modified=row["modified"],
        sent=row["sent"],
        failed=row["failed"],
        last_success=row["last_success"],
        last_failure=row["last_failure"],
    )
