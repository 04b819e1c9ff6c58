"""The only SQL of elements, of claims to be their source and of what is settled."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from quanyu.exchange.elements.model import Accord, Claim, ClaimState, Element, Source, Wanted
from quanyu.store import Connection
from quanyu.workflow import Instance, Position

_ELEMENT = """select e.code, e.title_zh, e.title_en, e.definition, e.subject, e.reason, e.asked_by, e.instance, e.round, e.state, e.due,
    e.outcome, e.author, e.created, e.modified, s.lead, coalesce(s.beside, '[]') as beside,
    (select count(*) from share_element_claim as c where c.tenant = e.tenant and c.element = e.code and c.round = e.round
        and c.state = 'standing')::int as claims
    from share_element as e
    left join share_element_source as s on s.tenant = e.tenant and s.element = e.code
        and s.effective_from <= $1 and (s.effective_to is null or s.effective_to > $1)"""
_CLAIM = ", ".join(Claim.__struct_fields__)
_ACCORD = ", ".join(Accord.__struct_fields__)
_SOURCE = ", ".join(Source.__struct_fields__)


async def ask(
    connection: Connection,
    tenant: str,
    said: Wanted,
    *,
    body: str,
    work: Instance,
    author: str,
    now: datetime,
) -> None:
    """Anew where its last way has ended; what was settled and claimed before stays."""
    await connection.execute(
        """insert into share_element (tenant, code, title_zh, title_en, definition, subject, reason, asked_by, instance, state, author,
        created, modified) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
        on conflict (tenant, code) do update set title_zh = excluded.title_zh, title_en = excluded.title_en,
            definition = excluded.definition, subject = excluded.subject, reason = excluded.reason, asked_by = excluded.asked_by,
            instance = excluded.instance, author = excluded.author, round = share_element.round + 1""",
        tenant, said.code, said.title_zh, said.title_en, said.definition, said.subject, said.reason, body, work.id,
        work.positions[0].state, author, now,
    )  # fmt: skip


async def element(connection: Connection, code: str, now: datetime, *, lock: bool = False) -> Element | None:
    row = await connection.fetchrow(
        f"{_ELEMENT} where e.code = $2" + (" for update of e" if lock else ""), now, code
    )
    return _element(row) if row else None


async def find(
    connection: Connection, now: datetime, *, state: str | None, open: bool | None, settled: bool | None, body: str | None, words: str,
    after: tuple[datetime, str], limit: int,
) -> list[Element]:  # fmt: skip
    """The last moved first. `body`: that asked for it, claims it or is its source."""
    rows = await connection.fetch(
        f"""{_ELEMENT} where ($2::text is null or e.state = $2) and ($3::boolean is null or (e.outcome is null) = $3)
        and ($4::boolean is null or (s.lead is not null) = $4)
        and ($5::text is null or e.asked_by = $5 or s.lead = $5 or s.beside ? $5 or exists (select from share_element_claim as c
            where c.tenant = e.tenant and c.element = e.code and c.body = $5 and c.state <> 'withdrawn'))
        and ($6 = '' or position(lower($6) in lower(concat_ws(' ', e.code, e.title_zh, e.title_en, e.subject))) > 0)
        and (e.modified, e.code) < ($7, $8) order by e.modified desc, e.code desc limit $9""",
        now, state, open, settled, body, words, *after, limit,
    )  # fmt: skip
    return [_element(row) for row in rows]


async def mirror(connection: Connection, tenant: str, work: Instance, at: Position, now: datetime) -> None:
    await connection.execute(
        "update share_element set state = $3, due = $4, outcome = $5, modified = $6 where tenant = $1 and instance = $2",
        tenant, work.id, at.state, at.deadline.due if at.deadline else None, work.outcome, now,
    )  # fmt: skip


async def open_round(connection: Connection, tenant: str, code: str) -> None:
    await connection.execute(
        "update share_element set round = round + 1 where tenant = $1 and code = $2", tenant, code
    )


async def rung(connection: Connection, states: Sequence[str], now: datetime, limit: int) -> list[str]:
    """Elements whose clock has run out, if their work has moved or not."""
    rows = await connection.fetch(
        "select code from share_element where outcome is null and state = any($1) and due <= $2 order by due limit $3",
        list(states), now, limit,
    )  # fmt: skip
    return [row["code"] for row in rows]


async def put_claim(connection: Connection, tenant: str, code: str, claim: Claim) -> None:
    values: dict[str, Any] = msgspec.to_builtins(claim, builtin_types=(datetime,))
    changed = ", ".join(f"{name} = excluded.{name}" for name in values if name not in ("round", "body"))
    places = ", ".join(f"${place}" for place in range(3, len(values) + 3))
    await connection.execute(
        f"insert into share_element_claim (tenant, element, {', '.join(values)}) values ($1, $2, {places}) "
        f"on conflict (tenant, element, round, body) do update set {changed}",
        tenant, code, *values.values(),
    )  # fmt: skip


async def set_claim(
    connection: Connection, tenant: str, code: str, round: int, body: str, state: ClaimState
) -> None:
    await connection.execute(
        "update share_element_claim set state = $5 where tenant = $1 and element = $2 and round = $3 and body = $4",
        tenant, code, round, body, state,
    )  # fmt: skip


async def claims(connection: Connection, code: str, round: int | None = None) -> tuple[Claim, ...]:
    """In the order in which they came."""
    rows = await connection.fetch(
        f"select {_CLAIM} from share_element_claim where element = $1 and ($2::int is null or round = $2) order by at, body",
        code, round,
    )  # fmt: skip
    return tuple(msgspec.convert(dict(row), Claim) for row in rows)


async def put_accord(connection: Connection, tenant: str, code: str, accord: Accord) -> None:
    values: dict[str, Any] = msgspec.to_builtins(accord, builtin_types=(datetime,))
    places = ", ".join(f"${place}" for place in range(3, len(values) + 3))
    await connection.execute(
        f"insert into share_element_accord (tenant, element, {', '.join(values)}) values ($1, $2, {places}) "
        "on conflict (tenant, element, round, number) do update set accepted = excluded.accepted, state = excluded.state",
        tenant, code, *values.values(),
    )  # fmt: skip


async def accords(connection: Connection, code: str, round: int) -> tuple[Accord, ...]:
    rows = await connection.fetch(
        f"select {_ACCORD} from share_element_accord where element = $1 and round = $2 order by number",
        code,
        round,
    )
    return tuple(msgspec.convert(dict(row), Accord) for row in rows)


async def supersede(connection: Connection, tenant: str, code: str, round: int) -> None:
    """Whatever claimants have proposed, or agreed on, in this round."""
    await connection.execute(
        "update share_element_accord set state = 'superseded' where tenant = $1 and element = $2 and round = $3",
        tenant, code, round,
    )  # fmt: skip


async def put_source(connection: Connection, tenant: str, code: str, source: Source) -> None:
    values: dict[str, Any] = msgspec.to_builtins(source, builtin_types=(datetime,))
    places = ", ".join(f"${place}" for place in range(3, len(values) + 3))
    await connection.execute(
        f"insert into share_element_source (tenant, element, {', '.join(values)}) values ($1, $2, {places}) "
        "on conflict (tenant, element, version) do update set effective_to = excluded.effective_to, items = excluded.items",
        tenant, code, *values.values(),
    )  # fmt: skip


async def sources(connection: Connection, code: str) -> tuple[Source, ...]:
    """Oldest first."""
    rows = await connection.fetch(
        f"select {_SOURCE} from share_element_source where element = $1 order by version", code
    )
    return tuple(msgspec.convert(dict(row), Source) for row in rows)


def _element(row: asyncpg.Record) -> Element:
    return msgspec.convert(dict(row), Element)
