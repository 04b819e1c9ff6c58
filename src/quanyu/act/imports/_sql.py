"""The only statements on imports of cases."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from quanyu.store import Connection

_COLUMNS = "id, system, actor, begun, finished, read, made, known, refused, fault"


class CaseImport(msgspec.Struct, frozen=True, kw_only=True):
    """`read` lines so far, of which `made` are new cases, `known` were here, `refused` wait with their reasons."""

    id: str
    system: str
    actor: str
    begun: datetime
    finished: datetime | None
    read: int
    made: int
    known: int
    refused: int
    fault: str | None


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    line: int
    content: dict[str, str]
    faults: list[dict[str, Any]]


async def begin(
    connection: Connection, tenant: str, id: str, *, system: str, mapping: object, actor: str, file: str, now: datetime
) -> None:  # fmt: skip
    await connection.execute(
        "insert into case_import (tenant, id, system, mapping, actor, file, begun) values ($1, $2, $3, $4, $5, $6, $7)",
        tenant, id, system, mapping, actor, file, now,
    )  # fmt: skip


async def import_(connection: Connection, id: str) -> CaseImport | None:
    row = await connection.fetchrow(f"select {_COLUMNS} from case_import where id = $1", id)
    return CaseImport(**row) if row else None


async def imports(connection: Connection, limit: int) -> list[CaseImport]:
    """Newest first."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from case_import order by begun desc, id limit $1", limit
    )
    return [CaseImport(**row) for row in rows]


async def asked(connection: Connection, id: str) -> tuple[str, Any, str, int] | None:
    """File, mapping, actor, and how many rows are done."""
    row = await connection.fetchrow("select file, mapping, actor, read from case_import where id = $1", id)
    return tuple(row) if row else None


async def externals(connection: Connection, numbers: Sequence[str]) -> set[str]:
    """Those of them that are here."""
    rows = await connection.fetch("select external from case_record where external = any($1)", list(numbers))
    return {row["external"] for row in rows}


async def advance(
    connection: Connection,
    tenant: str,
    id: str,
    *,
    read: int,
    made: int,
    known: int,
    refused: Sequence[Refusal],
) -> None:
    """In the transaction that made the cases."""
    await connection.executemany(
        "insert into case_import_refusal (tenant, import_id, line, content, faults) values ($1, $2, $3, $4, $5) "
        "on conflict do nothing",
        [(tenant, id, one.line, one.content, one.faults) for one in refused],
    )
    await connection.execute(
        "update case_import set read = read + $3, made = made + $4, known = known + $5, refused = refused + $6 "
        "where tenant = $1 and id = $2",
        tenant, id, read, made, known, len(refused),
    )  # fmt: skip


async def finish(connection: Connection, tenant: str, id: str, *, fault: str | None, now: datetime) -> None:
    await connection.execute(
        "update case_import set finished = $3, fault = $4, file = '' where tenant = $1 and id = $2",
        tenant, id, now, fault,
    )  # fmt: skip


async def refusals(connection: Connection, id: str, *, after: int, limit: int) -> list[Refusal]:
    rows = await connection.fetch(
        "select line, content, faults from case_import_refusal where import_id = $1 and line > $2 order by line limit $3",
        id, after, limit,
    )  # fmt: skip
    return [Refusal(**row) for row in rows]
