"""Every decision about sources: keep, list, pause, take messages, and one run of one source."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from quanyu.connect.outgoing import Outgoing
from quanyu.connect.sources import _sql, sql, stream, watched, web
from quanyu.connect.sources.model import (
    KINDS,
    SECRETS,
    STREAMS,
    Delivery,
    FolderSettings,
    HttpSettings,
    Source,
    SourceInput,
    SqlSettings,
    parse,
)
from quanyu.core.errors import Invalid, NotFound
from quanyu.identity.keys import secrets_cipher
from quanyu.store import Connection, Database

MESSAGES_A_DELIVERY = 50_000
LONGEST_WAIT = timedelta(hours=1)


async def add(connection: Connection, tenant: str, folder: Path, source: SourceInput) -> Source:
    """Makes or replaces a source. Raises Invalid with every fault."""
    parsed = parse(tenant, source)
    open_part = {name: value for name, value in source.settings.items() if name not in SECRETS}
    secret_part = {name: value for name, value in source.settings.items() if name in SECRETS}
    secret = _locked(folder, parsed, secret_part) if secret_part else None
    await _sql.put(
        connection,
        (tenant, parsed.name, parsed.kind, parsed.dataset, open_part, secret, parsed.every_seconds),
    )
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
        settings=msgspec.convert(settings, form), every_seconds=row["every_seconds"], state=row["state"],
        cursor=row["cursor"] or {}, failures=row["failures"],
    )  # fmt: skip


async def accept_push(connection: Connection, tenant: str, name: str, body: bytes) -> None:
    """An NGSI-LD notification or batch, stored before it is answered."""
    row = await require_source(connection, tenant, name)
    if row["kind"] != "ngsi-ld":
        raise Invalid("connect.source.takes_no_push", name=name)
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Invalid("connect.source.no_json", url=name, reason=str(error)) from error
    await _sql.store_messages(connection, tenant, name, [("", body)])


async def store_messages(database: Database, source: Source, messages: Sequence[tuple[str, bytes]]) -> None:
    async with database.tenant(source.tenant) as connection:
        await _sql.store_messages(connection, source.tenant, source.name, messages)


async def bring(
    database: Database, source: Source, folder: Path, *, outgoing: Outgoing, now: datetime
) -> tuple[Delivery | None, dict[str, Any]]:
    """Fetches what is new into `folder`; returns the delivery, or None, and the cursor after it."""
    if source.kind in STREAMS:
        return await _bring_messages(database, source, folder, now)
    files, cursor = await _fetch(source, folder, outgoing)
    if not files:
        return None, cursor
    return _delivery(source, uuid.uuid4().hex, files, now), cursor


async def _fetch(source: Source, folder: Path, outgoing: Outgoing) -> tuple[list[Path], dict[str, Any]]:
    match source.settings:
        case HttpSettings() as settings:
            return await web.fetch(settings, source.cursor, folder, outgoing)
        case SqlSettings() as settings:
            return await sql.fetch(settings, source.cursor, folder, outgoing)
        case FolderSettings() as settings:
            return watched.look(settings, source.cursor)
    raise NotFound("connect.source.unknown", name=source.name)


async def _bring_messages(
    database: Database, source: Source, folder: Path, now: datetime
) -> tuple[Delivery | None, dict[str, Any]]:
    async with database.tenant(source.tenant) as connection:
        delivery, rows = await _sql.take_messages(
            connection, source.tenant, source.name, uuid.uuid4().hex, MESSAGES_A_DELIVERY
        )
    target = folder / "messages.jsonl"
    if not rows or not stream.write_lines(
        target, ((row["arrived"], row["topic"], row["payload"]) for row in rows)
    ):
        return None, source.cursor
    return _delivery(source, delivery, [target], now), source.cursor


def _delivery(source: Source, number: str, files: list[Path], now: datetime) -> Delivery:
    return Delivery(
        tenant=source.tenant,
        source=source.name,
        dataset=source.dataset,
        id=number,
        files=tuple(files),
        arrived=now,
    )


async def succeeded(
    database: Database,
    source: Source,
    delivery: Delivery | None,
    *,
    cursor: dict[str, Any],
    records: int,
    now: datetime,
) -> None:
    async with database.tenant(source.tenant) as connection:
        if delivery and source.kind in STREAMS:
            await _sql.drop_messages(connection, source.tenant, source.name, delivery.id)
        await _sql.succeeded(connection, source.tenant, source.name, cursor=cursor, records=records, now=now)


async def failed(database: Database, source: Source, error: Exception, *, now: datetime) -> None:
    """The next try waits twice as long as the one before, at most an hour."""
    wait = min(timedelta(seconds=2 ** min(source.failures, 12)), LONGEST_WAIT)
    async with database.tenant(source.tenant) as connection:
        await _sql.failed(connection, source.tenant, source.name, fault=str(error)[:2000], now=now, wait=wait)


def _locked(folder: Path, source: Source, secret: dict[str, Any]) -> bytes:
    return secrets_cipher(folder).lock(msgspec.json.encode(secret), _place(source.tenant, source.name))


def _place(tenant: str, name: str) -> str:
    return f"source/{tenant}/{name}"
