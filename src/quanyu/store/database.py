"""The one door to PostgreSQL: pool, transactions bound to a tenant, plain errors.

Rows of a tenant are visible only inside `Database.tenant(name)`: row security compares each row with the setting
`quanyu.tenant` of the transaction, and the pool's role cannot lift it.
"""

import asyncio
import errno
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import msgspec
from asyncpg import Connection as Connection

from quanyu.core.errors import Invalid, Unavailable
from quanyu.store.embedded import DATABASE, OWNER, EmbeddedPostgres
from quanyu.store.space import Space
from quanyu.store.together import Together

K = TypeVar("K")
V = TypeVar("V")

APP_ROLE = "quanyu_app"
NEEDED_VERSION = 18
"""PostgreSQL's `returning old, new` is what the twin is written with."""

_CLOSE_LIMIT_SECONDS = 10.0

_pool_log = logging.getLogger("asyncpg.pool")

_AWAY = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TooManyConnectionsError,
)
_FULL = (asyncpg.DiskFullError, asyncpg.ReadOnlySQLTransactionError)
CONTENDED = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
"""What the driver says inside a transaction where outside of it `Contended` is said."""

ROWS_LEAVE = 7_295_033
"""Advisory lock: held while rows leave the database for files, shared by a backup, which has to have them on one side."""

_BAD_VALUE = (asyncpg.DataError, asyncpg.CharacterNotInRepertoireError)
_NUL = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)
_BEYOND = re.compile(r"out of (\w+ )?range")


@dataclass(frozen=True, slots=True)
class Address:
    """How to reach a database: keyword arguments of `asyncpg.connect` for the owner and for the plain role."""

    owner: dict[str, Any]
    plain: dict[str, Any]
    disk: Path | None = None
    """Folder of the database, where its disk is ours to watch."""


def embedded_address(server: EmbeddedPostgres) -> Address:
    common = {"host": server.host, "database": DATABASE}
    return Address(owner=common | {"user": OWNER}, plain=common | {"user": APP_ROLE}, disk=server.folder)


def url_address(url: str) -> Address:
    """The user in the URL owns the tables; the pool lays its rights down with `role`."""
    return Address(owner={"dsn": url}, plain={"dsn": url, "server_settings": {"role": APP_ROLE}})


Ask = Callable[[Connection, str, Sequence[K]], Awaitable[Mapping[K, V]]]
"""What is asked for some keys of a tenant at once; a key without an answer is left out."""


class Contended(Unavailable):
    """Two transactions stood in each other's way and this one was ended, with nothing written: the same again works."""


class Database:
    """A pool as the plain role. Every use goes through one of the three context managers."""

    def __init__(self, pool: asyncpg.Pool, address: Address) -> None:
        self._pool = pool
        self._address = address
        self._space = Space(address.disk)
        self._gathering: dict[tuple[str, object], Together[Any, Any]] = {}

    @classmethod
    async def open(cls, address: Address, *, connections: int = 16) -> "Database":
        """Call after `migrate`, which makes the plain role. Raises Unavailable."""
        _pool_log.setLevel(logging.ERROR)  # that the database is away is told once, by whoever needs it
        try:
            pool = await asyncpg.create_pool(
                **address.plain,
                min_size=2,
                max_size=connections,
                init=_prepare,
                reset=_leave,
                command_timeout=None,
            )
        except (*_AWAY, asyncpg.PostgresError) as error:
            raise Unavailable("store.away", reason=_reason(error)) from error
        return cls(pool, address)

    async def close(self) -> None:
        """Waits for what is under way, but not for ever, and not for a server that is gone."""
        try:
            async with asyncio.timeout(_CLOSE_LIMIT_SECONDS):
                await self._pool.close()
        except _AWAY:
            self._pool.terminate()

    @asynccontextmanager
    async def tenant(self, tenant: str) -> AsyncIterator[Connection]:
        """One transaction that sees and writes only rows of `tenant`."""
        async with self._transaction() as connection:
            await connection.execute("select set_config('quanyu.tenant', $1, true)", tenant)
            yield connection

    @asynccontextmanager
    async def session(self, tenant: str) -> AsyncIterator[Connection]:
        """Each statement is a transaction of its own that sees and writes only rows of `tenant`; for one writer who sends many.

        Every setting is reset before the connection goes back.
        """
        async with self._connection() as connection, _reset(connection):
            await connection.execute("select set_config('quanyu.tenant', $1, false)", tenant)
            yield connection

    async def together(self, tenant: str, ask: Ask[K, V], key: K) -> V | None:
        """What `ask`, a function of a module, finds for `key`: in one transaction for all who ask at the same time."""
        gathering = self._gathering.get((tenant, ask))
        if gathering is None:

            async def asked(keys: Sequence[K]) -> Mapping[K, V]:
                async with self.tenant(tenant) as connection:
                    return await ask(connection, tenant, keys)

            gathering = self._gathering[tenant, ask] = Together(asked)
        return await gathering.of(key)

    def refuse_when_full(self) -> None:
        """What transactions do by themselves, for a session. Raises Unavailable."""
        if self._space.scarce:
            raise Unavailable("store.full")

    @asynccontextmanager
    async def system(self) -> AsyncIterator[Connection]:
        """One transaction without tenant: sees only the tables that belong to the node itself."""
        async with self._transaction() as connection:
            yield connection

    @asynccontextmanager
    async def owner(self) -> AsyncIterator[Connection]:
        """A connection of its own as the tables' owner, outside any transaction: migrations, partitions, backup."""
        try:
            connection = await asyncpg.connect(**self._address.owner)
        except (*_AWAY, asyncpg.PostgresError) as error:
            raise Unavailable("store.away", reason=_reason(error)) from error
        try:
            await _prepare(connection)
            with plain_errors():
                yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def listening(self, channel: str, heard: Callable[[str], object]) -> AsyncIterator[Connection]:
        """A connection outside any transaction that calls `heard` with what each NOTIFY on `channel` says."""

        def listener(_connection: object, _pid: int, _channel: str, said: object) -> None:
            heard(str(said))

        async with self._connection() as connection, _reset(connection):
            await connection.add_listener(channel, listener)
            try:
                yield connection
            finally:
                if not connection.is_closed():
                    await connection.remove_listener(channel, listener)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Connection]:
        """Only for reading where the disk is almost full: the server would end on a write to its journal, and reads with it."""
        async with self._connection() as connection, connection.transaction(readonly=self._space.scarce):
            yield connection

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        with plain_errors():
            async with self._pool.acquire(timeout=30) as connection:
                yield connection


async def _leave(connection: Connection) -> None:
    """A transaction leaves nothing behind in its connection: the round trip that would reset it is saved."""


@asynccontextmanager
async def _reset(connection: Connection) -> AsyncIterator[None]:
    """What was set outside of transactions, and locks held by the session, end with its use."""
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.reset()


class plain_errors:
    """Driver errors become ours: away, full or contended is Unavailable, a value the database cannot hold is Invalid.

    A task that is being cancelled stays so: the driver's complaint about the cut connection does not hide it.
    """

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, _BAD_VALUE):
            raise _bad_value(error) from error
        if isinstance(error, _FULL) or (isinstance(error, OSError) and error.errno == errno.ENOSPC):
            raise Unavailable("store.full") from error
        if isinstance(error, CONTENDED):
            raise Contended("store.contended") from error
        if isinstance(error, (*_AWAY, TimeoutError)):
            if _is_being_cancelled():
                raise asyncio.CancelledError from error
            raise Unavailable("store.away", reason=_reason(error)) from error


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def connect_owner(address: Address) -> Connection:
    """Ready for `migrate`. Raises Unavailable: away, too old, or rights that the first migration needs are missing."""
    try:
        connection = await asyncpg.connect(**address.owner)
    except (*_AWAY, ValueError, asyncpg.PostgresError) as error:
        raise Unavailable("store.away", reason=_reason(error)) from error
    try:
        await _check_server(connection)
        await _prepare(connection)
    except BaseException:
        await connection.close()
        raise
    return connection


async def _check_server(connection: Connection) -> None:
    version = connection.get_server_version()
    if version.major < NEEDED_VERSION:
        raise Unavailable(
            "store.server.version", found=f"{version.major}.{version.minor}", needed=NEEDED_VERSION
        )
    rights = await connection.fetchrow(_RIGHTS, APP_ROLE)
    if not rights["schema"]:
        raise Unavailable("store.server.schema", user=rights["user"], database=rights["database"])
    if not rights["role"]:
        raise Unavailable("store.server.role", user=rights["user"], role=APP_ROLE)


async def _prepare(connection: Connection) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name,
            schema="pg_catalog",
            encoder=_encode_jsonb if name == "jsonb" else msgspec.json.encode,
            decoder=_decode_jsonb if name == "jsonb" else msgspec.json.decode,
            format="binary",
        )


def _encode_jsonb(value: object) -> bytes:
    return b"\x01" + msgspec.json.encode(value)  # the version byte of the binary form


def _decode_jsonb(value: bytes) -> Any:
    return msgspec.json.decode(value[1:])


def _bad_value(error: BaseException) -> Invalid:
    """What a request brings and no column can keep, in words of ours as far as they are known."""
    if isinstance(error, _NUL):
        return Invalid("store.value.character")
    if _BEYOND.search(_reason(error)):
        return Invalid("store.value.range")
    return Invalid("store.value", reason=_reason(error))


def _reason(error: BaseException) -> str:
    if isinstance(error, asyncpg.InternalClientError):  # its words are about the driver's insides
        return "the connection was cut"
    return str(error).splitlines()[0] if str(error) else type(error).__name__


_RIGHTS = """
select current_user as user, current_database() as database,
  has_schema_privilege(current_user, 'public', 'create') as schema,
  case when exists (select from pg_roles where rolname = $1)
    then pg_has_role(current_user, $1, 'member with admin option')
      or (to_regclass('public.job') is not null and pg_has_role(current_user, $1, 'set'))
    else (select rolsuper or rolcreaterole from pg_roles where rolname = current_user)
  end as role
"""
