"""Schema changes: `migrations/NNNN_name.sql` in each package, applied once, in package order, never edited after."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

import asyncpg

from quanyu.core.errors import Conflict
from quanyu.store.database import Connection

_LOCK = 7_295_003  # one node migrates at a time


@dataclass(frozen=True, slots=True)
class Migration:
    package: str
    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations_of(package: str) -> Iterator[Migration]:
    """All migrations of one package, e.g. "govern", in order."""
    folder = files("quanyu") / package / "migrations"
    yield from migrations_in(package, folder)


def migrations_in(package: str, folder: Traversable) -> Iterator[Migration]:
    """Those of a folder, in order; `package` is what they are noted under."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.name.endswith(".sql"):
            number, _, name = path.name.removesuffix(".sql").partition("_")
            yield Migration(package, int(number), name, path.read_text(encoding="utf-8"))


async def migrate(connection: Connection, packages: Sequence[str]) -> int:
    """Brings the schema up to date as the owner; returns how many migrations ran.

    Raises Conflict where an applied migration differs from the file of this version.
    """
    return await _migrate(connection, [one for package in packages for one in migrations_of(package)])


async def migrate_folder(connection: Connection, package: str, folder: Traversable) -> int:
    """The same for the migrations of one folder, e.g. of a pack."""
    return await _migrate(connection, list(migrations_in(package, folder)))


async def _migrate(connection: Connection, migrations: Sequence[Migration]) -> int:
    await connection.execute("select pg_advisory_lock($1)", _LOCK)
    try:
        await connection.execute(_BOOK)
        applied = {
            (row["package"], row["number"]): row["sha256"]
            for row in await connection.fetch("select * from migration")
        }
        ran = 0
        for migration in migrations:
            known = applied.get((migration.package, migration.number))
            if known is None:
                await _apply(connection, migration)
                ran += 1
            elif known != migration.sha256:
                raise Conflict("store.migration.changed", package=migration.package, number=migration.number)
        return ran
    finally:
        await connection.execute("select pg_advisory_unlock($1)", _LOCK)


async def _apply(connection: Connection, migration: Migration) -> None:
    async with connection.transaction():
        try:
            await connection.execute(migration.sql)
        except asyncpg.PostgresError as error:
            error.add_note(f"in migration {migration.package}/{migration.number:04d}_{migration.name}")
            raise
        await connection.execute(
            "insert into migration(package, number, name, sha256) values ($1, $2, $3, $4)",
            migration.package, migration.number, migration.name, migration.sha256,
        )  # fmt: skip


_BOOK = """
create table if not exists migration (
  package text not null, number int not null, name text not null, sha256 text not null,
  applied timestamptz not null default now(), primary key (package, number))
"""
