"""The only SQL of grading."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from quanyu.govern.grading.model import ColumnGrade, Grade, Grading
from quanyu.store import Connection


async def get(connection: Connection, name: str, *, lock: bool = False) -> Grading | None:
    row = await connection.fetchrow(
        "select * from grading where name = $1" + (" for update" if lock else ""), name
    )
    return _grading(row) if row else None


async def get_each(connection: Connection, names: Sequence[str]) -> dict[str, Grading]:
    rows = await connection.fetch("select * from grading where name = any($1)", names)
    return {row["name"]: _grading(row) for row in rows}


async def put(connection: Connection, tenant: str, name: str, grading: Grading, *, at: datetime) -> None:
    await connection.execute(
        """insert into grading (tenant, name, state, grade, columns, inherited, reason, decided_by, at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (tenant, name) do update set state = excluded.state, grade = excluded.grade,
            columns = excluded.columns, inherited = excluded.inherited, reason = excluded.reason,
            decided_by = excluded.decided_by, at = excluded.at""",
        tenant, name, "confirmed" if grading.confirmed else "suggested", grading.grade, grading.columns,
        grading.inherited, grading.reason, grading.decided_by, at,
    )  # fmt: skip


def _grading(row: Any) -> Grading:
    return Grading(
        grade=Grade(row["grade"]),
        columns=msgspec.convert(row["columns"], tuple[ColumnGrade, ...]),
        inherited=Grade(row["inherited"]) if row["inherited"] else None,
        confirmed=row["state"] == "confirmed",
        reason=row["reason"],
        decided_by=row["decided_by"],
    )
