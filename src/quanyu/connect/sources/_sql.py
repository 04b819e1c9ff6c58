"""The only SQL of the table `source`. Its row is taken before all that is the source's (`hold`), so that nobody waits for
whoever waits for them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from quanyu.store import Connection

_EARLY = 5_000
"""So many messages are not gathered any longer."""

_REFUSALS = (
    """(select count(*) from source_refusal r where r.tenant=s.tenant and r.source=s.name) as refused"""
)


_RANK = """case when s.state='paused' then 2 when s.state='refused' or s.failures + s.link_failures > 0 then 0
  when s.succeeded_at is not null or s.records > 0 then 3 else 1 end"""
"""What fails, what has brought nothing yet, what is paused, what is well."""
_SEARCHED = """concat_ws(' ', s.name, s.dataset, translate(s.dataset, '-_', '  '), s.title, jsonb_path_query_array(coalesce(s.fault, s.link_fault), '$.**.values.*')::text)"""
"""Of a dataset without a title in their language people read the words of its name."""
_ASKED = f"""s.tenant=$1 and ($2::text[] is null or s.owner = any($2))
  and ($3 = '' or strpos(lower({_SEARCHED}), lower($3)) > 0 or s.dataset = any($4))"""

Place = tuple[int, str]
"""Rank and name."""


async def put(connection: Connection, row: Sequence[Any], *, keep_secret: bool) -> None:
    """A source with other settings begins anew; with the same ones it goes on where it was."""
    await connection.execute(
        """insert into source(tenant, name, kind, dataset, settings, secret, every_seconds, owner, title)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (tenant, name) do update set dataset=excluded.dataset, settings=excluded.settings, owner=excluded.owner,
          title=coalesce(excluded.title, source.title),
          secret=case when $10 then coalesce(excluded.secret, source.secret) else excluded.secret end,
          every_seconds=excluded.every_seconds, due=now(), failures=0, fault=null,
          cursor=case when source.settings=excluded.settings and source.dataset=excluded.dataset then source.cursor end,
          linked=null, link_failures=0, link_fault=null""",
        *row,
        keep_secret,
    )


async def find(
    connection: Connection, tenant: str, *, owners: Sequence[str] | None = None, text: str = "",
    datasets: Sequence[str] = (), worst: bool = False, after: Place | None = None, limit: int | None = None,
) -> list[Any]:  # fmt: skip
    """By name, or those first that somebody has to look after. `owners` None: of all; `limit` None: to the end.

    `text` is part of what the source itself says, or of what `datasets` are called.
    """
    rank = _RANK if worst else "0"
    rows: list[Any] = await connection.fetch(
        f"""select s.*, {_REFUSALS}, {rank} as rank from source s
        where {_ASKED} and ($5::bigint is null or ({rank}, s.name) > ($5, $6)) order by rank, s.name limit $7""",
        tenant, owners, text, datasets, *(after or (None, None)), limit,
    )  # fmt: skip
    return rows


async def count(
    connection: Connection, tenant: str, *, owners: Sequence[str] | None = None, text: str = "",
    datasets: Sequence[str] = (),
) -> int:  # fmt: skip
    found: int = await connection.fetchval(
        f"select count(*) from source s where {_ASKED}", tenant, owners, text, datasets
    )
    return found


async def one(connection: Connection, tenant: str, name: str, *, lock: bool = False) -> Any:
    return await connection.fetchrow(
        f"select s.*, {_REFUSALS} from source s where tenant=$1 and name=$2" + (" for update of s" if lock else ""),
        tenant, name,
    )  # fmt: skip


async def hold(connection: Connection, tenant: str, name: str) -> None:
    """Nobody else stores, keeps aside or drops anything of the source until our commit."""
    await connection.execute("select from source where tenant=$1 and name=$2 for update", tenant, name)


async def due(connection: Connection, tenant: str, now: datetime) -> list[Any]:
    rows: list[Any] = await connection.fetch(
        """select * from source where tenant=$1 and state='active' and (due<=$2 or (waiting>=$3 and failures=0))
        order by due""",
        tenant, now, _EARLY,
    )  # fmt: skip
    return rows


async def active(connection: Connection, tenant: str, kinds: Sequence[str]) -> list[Any]:
    rows: list[Any] = await connection.fetch(
        "select * from source where tenant=$1 and state='active' and kind=any($2::text[])", tenant, kinds
    )
    return rows


async def set_state(connection: Connection, tenant: str, name: str, state: str) -> bool:
    done = await connection.execute(
        "update source set state=$3 where tenant=$1 and name=$2", tenant, name, state
    )
    return bool(done.endswith(" 1"))


async def set_due(connection: Connection, tenant: str, name: str, due: datetime) -> bool:
    done = await connection.execute("update source set due=$3 where tenant=$1 and name=$2", tenant, name, due)
    return bool(done.endswith(" 1"))


async def remove(connection: Connection, tenant: str, name: str) -> bool:
    await hold(connection, tenant, name)
    for table in ("source_message", "source_packet", "source_refusal", "source_terminal", "source_order"):
        await connection.execute(f"delete from {table} where tenant=$1 and source=$2", tenant, name)
    done = await connection.execute("delete from source where tenant=$1 and name=$2", tenant, name)
    return bool(done.endswith(" 1"))


async def advance(
    connection: Connection,
    tenant: str,
    name: str,
    *,
    cursor: dict[str, Any] | None,
    records: int,
    now: datetime,
) -> None:
    """In the middle of a run. `cursor` null: it is where it was."""
    await connection.execute(
        """update source set cursor=coalesce($3, cursor), records=records+$4, newest=case when $4>0 then $5 else newest end
        where tenant=$1 and name=$2""",
        tenant, name, cursor, records, now,
    )  # fmt: skip


async def succeeded(connection: Connection, tenant: str, name: str, now: datetime) -> None:
    await connection.execute(
        """update source set failures=0, fault=null, succeeded_at=$3, due=$3::timestamptz+every_seconds*interval '1 second'
        where tenant=$1 and name=$2""",
        tenant, name, now,
    )  # fmt: skip


async def failed(
    connection: Connection,
    tenant: str,
    name: str,
    *,
    fault: dict[str, Any],
    now: datetime,
    wait: timedelta | None,
) -> None:
    """`wait` null: the next run comes at its usual time."""
    await connection.execute(
        """update source set failures=failures+1, fault=$3, fault_at=$4,
        due=$4::timestamptz+coalesce($5::interval, every_seconds*interval '1 second') where tenant=$1 and name=$2""",
        tenant, name, fault, now, wait,
    )  # fmt: skip


async def linked(connection: Connection, tenant: str, name: str, now: datetime) -> None:
    await connection.execute(
        "update source set linked=$3, link_failures=0, link_fault=null where tenant=$1 and name=$2",
        tenant,
        name,
        now,
    )


async def unlinked(
    connection: Connection, tenant: str, name: str, *, fault: dict[str, Any] | None, now: datetime
) -> None:
    """`fault` null: on purpose."""
    await connection.execute(
        """update source set linked=null, link_failures=link_failures+($3::jsonb is not null)::int,
        link_fault=coalesce($3, link_fault), link_fault_at=case when $3::jsonb is null then link_fault_at else $4 end
        where tenant=$1 and name=$2""",
        tenant, name, fault, now,
    )  # fmt: skip
