"""What people decide about sources, what others push into them, and how their runs ended."""

import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from quanyu.connect.sources import _messages, _sql, fault, refusals, stream
from quanyu.connect.sources.checks import tidy
from quanyu.connect.sources.fetching import Brought
from quanyu.connect.sources.model import STREAMS, Source, SourceInput, parse
from quanyu.connect.sources.mqtt import Message
from quanyu.connect.sources.places import Places
from quanyu.connect.sources.settings import ADDRESSES, KINDS, SECRETS
from quanyu.core.actor import Actor, Resource, system_actor
from quanyu.core.errors import Conflict, Invalid, NotFound, Unavailable
from quanyu.core.page_token import Page, page_of, place_of
from quanyu.identity import Outcome, append_evidence
from quanyu.identity.keys import secrets_cipher
from quanyu.store import Connection, Database

MOST_WAITING = 200_000
MOST_BYTES_WAITING = 256 * 1024**2
"""Messages of one source that wait; beyond that pushes are refused and MQTT is not acknowledged."""

LONGEST_WAIT = timedelta(hours=1)


async def add(
    connection: Connection, tenant: str, places: Places, source: SourceInput, *, actor: Actor | None = None
) -> Source:
    """Makes or replaces a source. Raises Invalid with every fault, Conflict where it is of another kind."""
    parsed = parse(tenant, source, places)
    before = await _sql.one(connection, tenant, parsed.name, lock=True)
    if before is not None and before["kind"] != parsed.kind:
        raise Conflict("connect.source.other_kind", name=parsed.name, kind=before["kind"])
    settings = tidy(source.kind, source.settings)
    open_part = {name: value for name, value in settings.items() if name not in SECRETS}
    secret_part = {name: value for name, value in settings.items() if name in SECRETS}
    secret = _locked(places.own, parsed, secret_part) if secret_part else None
    await _sql.put(
        connection,
        (
            tenant,
            parsed.name,
            parsed.kind,
            parsed.dataset,
            open_part,
            secret,
            parsed.every_seconds,
            parsed.owner,
            parsed.title,
        ),
        keep_secret=before is not None and _same_address(before["settings"], open_part),
    )
    await _note(connection, actor, tenant, parsed.name, "change" if before else "add")
    return parsed


async def require_source(connection: Connection, tenant: str, name: str) -> Any:
    row = await _sql.one(connection, tenant, name)
    if row is None:
        raise NotFound("connect.source.unknown", name=name)
    return row


def from_row(row: Any, folder: Path) -> Source:
    settings = dict(row["settings"])
    if row["secret"]:
        place = _place(row["tenant"], row["name"])
        settings |= msgspec.json.decode(secrets_cipher(folder).open(row["secret"], place))
    form, _ = KINDS[row["kind"]]
    return Source(
        tenant=row["tenant"], name=row["name"], kind=row["kind"], dataset=row["dataset"],
        settings=msgspec.convert(settings, form, strict=False), every_seconds=row["every_seconds"], state=row["state"],
        owner=row["owner"], title=row["title"],
        cursor=row["cursor"] or {}, failures=row["failures"], created=row["created"],
    )  # fmt: skip


async def page_of_sources(
    connection: Connection, tenant: str, *, owners: Sequence[str] | None = None, text: str = "",
    datasets: Sequence[str] = (), worst: bool = False, after: str | None = None, limit: int = 100,
) -> tuple[Page[Any], int]:  # fmt: skip
    """A part of those that were asked for, and how many they are. `owners` None: whoever's they are. `datasets`: those
    that are called by the text.

    Raises Invalid for an `after` that no list has given out.
    """
    place = place_of(after, tuple[int, str], refusal="connect.source.token") if after else None
    rows = await _sql.find(
        connection,
        tenant,
        owners=owners,
        text=text,
        datasets=datasets,
        worst=worst,
        after=place,
        limit=limit + 1,
    )
    total = await _sql.count(connection, tenant, owners=owners, text=text, datasets=datasets)
    return page_of(rows, limit, lambda row: (row["rank"], row["name"])), total


async def switch(connection: Connection, actor: Actor, name: str, *, paused: bool) -> None:
    await require_source(connection, actor.tenant, name)
    await _sql.set_state(connection, actor.tenant, name, "paused" if paused else "active")
    await _note(connection, actor, actor.tenant, name, "pause" if paused else "resume")


async def run_now(connection: Connection, actor: Actor, name: str, now: datetime) -> None:
    """Raises Conflict where it is paused."""
    row = await require_source(connection, actor.tenant, name)
    if row["state"] != "active":
        raise Conflict(f"connect.source.is_{row['state']}", name=name)
    await _sql.set_due(connection, actor.tenant, name, now)


async def remove(connection: Connection, actor: Actor, folder: Path, name: str) -> None:
    """With what waits and what was refused; its dataset stays."""
    if not await _sql.remove(connection, actor.tenant, name):
        raise NotFound("connect.source.unknown", name=name)
    shutil.rmtree(refusals.place(folder, actor.tenant, name), ignore_errors=True)
    await _note(connection, actor, actor.tenant, name, "remove")


async def release(connection: Connection, actor: Actor, name: str, refusal: str | None, now: datetime) -> int:
    """What was refused is delivered again, with the next run, which is now."""
    row = await require_source(connection, actor.tenant, name)
    await _sql.hold(connection, actor.tenant, name)
    count = await refusals.release(connection, actor.tenant, name, refusal)
    if row["state"] == "refused":
        await _sql.set_state(connection, actor.tenant, name, "active")
    await _sql.set_due(connection, actor.tenant, name, now)
    await _note(connection, actor, actor.tenant, name, "release", refusals=count)
    return count


async def discard(connection: Connection, actor: Actor, folder: Path, name: str, refusal: str | None) -> int:
    row = await require_source(connection, actor.tenant, name)
    await _sql.hold(connection, actor.tenant, name)
    count = await refusals.discard(connection, folder, actor.tenant, name, refusal)
    if row["state"] == "refused":
        await _sql.set_state(connection, actor.tenant, name, "active")
    await _note(connection, actor, actor.tenant, name, "discard", refusals=count)
    return count


async def accept_push(connection: Connection, tenant: str, name: str, body: bytes) -> None:
    """An NGSI-LD notification or batch, stored before it is answered."""
    row = await require_source(connection, tenant, name)
    if row["kind"] != "ngsi-ld":
        raise Invalid("connect.source.takes_no_push", name=name)
    stream.check_push(body, name)
    await _stored(connection, tenant, name, [Message("", body)])


async def store_messages(database: Database, source: Source, messages: Sequence[Message]) -> None:
    async with database.tenant(source.tenant) as connection:
        await _stored(connection, source.tenant, source.name, messages)


async def succeeded(database: Database, source: Source, now: datetime) -> None:
    async with database.tenant(source.tenant) as connection:
        await _sql.succeeded(connection, source.tenant, source.name, now)


async def failed(
    database: Database, source: Source, error: Exception, *, now: datetime, wait: timedelta | None
) -> None:
    """`wait` None: the next run comes at its usual time, because what failed is kept aside."""
    async with database.tenant(source.tenant) as connection:
        await _sql.failed(connection, source.tenant, source.name, fault=fault.kept(error), now=now, wait=wait)


async def unreadable(database: Database, row: Any, error: Exception, now: datetime) -> None:
    """A row that cannot be read as a source, e.g. because its secrets were locked with another key."""
    async with database.tenant(row["tenant"]) as connection:
        await _sql.failed(
            connection, row["tenant"], row["name"], fault=fault.kept(error), now=now,
            wait=back_off(row["failures"], error),
        )  # fmt: skip


def back_off(failures: int, error: Exception) -> timedelta:
    """Twice as long as the time before, at most an hour, or as long as the other side asks."""
    usual = min(timedelta(seconds=2 ** min(failures, 12)), LONGEST_WAIT)
    if isinstance(error, Unavailable) and error.key == "connect.source.busy":
        return max(usual, timedelta(seconds=float(str(error.values["seconds"]))))
    return usual


async def taken(
    database: Database, folder: Path, source: Source, brought: Brought, *, records: int, now: datetime
) -> None:
    """The import has accepted it, or there was nothing to accept: the source goes on after it."""
    async with database.tenant(source.tenant) as connection:
        await _sql.hold(connection, source.tenant, source.name)
        if brought.delivery is not None and brought.kept:
            await refusals.discard(connection, folder, source.tenant, source.name, brought.delivery.id)
        elif brought.delivery is not None and source.kind in STREAMS:
            await _messages.drop(connection, source.tenant, source.name, brought.delivery.id)
        await _sql.advance(
            connection, source.tenant, source.name, cursor=brought.cursor, records=records, now=now
        )


async def refused(
    database: Database, folder: Path, source: Source, brought: Brought, error: Exception, *, now: datetime
) -> bool:
    """The import has refused it: it is kept aside, so that what comes later goes on.

    With too many of them the source stops; returns whether it goes on.
    """
    delivery = brought.delivery
    assert delivery is not None
    async with database.tenant(source.tenant) as connection:
        await _sql.hold(connection, source.tenant, source.name)
        kept = await refusals.keep(
            connection, folder, tenant=source.tenant, source=source.name, refusal=delivery.id,
            files=delivery.files, error=error, now=now,
        )  # fmt: skip
        if source.kind in STREAMS:
            await _messages.drop(connection, source.tenant, source.name, delivery.id)
        if kept >= refusals.MOST:
            await _sql.set_state(connection, source.tenant, source.name, "refused")
        await _sql.advance(connection, source.tenant, source.name, cursor=brought.cursor, records=0, now=now)
    return kept < refusals.MOST


async def _stored(connection: Connection, tenant: str, name: str, messages: Sequence[Message]) -> None:
    done = await _messages.store(
        connection, tenant, name, messages, most=MOST_WAITING, most_bytes=MOST_BYTES_WAITING
    )
    if done is None:
        raise NotFound("connect.source.unknown", name=name)
    if not done:
        raise Unavailable(
            "connect.source.full", name=name, limit=MOST_WAITING, mebibytes=MOST_BYTES_WAITING >> 20
        )


async def _note(
    connection: Connection, actor: Actor | None, tenant: str, name: str, act: str, **detail: object
) -> None:
    who = actor or system_actor(tenant, "node")
    await append_evidence(
        connection,
        who,
        "source.manage",
        Resource("source", name, tenant),
        Outcome.DONE,
        {"act": act, **detail},
    )


def _same_address(before: dict[str, Any], now: dict[str, Any]) -> bool:
    return all(before.get(name) == now.get(name) for name in ADDRESSES)


def _locked(folder: Path, source: Source, secret: dict[str, Any]) -> bytes:
    return secrets_cipher(folder).lock(msgspec.json.encode(secret), _place(source.tenant, source.name))


def _place(tenant: str, name: str) -> str:
    return f"source/{tenant}/{name}"
