"""Who has used what, read from the ledger: by body, person and purpose, call by call, day by day."""

from datetime import date, datetime
from typing import Annotated

import msgspec

from quanyu.core.clock import CITY_ZONE
from quanyu.exchange.delivery.ledger import Call, calls_among
from quanyu.exchange.parties import Party
from quanyu.store import Connection


class Use(msgspec.Struct, frozen=True, kw_only=True):
    calls: int
    rows: int
    bytes: int


class User(Use, frozen=True, kw_only=True):
    """Somebody who used a dataset for a purpose: how often, and how much they were given."""

    dataset: str
    provider: str
    consumer: str
    consumer_node: str
    actor: str
    actor_name: str
    purpose: str
    last: datetime


class Day(Use, frozen=True, kw_only=True):
    """Of the city's calendar."""

    day: date


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """Both ends count. What is called while somebody reads on changes no page."""

    since: datetime
    until: datetime


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """What calls are looked for; None is any. `providers` whose data, `named` a part of the person's name."""

    providers: tuple[str, ...] | None = None
    dataset: str | None = None
    consumer: Party | None = None
    named: str | None = None
    actor: str | None = None
    purpose: str | None = None

    @property
    def values(self) -> tuple[object, ...]:
        providers = None if self.providers is None else list(self.providers)
        body, node = (self.consumer.organisation, self.consumer.node) if self.consumer else (None, None)
        return (providers, self.dataset, body, node, self.named, self.actor, self.purpose)


class Among(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of users may be narrowed to."""

    datasets: tuple[str, ...]
    consumers: tuple[Party, ...]


class Place(msgspec.Struct, frozen=True, array_like=True):
    """The last one of a page of users, in the order of the list; `until` when calls counted."""

    until: Annotated[datetime, msgspec.Meta(tz=True)]
    calls: Annotated[int, msgspec.Meta(ge=1, le=10**12)]
    dataset: str
    provider: str
    consumer: str
    node: str
    actor: str
    purpose: str

    @classmethod
    def of(cls, user: User, until: datetime) -> "Place":
        return cls(
            until, user.calls, user.dataset, user.provider, user.consumer, user.consumer_node, user.actor, user.purpose
        )  # fmt: skip


_SOUGHT = (
    "share_call as c join share_contract as k on k.tenant = c.tenant and k.id = c.contract "
    "where ($1::text[] is null or k.provider = any($1)) and ($2::text is null or k.dataset = $2) "
    "and ($3::text is null or c.consumer = $3) and ($4::text is null or k.consumer_node = $4) "
    "and ($5::text is null or position(lower($5) in lower(coalesce(nullif(c.actor_name, ''), c.actor))) > 0) "
    "and ($6::text is null or c.actor = $6) and ($7::text is null or c.purpose = $7)"
)
_SUMS = (
    "count(*) as calls, coalesce(sum(c.rows), 0)::bigint as rows, coalesce(sum(c.bytes), 0)::bigint as bytes"
)


async def users(
    connection: Connection, sought: Sought, period: Period, *, after: Place | None, limit: int
) -> list[User]:
    """By person and purpose, whoever called most first."""
    whose = "k.dataset, k.provider, c.consumer, k.consumer_node, c.actor, c.purpose"
    _, *place = (None, None, *[""] * 6) if after is None else msgspec.structs.astuple(after)
    rows = await connection.fetch(
        f"select {whose}, max(c.actor_name) as actor_name, max(c.at) as last, {_SUMS} from {_SOUGHT} "
        f"and c.at >= $8 and c.at <= $9 group by {whose} "
        f"having $10::bigint is null or (-count(*), {whose}) > (-$10, $11, $12, $13, $14, $15, $16) "
        f"order by count(*) desc, {whose} limit $17",
        *sought.values, period.since, period.until, *place, limit,
    )  # fmt: skip
    return [User(**dict(row)) for row in rows]


async def in_all(connection: Connection, sought: Sought, period: Period) -> Use:
    row = await connection.fetchrow(
        f"select {_SUMS} from {_SOUGHT} and c.at >= $8 and c.at <= $9", *sought.values, period.since, period.until
    )  # fmt: skip
    return Use(**dict(row))


async def among(connection: Connection, sought: Sought, period: Period) -> Among:
    rows = await connection.fetch(
        f"select distinct k.dataset, c.consumer, k.consumer_node from {_SOUGHT} and c.at >= $8 and c.at <= $9",
        *sought.values, period.since, period.until,
    )  # fmt: skip
    consumers = sorted({(row["consumer_node"], row["consumer"]) for row in rows})
    return Among(
        datasets=tuple(sorted({row["dataset"] for row in rows})),
        consumers=tuple(Party(organisation=one, node=node) for node, one in consumers),
    )


async def uses(
    connection: Connection, sought: Sought, *, before: tuple[datetime, str], limit: int
) -> list[Call]:
    """Single calls, newest first."""
    return await calls_among(connection, _SOUGHT, sought.values, before=before, limit=limit)


async def days(connection: Connection, contract: str, since: datetime) -> list[Day]:
    """On which days a contract was used, the oldest first."""
    rows = await connection.fetch(
        f"select (c.at at time zone $3)::date as day, {_SUMS} "
        "from share_call as c where c.contract = $1 and c.at >= $2 group by day order by day",
        contract, since, CITY_ZONE.key,
    )  # fmt: skip
    return [Day(**dict(row)) for row in rows]
