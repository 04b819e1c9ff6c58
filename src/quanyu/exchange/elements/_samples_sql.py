"""The only SQL of share_element_sample."""

import msgspec

from quanyu.exchange.elements.model import Sample
from quanyu.store import Connection

_SAMPLE = "id, name, media_type, bytes, standard, author, at"


async def add(connection: Connection, tenant: str, element: str, made: Sample) -> bool:
    """Whether it is new."""
    added = await connection.fetchval(
        f"insert into share_element_sample (tenant, element, {_SAMPLE}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
        "on conflict (tenant, element, id) do nothing returning id",
        tenant, element, made.id, made.name, made.media_type, made.bytes, made.standard, made.author, made.at,
    )  # fmt: skip
    return added is not None


async def samples(connection: Connection, element: str) -> tuple[Sample, ...]:
    """Newest first."""
    rows = await connection.fetch(
        f"select {_SAMPLE} from share_element_sample where element = $1 order by at desc, id", element
    )
    return tuple(msgspec.convert(dict(row), Sample) for row in rows)


async def remove(connection: Connection, element: str, id: str) -> bool:
    gone = await connection.fetchval(
        "delete from share_element_sample where element = $1 and id = $2 returning id", element, id
    )
    return gone is not None
