"""The only SQL of quarantine_fix."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from quanyu.govern.quarantine.model import Fix, RowFault, RowId, State
from quanyu.store import Connection

_FIX = "import, row, state, edits, faults, reason, rule, released_as, version, actor, at"


async def closed(connection: Connection, dataset: str) -> dict[tuple[str, int], str]:
    """Rows that are open no more, each with its state."""
    rows = await connection.fetch(
        "select import, row, state from quarantine_fix where dataset = $1 and state in ('released', 'dismissed', 'superseded')",
        dataset,
    )
    return {(row["import"], row["row"]): row["state"] for row in rows}


async def states(connection: Connection, dataset: str) -> list[tuple[str, int, str]]:
    """Every row about which something was decided."""
    rows = await connection.fetch("select import, row, state from quarantine_fix where dataset = $1", dataset)
    return [(row["import"], row["row"], row["state"]) for row in rows]


async def edits(connection: Connection, dataset: str) -> dict[tuple[str, int], dict[str, str | None]]:
    """What people changed in rows that are still of interest."""
    rows = await connection.fetch(
        """select import, row, edits from quarantine_fix
        where dataset = $1 and edits <> '{}' and state in ('open', 'mended', 'released')""",
        dataset,
    )
    return {(row["import"], row["row"]): row["edits"] for row in rows}


async def fixes(
    connection: Connection, dataset: str, rows: Sequence[RowId], *, lock: bool = False
) -> dict[RowId, Fix]:
    found = await connection.fetch(
        f"""select {_FIX} from quarantine_fix
        where dataset = $1 and (import, row) in (select * from unnest($2::text[], $3::bigint[]))"""
        + (" for update" if lock else ""),
        dataset, [row.import_id for row in rows], [row.row for row in rows],
    )  # fmt: skip
    return {(fix := _fix(row)).row: fix for row in found}


async def put(connection: Connection, tenant: str, dataset: str, fixes: Iterable[Fix]) -> None:
    await connection.executemany(
        """insert into quarantine_fix (tenant, dataset, import, row, state, edits, faults, reason, rule, released_as, version, actor, at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        on conflict (tenant, dataset, import, row) do update set state = excluded.state, edits = excluded.edits,
          faults = excluded.faults, reason = excluded.reason, rule = excluded.rule, released_as = excluded.released_as,
          version = excluded.version, actor = excluded.actor, at = excluded.at""",
        [
            (tenant, dataset, fix.row.import_id, fix.row.row, fix.state, fix.edits, list(fix.faults), fix.reason, fix.rule,
             fix.released_as, fix.version, fix.actor, fix.at)
            for fix in fixes
        ],
    )  # fmt: skip


async def supersede(
    connection: Connection,
    tenant: str,
    dataset: str,
    rows: Sequence[tuple[str, int]],
    *,
    by: str,
    at: datetime,
) -> None:
    """What a newer import brought again is open no more; edits that were begun stay readable."""
    await connection.execute(
        """insert into quarantine_fix (tenant, dataset, import, row, state, actor, at)
        select $1, $2, import, row, 'superseded', $5, $6 from unnest($3::text[], $4::bigint[]) as replaced (import, row)
        on conflict (tenant, dataset, import, row) do update set state = 'superseded', version = quarantine_fix.version + 1,
          actor = excluded.actor, at = excluded.at""",
        tenant, dataset, [row[0] for row in rows], [row[1] for row in rows], by, at,
    )  # fmt: skip


def _fix(row: Any) -> Fix:
    return Fix(
        row=RowId(import_id=row["import"], row=row["row"]),
        state=State(row["state"]),
        edits=row["edits"],
        faults=msgspec.convert(row["faults"], tuple[RowFault, ...]),
        reason=row["reason"],
        rule=row["rule"],
        released_as=row["released_as"],
        version=row["version"],
        actor=row["actor"],
        at=row["at"],
    )
