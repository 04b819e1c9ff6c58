"""What upkeep asks of the tables of `_sql`."""

from collections.abc import Sequence
from datetime import datetime

from quanyu.govern.imports._sql import WORKING
from quanyu.govern.imports.model import Part
from quanyu.store import Connection


async def remove_parts(connection: Connection, dataset: str, parts: Sequence[Part]) -> None:
    await connection.executemany(
        "delete from dataset_part where dataset = $1 and import = $2 and role = $3",
        [(dataset, part.import_id, part.role) for part in parts],
    )


async def part_paths(connection: Connection) -> set[str]:
    return {row["path"] for row in await connection.fetch("select path from dataset_part")}


async def kept_uploads(connection: Connection, *, given_up_since: datetime) -> set[str]:
    """Paths of uploaded files that are still to be read: of imports under way or given up lately, and of those that have
    no other raw material."""
    rows = await connection.fetch(
        """select f ->> 'path' as path from dataset_import i, jsonb_array_elements(i.files) f
        where i.state = any($1) or (i.state = 'failed' and i.finished >= $2)
          or (i.state = 'done' and not exists (
            select from dataset_part p where p.dataset = i.dataset and p.import = i.id and p.role = 'raw'))""",
        WORKING, given_up_since,
    )  # fmt: skip
    return {row["path"] for row in rows}


async def forsaken(connection: Connection, job: str) -> list[str]:
    """Imports under way without a job that waits or runs."""
    rows = await connection.fetch(
        """select i.id from dataset_import i where i.state = any($1) and not exists (
          select from job j where j.tenant = i.tenant and j.kind = $2 and j.state in ('waiting', 'running')
            and j.body ->> 'import' = i.id) order by i.id""",
        WORKING, job,
    )  # fmt: skip
    return [row["id"] for row in rows]
