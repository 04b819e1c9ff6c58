"""The only SQL of the tables `source` and `source_message`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from quanyu.store import Connection


async def put(connection: Connection, row: Sequence[Any]) -> None:
    await connection.execute(
        """insert into source(tenant, name, kind, dataset, settings, secret, every_seconds)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (tenant, name) do update set kind=excluded.kind, dataset=excluded.dataset, settings=excluded.settings,
          secret=coalesce(excluded.secret, source.secret), every_seconds=excluded.every_seconds, due=now(), failures=0""",
        *row,
    )


async def all_of(connection: Connection, tenant: str) -> list[Any]:
    rows: list[Any] = await connection.fetch(
        """select s.*, (select count(*) from source_message m where m.tenant=s.tenant and m.source=s.name) as waiting
        from source s where tenant=$1 order by name""",
        tenant,
    )
    return rows


async def one(connection: Connection, tenant: str, name: str) -> Any:
    return await connection.fetchrow(
        "select *, 0 as waiting from source where tenant=$1 and name=$2", tenant, name
    )


async def due(connection: Connection, tenant: str, now: datetime) -> list[Any]:
    rows: list[Any] = await connection.fetch(
        "select * from source where tenant=$1 and state='active' and due<=$2 order by due", tenant, now
    )
    return rows


async def active(connection: Connection, tenant: str, kind: str) -> list[Any]:
    rows: list[Any] = await connection.fetch(
        "select * from source where tenant=$1 and state='active' and kind=$2", tenant, kind
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
    await connection.execute("delete from source_message where tenant=$1 and source=$2", tenant, name)
    done = await connection.execute("delete from source where tenant=$1 and name=$2", tenant, name)
    return bool(done.endswith(" 1"))


async def succeeded(
    connection: Connection, tenant: str, name: str, *, cursor: dict[str, Any], records: int, now: datetime
) -> None:
    await connection.execute(
        """update source set cursor=$3, failures=0, fault=null, succeeded_at=$5, records=records+$4,
        newest=case when $4>0 then $5 else newest end, due=$5::timestamptz+every_seconds*interval '1 second'
        where tenant=$1 and name=$2""",
        tenant, name, cursor, records, now,
    )  # fmt: skip


async def failed(
    connection: Connection, tenant: str, name: str, *, fault: str, now: datetime, wait: timedelta
) -> None:
    await connection.execute(
        """update source set failures=failures+1, fault=$3, fault_at=$4, due=$4::timestamptz+$5::interval where tenant=$1 and name=$2""",
        tenant, name, fault, now, wait,
    )  # fmt: skip


async def store_messages(
    connection: Connection, tenant: str, source: str, messages: Sequence[tuple[str, bytes]]
) -> None:
    await connection.execute(
        """insert into source_message(tenant, source, topic, payload)
        select $1, $2, m.topic, m.payload
        from unnest($3::text[], $4::bytea[]) with ordinality m(topic, payload, place) order by place""",
        tenant, source, [topic for topic, _ in messages], [payload for _, payload in messages],
    )  # fmt: skip


async def take_messages(
    connection: Connection, tenant: str, source: str, delivery: str, limit: int
) -> tuple[str, list[Any]]:
    """Messages of the delivery that was begun and not ended, else the oldest free ones as a new delivery."""
    begun = await connection.fetchval(
        "select delivery from source_message where tenant=$1 and source=$2 and delivery is not null limit 1",
        tenant,
        source,
    )
    if begun is None:
        begun = delivery
        await connection.execute(
            """update source_message set delivery=$3 where tenant=$1 and source=$2 and id in
            (select id from source_message where tenant=$1 and source=$2 order by id limit $4)""",
            tenant, source, delivery, limit,
        )  # fmt: skip
    rows = await connection.fetch(
        "select arrived, topic, payload from source_message where tenant=$1 and source=$2 and delivery=$3 order by id",
        tenant, source, begun,
    )  # fmt: skip
    return begun, rows


async def drop_messages(connection: Connection, tenant: str, source: str, delivery: str) -> None:
    await connection.execute(
        "delete from source_message where tenant=$1 and source=$2 and delivery=$3", tenant, source, delivery
    )
