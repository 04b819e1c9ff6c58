"""The three databases that SQL sources read, each as batches of rows with their column names."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import aiomysql
import asyncpg
import pymysql

from quanyu.connect.outgoing import Outgoing
from quanyu.connect.sources.settings import SqlSettings
from quanyu.core.errors import Invalid, Unavailable

Rows = AsyncIterator[tuple[Sequence[str], Iterable[Sequence[Any]]]]

_FETCH = 5_000
_CONNECT_SECONDS = 20
_BROKEN_OFF = (
    OSError,
    EOFError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncio.IncompleteReadError,
)


async def postgres(settings: SqlSettings, since: Any, outgoing: Outgoing) -> Rows:
    connection = await _postgres_connection(settings, outgoing)
    try:
        async with connection.transaction(readonly=True, isolation="repeatable_read"):
            mark, values = "", list[str]()
            if since is not None:
                mark, values = f"cast($1 as text)::{await _postgres_type(connection, settings)}", [str(since)]
            portal = await connection.cursor(_statement(settings, quote='"', mark=mark), *values)
            while rows := await portal.fetch(_FETCH):
                yield list(rows[0].keys()), [tuple(row.values()) for row in rows]
    except _BROKEN_OFF as error:
        raise Unavailable("connect.source.database", reason=_reason(error)) from error
    except asyncpg.PostgresError as error:
        raise Invalid("connect.source.query", reason=_reason(error)) from error
    finally:
        connection.terminate()


async def _postgres_connection(settings: SqlSettings, outgoing: Outgoing) -> Any:
    parts = urlsplit(settings.url)
    port = parts.port or 5432
    address = await outgoing.check(parts.hostname or "", port)
    tls = parse_qs(parts.query).get("sslmode", ["prefer"])[0]
    try:
        return await asyncpg.connect(
            host=address, port=port, user=unquote(parts.username or "") or None, database=unquote(parts.path.lstrip("/")) or None,
            password=settings.password or "", ssl=tls, timeout=_CONNECT_SECONDS,
        )  # fmt: skip
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError, ValueError) as error:
        raise Unavailable("connect.source.database", reason=_reason(error)) from error


async def _postgres_type(connection: Any, settings: SqlSettings) -> str:
    prepared = await connection.prepare(_from(settings, '"'))
    for attribute in prepared.get_attributes():
        if attribute.name == settings.watermark:
            return f'"{attribute.type.schema}"."{attribute.type.name}"'
    raise Invalid("connect.source.no_watermark", column=settings.watermark)


async def mysql(settings: SqlSettings, since: Any, outgoing: Outgoing) -> Rows:
    connection = await _mysql_connection(settings, outgoing)
    try:
        async with connection.cursor(aiomysql.SSCursor) as cursor:
            await cursor.execute("start transaction read only")
            sql = _statement(settings, quote="`", mark="%s" if since is not None else "", percent="%%")
            await cursor.execute(sql, (since,)) if since is not None else await cursor.execute(sql)
            columns = [entry[0] for entry in cursor.description]
            while rows := await cursor.fetchmany(_FETCH):
                yield columns, rows
    except (*_BROKEN_OFF, pymysql.err.InterfaceError) as error:
        raise Unavailable("connect.source.database", reason=_reason(error)) from error
    except pymysql.MySQLError as error:
        raise Invalid("connect.source.query", reason=_reason(error)) from error
    finally:
        connection.close()


async def _mysql_connection(settings: SqlSettings, outgoing: Outgoing) -> Any:
    """The driver's own limit ends with the TCP connection; a peer that never greets is left, too."""
    parts = urlsplit(settings.url)
    port = parts.port or 3306
    address = await outgoing.check(parts.hostname or "", port)
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            return await aiomysql.connect(
                host=address, port=port, user=unquote(parts.username or ""), password=settings.password or "",
                db=unquote(parts.path.lstrip("/")), charset="utf8mb4",
            )  # fmt: skip
    except (pymysql.MySQLError, OSError, RuntimeError, ValueError) as error:
        raise Unavailable("connect.source.database", reason=_reason(error)) from error


async def sqlite(settings: SqlSettings, since: Any) -> Rows:
    path = Path("/" + unquote(settings.url.removeprefix("sqlite:///").lstrip("/")))
    connection = await asyncio.to_thread(_sqlite_connection, path)
    try:
        sql = _statement(settings, quote='"', mark="?" if since is not None else "")
        cursor = await asyncio.to_thread(connection.execute, sql, (since,) if since is not None else ())
        columns = [entry[0] for entry in cursor.description]
        while rows := await asyncio.to_thread(cursor.fetchmany, _FETCH):
            yield columns, rows
    except sqlite3.Error as error:
        raise Invalid("connect.source.query", reason=_reason(error)) from error
    finally:
        connection.interrupt()
        connection.close()


def _sqlite_connection(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise Unavailable("connect.source.no_file", path=str(path))
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, check_same_thread=False)
    connection.text_factory = lambda value: value.decode("utf-8", "replace")
    return connection


def _statement(settings: SqlSettings, *, quote: str, mark: str, percent: str = "%") -> str:
    """`percent`: how a driver that fills in `%s` wants a percent sign that means itself."""
    sql = _from(settings, quote)
    if not settings.watermark:
        return sql
    column = _quoted(settings.watermark, quote)
    if not mark:
        return f"{sql} order by {column}"
    own = sql.replace("%", percent), column.replace("%", percent)
    return f"{own[0]} where {own[1]} >= {mark} order by {own[1]}"


def _from(settings: SqlSettings, quote: str) -> str:
    if settings.query:
        return f"select * from ({settings.query.rstrip().rstrip(';')}\n) as q"
    return "select * from " + ".".join(_quoted(part, quote) for part in (settings.table or "").split("."))


def _quoted(name: str, quote: str) -> str:
    return quote + name.replace(quote, quote * 2) + quote


def _reason(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
