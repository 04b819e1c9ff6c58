"""SQL sources: a table or query of PostgreSQL, MySQL/MariaDB or SQLite, streamed into CSV.

Everything runs in a transaction that cannot write. With a watermark column each run takes what is higher than the
highest value of the run before, in the order of that column.
"""

import asyncio
import csv
import sqlite3
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import aiomysql
import asyncpg
import pymysql

from quanyu.connect.outgoing import Outgoing
from quanyu.connect.sources.model import SqlSettings
from quanyu.core.errors import Invalid, Unavailable

_FETCH = 5_000

Rows = AsyncIterator[tuple[Sequence[str], Iterable[Sequence[Any]]]]


async def fetch(
    settings: SqlSettings, cursor: Mapping[str, Any], folder: Path, outgoing: Outgoing
) -> tuple[list[Path], dict[str, Any]]:
    """One CSV with the new records and the cursor after them; no file where nothing is new."""
    target = folder / "records.csv"
    since = cursor.get("since")
    count, newest = 0, since
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        async for columns, rows in _read(settings, since, outgoing):
            if not count:
                writer.writerow(columns)
            place = _place(columns, settings.watermark)
            for row in rows:
                writer.writerow(["" if value is None else _text(value) for value in row])
                count += 1
                if place is not None and row[place] is not None:
                    newest = _cursor_value(row[place])
    return ([target], {"since": newest}) if count else ([], dict(cursor))


def _read(settings: SqlSettings, since: Any, outgoing: Outgoing) -> Rows:
    scheme = urlsplit(settings.url).scheme
    if scheme.startswith("postgres"):
        return _postgres(settings, since, outgoing)
    if scheme == "sqlite":
        return _sqlite(settings, since)
    return _mysql(settings, since, outgoing)


async def _postgres(settings: SqlSettings, since: Any, outgoing: Outgoing) -> Rows:
    parts = urlsplit(settings.url)
    await outgoing.check(parts.hostname or "localhost", parts.port or 5432)
    try:
        connection = await asyncpg.connect(settings.url, password=settings.password, timeout=20)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise Unavailable("connect.source.database", reason=_reason(error)) from error
    try:
        async with connection.transaction(readonly=True, isolation="repeatable_read"):
            sql = _statement(
                settings, quote='"', mark="cast($1 as text)::" + "{type}" if since is not None else ""
            )
            values: tuple[Any, ...] = ()
            if since is not None:
                sql = sql.replace("{type}", await _postgres_type(connection, settings))
                values = (str(since),)
            portal = await connection.cursor(sql, *values)
            while rows := await portal.fetch(_FETCH):
                yield list(rows[0].keys()), [tuple(row.values()) for row in rows]
    except asyncpg.PostgresError as error:
        raise Invalid("connect.source.query", reason=_reason(error)) from error
    finally:
        await connection.close()


async def _postgres_type(connection: asyncpg.Connection, settings: SqlSettings) -> str:
    prepared = await connection.prepare(_from(settings, '"'))
    for attribute in prepared.get_attributes():
        if attribute.name == settings.watermark:
            return f'"{attribute.type.schema}"."{attribute.type.name}"'
    raise Invalid("connect.source.no_watermark", column=settings.watermark)


async def _mysql(settings: SqlSettings, since: Any, outgoing: Outgoing) -> Rows:
    parts = urlsplit(settings.url)
    port = parts.port or 3306
    address = await outgoing.check(parts.hostname or "localhost", port)
    try:
        connection = await aiomysql.connect(
            host=address, port=port, user=unquote(parts.username or ""), charset="utf8mb4", connect_timeout=20,
            password=settings.password or unquote(parts.password or ""), db=parts.path.lstrip("/"),
        )  # fmt: skip
    except pymysql.MySQLError as error:
        raise Unavailable("connect.source.database", reason=_reason(error)) from error
    try:
        async with connection.cursor(aiomysql.SSCursor) as cursor:
            await cursor.execute("start transaction read only")
            sql = _statement(settings, quote="`", mark="%s" if since is not None else "")
            await cursor.execute(sql, (since,) if since is not None else None)
            columns = [entry[0] for entry in cursor.description]
            while rows := await cursor.fetchmany(_FETCH):
                yield columns, rows
    except pymysql.MySQLError as error:
        raise Invalid("connect.source.query", reason=_reason(error)) from error
    finally:
        connection.close()


async def _sqlite(settings: SqlSettings, since: Any) -> Rows:
    path = Path(unquote(settings.url.removeprefix("sqlite:///")))
    path = path if path.is_absolute() else Path("/") / path
    if not path.is_file():
        raise Unavailable("connect.source.no_file", path=str(path))
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)
    try:
        sql = _statement(settings, quote='"', mark="?" if since is not None else "")
        cursor = await asyncio.to_thread(connection.execute, sql, (since,) if since is not None else ())
        columns = [entry[0] for entry in cursor.description]
        while rows := await asyncio.to_thread(cursor.fetchmany, _FETCH):
            yield columns, rows
    except sqlite3.Error as error:
        raise Invalid("connect.source.query", reason=_reason(error)) from error
    finally:
        connection.close()


def _statement(settings: SqlSettings, *, quote: str, mark: str) -> str:
    sql = _from(settings, quote)
    if settings.watermark:
        column = _quoted(settings.watermark, quote)
        where = f" where {column} > {mark}" if mark else ""
        sql += f"{where} order by {column}"
    return sql


def _from(settings: SqlSettings, quote: str) -> str:
    if settings.query:
        return f"select * from ({settings.query.rstrip().rstrip(';')}) as q"
    return "select * from " + ".".join(_quoted(part, quote) for part in (settings.table or "").split("."))


def _quoted(name: str, quote: str) -> str:
    return quote + name.replace(quote, quote * 2) + quote


def _place(columns: Sequence[str], watermark: str | None) -> int | None:
    if watermark is None:
        return None
    if watermark not in columns:
        raise Invalid("connect.source.no_watermark", column=watermark)
    return columns.index(watermark)


def _text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes | bytearray | memoryview) else str(value)


def _cursor_value(value: Any) -> int | float | str:
    return value if isinstance(value, int | float | str) else str(value)


def _reason(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
