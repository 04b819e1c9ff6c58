"""The only SQL of copies: items of other bodies that carry a settled element."""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec

from quanyu.exchange.elements.copied import Copy, Known, Settled
from quanyu.store import Connection

_KNOWN = """select e.code, e.title_zh, e.title_en, s.lead, s.beside, s.items from share_element_source as s
    join share_element as e on e.tenant = s.tenant and e.code = s.element where s.effective_to is null"""
_SETTLED = _KNOWN.replace("s.items from", "s.items, s.effective_from from")
_COPY = """select c.element, e.title_zh, e.title_en, c.dataset, c.item, c.body, s.lead, s.items -> 0 as source, c.state, c.reason, c.found,
    c.modified, (select r.id from share_request as r where r.tenant = c.tenant and r.consumer = c.body and r.consumer_node = ''
        and r.dataset = s.items -> 0 ->> 'dataset' and (r.outcome is null or r.outcome = 'done') order by r.created desc limit 1) as request
    from share_element_copy as c
    join share_element as e on e.tenant = c.tenant and e.code = c.element
    join share_element_source as s on s.tenant = c.tenant and s.element = c.element and s.effective_to is null"""


async def known(connection: Connection) -> list[Known]:
    return [msgspec.convert(dict(row), Known) for row in await connection.fetch(f"{_KNOWN} order by e.code")]


async def settled(connection: Connection, codes: Collection[str]) -> list[Settled]:
    rows = await connection.fetch(f"{_SETTLED} and e.code = any($1::text[]) order by e.code", list(codes))
    return [msgspec.convert(dict(row), Settled) for row in rows]


async def add(
    connection: Connection, tenant: str, element: str, dataset: str, item: str, body: str, now: datetime
) -> bool:
    """Whether it is new."""
    added = await connection.fetchval(
        "insert into share_element_copy (tenant, element, dataset, item, body, state, found, modified) "
        "values ($1, $2, $3, $4, $5, 'found', $6, $6) on conflict (tenant, element, dataset, item) do update set body = excluded.body "
        "where share_element_copy.body <> excluded.body returning element",
        tenant, element, dataset, item, body, now,
    )  # fmt: skip
    return added is not None


async def forget(
    connection: Connection, tenant: str, *, dataset: str | None, element: str | None, but: Sequence[tuple[str, str, str]]
) -> None:  # fmt: skip
    """Those of a dataset or of an element that are not among `but` (element, dataset, item)."""
    await connection.execute(
        "delete from share_element_copy where tenant = $1 and ($2::text is null or dataset = $2) and ($3::text is null or element = $3) "
        "and not exists (select from unnest($4::text[], $5::text[], $6::text[]) as kept (element, dataset, item) "
        "where kept.element = share_element_copy.element and kept.dataset = share_element_copy.dataset "
        "and kept.item = share_element_copy.item)",
        tenant, dataset, element, *([one[at] for one in but] for at in range(3)),
    )  # fmt: skip


async def judge(
    connection: Connection, tenant: str, found: Copy, state: str, reason: str, now: datetime
) -> None:
    await connection.execute(
        "update share_element_copy set state = $5, reason = $6, modified = $7 "
        "where tenant = $1 and element = $2 and dataset = $3 and item = $4",
        tenant, found.element, found.dataset, found.item, state, reason, now,
    )  # fmt: skip


async def copy(connection: Connection, element: str, dataset: str, item: str) -> Copy | None:
    row = await connection.fetchrow(
        f"{_COPY} where c.element = $1 and c.dataset = $2 and c.item = $3", element, dataset, item
    )
    return msgspec.convert(dict(row), Copy) if row else None


async def find(
    connection: Connection, bodies: Sequence[str] | None, *, element: str | None, body: str | None, state: str | None,
    after: tuple[str, str, str], limit: int,
) -> list[Copy]:  # fmt: skip
    """By element, dataset and item."""
    rows = await connection.fetch(
        f"{_COPY} where ($1::text[] is null or c.body = any($1) or s.lead = any($1)) and ($2::text is null or c.element = $2) "
        "and ($3::text is null or c.body = $3) and ($4::text is null or c.state = $4) "
        "and (c.element, c.dataset, c.item) > ($5, $6, $7) order by c.element, c.dataset, c.item limit $8",
        None if bodies is None else list(bodies), element, body, state, *after, limit,
    )  # fmt: skip
    return [msgspec.convert(dict(row), Copy) for row in rows]
