"""What the backup asks of PostgreSQL: which tables there are, and their rows as COPY text."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from graphlib import TopologicalSorter

from quanyu.store.backup.manifest import FORMAT, Content, RowDigest, Schema, Table
from quanyu.store.database import ROWS_LEAVE, Connection

_BOOK = "migration"  # of the schema itself, which the restoring node makes
_PLAIN_TEXT = "set local datestyle = 'ISO'; set local timezone = 'UTC'; set local bytea_output = 'hex'; set local extra_float_digits = 1; set local intervalstyle = 'postgres'"

_TABLES = """
select c.relname as name, c.relforcerowsecurity as forced, p.relname as parent, pg_get_expr(c.relpartbound, c.oid) as bound,
       array(select a.attname::text from pg_attribute a
             where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
             order by a.attnum) as columns,
       array(select r.relname::text from pg_constraint k join pg_class r on r.oid = k.confrelid
             where k.conrelid = c.oid and k.contype = 'f' and k.confrelid <> c.oid) as refers_to
from pg_class c join pg_namespace n on n.oid = c.relnamespace
left join pg_inherits i on i.inhrelid = c.oid left join pg_class p on p.oid = i.inhparent
where n.nspname = 'public' and c.relkind = 'r' and c.relname <> $1
order by c.relname
"""
_INDEXES = """
select i.relname as name, pg_get_indexdef(x.indexrelid) as definition
from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'public' and not c.relispartition
  and not exists (select 1 from pg_constraint k where k.conindid = x.indexrelid)
order by i.relname
"""


@asynccontextmanager
async def snapshot(connection: Connection) -> AsyncIterator[None]:
    """One unmoving view of all rows; writers go on beside it, but none of the rows leaves for a file."""
    await connection.execute("select pg_advisory_lock_shared($1)", ROWS_LEAVE)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute(_PLAIN_TEXT)
            yield
    finally:
        if not connection.is_closed():
            await connection.execute("select pg_advisory_unlock_shared($1)", ROWS_LEAVE)


async def read_schema(connection: Connection) -> Schema:
    rows = {row["name"]: row for row in await connection.fetch(_TABLES, _BOOK)}
    order = TopologicalSorter(
        {name: [one for one in row["refers_to"] if one in rows] for name, row in rows.items()}
    )
    return Schema(
        format=FORMAT,
        snapshot=await connection.fetchval("select now()"),
        migrations=await migrations(connection),
        tables=[_table(rows[name]) for name in order.static_order()],
        indexes={row["name"]: row["definition"] for row in await connection.fetch(_INDEXES)},
    )


async def migrations(connection: Connection) -> list[tuple[str, int, str]]:
    rows = await connection.fetch("select package, number, sha256 from migration order by package, number")
    return [(row["package"], row["number"], row["sha256"]) for row in rows]


async def read_rows(
    connection: Connection, table: Table, take: Callable[[bytes], Awaitable[None]]
) -> Content:
    digest = RowDigest()

    async def seen(data: bytes) -> None:
        digest.update(data)
        await take(data)

    await connection.copy_from_table(table.name, columns=table.columns, output=seen)
    return digest.content()


async def hash_rows(connection: Connection, table: Table) -> Content:
    async def drop(data: bytes) -> None:
        return None

    return await read_rows(connection, table, drop)


async def write_rows(connection: Connection, table: Table, rows: AsyncIterator[bytes]) -> None:
    await connection.copy_to_table(table.name, columns=table.columns, source=rows)


async def read_sequences(connection: Connection) -> dict[str, int]:
    """The last number given out by each; 0 where it has given none."""
    rows = await connection.fetch(
        "select sequencename as name, coalesce(last_value, 0) as last from pg_sequences where schemaname = 'public'"
    )
    return {row["name"]: row["last"] for row in rows}


async def set_sequence(connection: Connection, name: str, last: int) -> None:
    await connection.execute(
        "select setval(quote_ident($1)::regclass, greatest($2::bigint, 1), $2 > 0)", name, last
    )


async def tables_with_rows(connection: Connection, tables: Sequence[Table]) -> list[str]:
    """Of tables that hold rows of tenants: others may be filled by the schema itself."""
    found = []
    for table in tables:
        if "tenant" in table.columns and await connection.fetchval(
            f"select exists (select 1 from {quoted(table.name)})"
        ):
            found.append(table.name)
    return found


async def make_partitions(connection: Connection, tables: Sequence[Table]) -> None:
    """Those that the backed up node had made by itself."""
    for table in tables:
        if table.parent and table.bound:
            await connection.execute(
                f"create table if not exists {quoted(table.name)} partition of {quoted(table.parent)} {table.bound}"
            )


async def make_indexes(connection: Connection, indexes: dict[str, str]) -> None:
    known = {row["name"] for row in await connection.fetch(_INDEXES)}
    for name, definition in indexes.items():
        if name not in known:
            await connection.execute(definition)


async def open_for_loading(connection: Connection, tables: Sequence[Table]) -> None:
    """Empties the tables, and for this transaction takes off what stands in the way of COPY: triggers, whose effects are
    among the rows already, and row security, which binds even the owner."""
    await connection.execute("truncate " + ", ".join(quoted(table.name) for table in tables))
    for table in tables:
        await connection.execute(f"alter table {quoted(table.name)} disable trigger user")
        if table.forced:
            await connection.execute(f"alter table {quoted(table.name)} no force row level security")


async def close_after_loading(connection: Connection, tables: Sequence[Table]) -> None:
    # What refers to other rows is checked now: a table with checks that are due later cannot be altered.
    await connection.execute("set constraints all immediate")
    for table in tables:
        await connection.execute(f"alter table {quoted(table.name)} enable trigger user")
        if table.forced:
            await connection.execute(f"alter table {quoted(table.name)} force row level security")


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _table(row: "dict[str, object]") -> Table:
    return Table(
        name=str(row["name"]), columns=list(row["columns"]), forced=bool(row["forced"]),  # type: ignore[call-overload]
        parent=row["parent"], bound=row["bound"],  # type: ignore[arg-type]
    )  # fmt: skip
