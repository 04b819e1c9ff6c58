"""The only SQL of the table `source_message`, and of its counters in `source`."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from quanyu.connect.sources.mqtt import Message
from quanyu.store import Connection


async def store(
    connection: Connection,
    tenant: str,
    source: str,
    messages: Sequence[Message],
    *,
    most: int,
    most_bytes: int,
) -> bool | None:
    """False where they pass the limit, None where the source does not exist. All are stored or none.

    Counting first holds the source's row, so that two writers cannot pass the limit together.
    """
    counted = await connection.fetchrow(
        "select waiting, waiting_bytes from source where tenant=$1 and name=$2 for update", tenant, source
    )
    if counted is None:
        return None
    size = sum(len(message.payload) for message in messages)
    if counted["waiting"] + len(messages) > most or counted["waiting_bytes"] + size > most_bytes:
        return False
    stored = await connection.fetchrow(
        """with new as (
          insert into source_message(tenant, source, topic, payload, packet)
          select $1, $2, m.topic, m.payload, m.packet
          from unnest($3::text[], $4::bytea[], $5::int[], $6::bool[]) with ordinality m(topic, payload, packet, repeated, place)
          where not (m.repeated and exists (select from source_message k where k.tenant=$1 and k.source=$2
            and k.packet=m.packet and k.topic=m.topic and k.payload=m.payload))
          order by place returning octet_length(payload) as size)
        select count(*)::int as n, coalesce(sum(size), 0)::bigint as bytes from new""",
        tenant, source, [message.topic for message in messages], [message.payload for message in messages],
        [message.packet for message in messages], [message.repeated for message in messages],
    )  # fmt: skip
    await _count(connection, tenant, source, stored["n"], stored["bytes"])
    return True


async def newest(connection: Connection, tenant: str, source: str) -> int:
    found: int = await connection.fetchval(
        "select coalesce(max(id), 0) from source_message where tenant=$1 and source=$2", tenant, source
    )
    return found


async def take(
    connection: Connection, tenant: str, source: str, delivery: str, *, last: int, most: int, most_bytes: int
) -> str | None:
    """The delivery that was begun and not ended, else a new one of the oldest messages up to `last`; None without any."""
    begun: str | None = await connection.fetchval(
        "select delivery from source_message where tenant=$1 and source=$2 and delivery is not null order by id limit 1",
        tenant, source,
    )  # fmt: skip
    if begun is not None:
        return begun
    done = await connection.execute(
        """update source_message m set delivery=$3 from (
          select id, sum(octet_length(payload)) over (order by id) - octet_length(payload) as before
          from (select id, payload from source_message where tenant=$1 and source=$2 and id<=$6 order by id limit $4) oldest) o
        where m.tenant=$1 and m.source=$2 and m.id=o.id and o.before<$5""",
        tenant, source, delivery, most, most_bytes, last,
    )  # fmt: skip
    return None if done.endswith(" 0") else delivery


async def of_delivery(
    connection: Connection, tenant: str, source: str, delivery: str
) -> AsyncIterator[tuple[datetime, str, bytes]]:
    async for row in connection.cursor(
        "select arrived, topic, payload from source_message where tenant=$1 and source=$2 and delivery=$3 order by id",
        tenant, source, delivery, prefetch=500,
    ):  # fmt: skip
        yield row["arrived"], row["topic"], row["payload"]


async def drop(connection: Connection, tenant: str, source: str, delivery: str) -> None:
    gone: Any = await connection.fetchrow(
        """with gone as (delete from source_message where tenant=$1 and source=$2 and delivery=$3
          returning octet_length(payload) as size)
        select count(*)::int as n, coalesce(sum(size), 0)::bigint as bytes from gone""",
        tenant, source, delivery,
    )  # fmt: skip
    await _count(connection, tenant, source, -gone["n"], -gone["bytes"])


async def _count(connection: Connection, tenant: str, source: str, messages: int, size: int) -> None:
    await connection.execute(
        "update source set waiting=waiting+$3, waiting_bytes=waiting_bytes+$4 where tenant=$1 and name=$2",
        tenant, source, messages, size,
    )  # fmt: skip
