"""The only SQL of the tables `source_message` and `source_packet`, and of their counters in `source`."""

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
    known = await _known(connection, tenant, source, [message for message in messages if message.repeated])
    new = [
        message
        for message in messages
        if not message.repeated or (message.packet, message.digest) not in known
    ]
    size = sum(len(message.payload) for message in new)
    if counted["waiting"] + len(new) > most or counted["waiting_bytes"] + size > most_bytes:
        return False
    await connection.execute(
        """insert into source_message(tenant, source, topic, payload)
        select $1, $2, m.topic, m.payload
        from unnest($3::text[], $4::bytea[]) with ordinality m(topic, payload, place) order by place""",
        tenant, source, [message.topic for message in new], [message.payload for message in new],
    )  # fmt: skip
    await _remember(connection, tenant, source, new)
    await _count(connection, tenant, source, len(new), size)
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
        """update source_message set delivery=$3 where tenant=$1 and source=$2 and id <= (
          select max(id) from (
            select id, sum(octet_length(payload)) over (order by id) - octet_length(payload) as before
            from (select id, payload from source_message where tenant=$1 and source=$2 and id<=$6 order by id limit $4) oldest) o
          where before < $5)""",
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


async def _known(
    connection: Connection, tenant: str, source: str, messages: Sequence[Message]
) -> set[tuple[int, bytes]]:
    if not messages:
        return set()
    rows = await connection.fetch(
        "select packet, digest from source_packet where tenant=$1 and source=$2 and packet=any($3::int[])",
        tenant, source, [message.packet for message in messages],
    )  # fmt: skip
    return {(row["packet"], row["digest"]) for row in rows}


async def _remember(connection: Connection, tenant: str, source: str, messages: Sequence[Message]) -> None:
    """An identifier that comes twice in one group was acknowledged in between; the later one counts."""
    packets = {message.packet: message.digest for message in messages if message.packet is not None}
    if packets:
        await connection.execute(
            """insert into source_packet(tenant, source, packet, digest)
            select $1, $2, p.packet, p.digest from unnest($3::int[], $4::bytea[]) p(packet, digest)
            on conflict (tenant, source, packet) do update set digest=excluded.digest""",
            tenant, source, list(packets), list(packets.values()),
        )  # fmt: skip


async def _count(connection: Connection, tenant: str, source: str, messages: int, size: int) -> None:
    await connection.execute(
        "update source set waiting=waiting+$3, waiting_bytes=waiting_bytes+$4 where tenant=$1 and name=$2",
        tenant, source, messages, size,
    )  # fmt: skip
