"""Who has used what: the days of a contract, and for whoever looks after data everybody who was given it."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Response, get
from litestar.params import QueryParameter

from quanyu.core.errors import Invalid
from quanyu.core.page_token import page_token, place_in_time, place_of
from quanyu.exchange.dataspace import odrl
from quanyu.exchange.delivery import uses
from quanyu.exchange.delivery.uses import Among, Day, Period, Place, Sought, Use, User
from quanyu.exchange.http.asking import READ, After, Asker, Id, Limit, Name, Now, Store, Word
from quanyu.exchange.http.contracts import Calls, seen
from quanyu.exchange.links import (
    Arrived,
    Balance,
    Line,
    Link,
    Month,
    arrived,
    balances,
    lines,
    links_used,
    months,
)
from quanyu.exchange.parties import Party, bodies_of
from quanyu.exchange.titles import titles_of
from quanyu.govern.imports.access import dataset_for
from quanyu.store import Connection

_USED = timedelta(days=365)
FirstDay = Annotated[date | None, QueryParameter()]


class Days(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Day, ...]


class Users(msgspec.Struct, frozen=True, kw_only=True):
    """`titles` by the name of the dataset. The first page says what all calls that were looked for come to (`total`), and `among` what
    the list may be narrowed to, however it is narrowed now."""

    items: tuple[User, ...]
    titles: dict[str, str]
    next: str | None
    total: Use | None = None
    among: Among | None = None


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """`titles` by the name of the dataset."""

    items: tuple[Line, ...]
    titles: dict[str, str]


class BalanceSheet(msgspec.Struct, frozen=True, kw_only=True):
    """`links` are those of the asker's bodies (`own`); for the authority and auditors, who have None, all."""

    own: tuple[str, ...] | None
    bodies: tuple[Balance, ...]
    links: tuple[Link, ...]
    months: tuple[Month, ...]


@get("/api/v1/sharing/contracts/{id:str}/days", opt=READ)
async def list_days(id: Id, actor: Asker, database: Store, clock: Now) -> Days:
    """Of the last year, those on which the contract was used."""
    async with database.tenant(actor.tenant) as connection:
        await seen(connection, actor, id, clock())
        return Days(items=tuple(await uses.days(connection, id, clock() - _USED)))


@get("/api/v1/sharing/contracts/{id:str}/odrl", opt=READ)
async def show_odrl(id: Id, actor: Asker, database: Store, clock: Now) -> Response[dict[str, Any]]:
    """The terms in force as an agreement in ODRL; before that, nothing is agreed and the policy is empty."""
    async with database.tenant(actor.tenant) as connection:
        found = await seen(connection, actor, id, clock())
    said = found.terms and odrl.agreement(
        f"urn:uuid:{found.id}", found.dataset, found.terms, assigner=found.provider, assignee=found.consumer.desk,
        at=found.created.isoformat(),
    )  # fmt: skip
    return Response(said or {}, media_type="application/ld+json")


@get("/api/v1/sharing/datasets/{name:str}/users", opt=READ)
async def list_users_of(
    name: Name, actor: Asker, database: Store, clock: Now, after: After = None, limit: Limit = 100
) -> Users:
    """Who used the data in the last year, by person and purpose; for those who look after it."""
    async with database.tenant(actor.tenant) as connection:
        await dataset_for(connection, actor, name, "dataset.manage")
        sought = Sought(dataset=name)
        return await _users(connection, sought, sought, clock(), after, limit)


@get("/api/v1/sharing/users", opt=READ)
async def list_users(
    actor: Asker, database: Store, clock: Now, dataset: Word = None, consumer: Word = None, named: Word = None,
    after: After = None, limit: Limit = 100,
) -> Users:  # fmt: skip
    """Who used data of the asker's bodies in the last year; for the authority and auditors, of all bodies."""
    own = Sought(providers=bodies_of(actor))
    sought = msgspec.structs.replace(own, dataset=dataset, consumer=_party(consumer), named=named or None)
    async with database.tenant(actor.tenant) as connection:
        return await _users(connection, sought, own, clock(), after, limit)


async def _users(
    connection: Connection, sought: Sought, own: Sought, now: datetime, after: str | None, limit: int
) -> Users:
    """`own`: all that the asker may be told of."""
    place = None if after is None else place_of(after, Place, refusal="exchange.token")
    until = place.until if place else now
    if not now - _USED < until <= now:
        raise Invalid("exchange.token", token=str(after)[:80])
    period = Period(since=until - _USED, until=until)
    found = await uses.users(connection, sought, period, after=place, limit=limit + 1)
    shown, first = tuple(found[:limit]), after is None
    offered = await uses.among(connection, own, period) if first else None
    named = {one.dataset for one in shown} | set(offered.datasets if offered else ())
    return Users(
        items=shown, titles=await titles_of(connection, named),
        next=page_token(Place.of(shown[-1], until)) if len(found) > limit else None,
        total=await uses.in_all(connection, sought, period) if first else None, among=offered,
    )  # fmt: skip


def _party(desk: str | None) -> Party | None:
    """`body`, or `body@node` of another node."""
    return Party.at(desk) if desk else None


@get("/api/v1/sharing/uses", opt=READ)
async def list_uses(
    actor: Asker, database: Store, dataset: Word = None, consumer: Word = None, person: Word = None,
    purpose: Word = None, after: After = None, limit: Limit = 50,
) -> Calls:  # fmt: skip
    """The single calls behind `users`, newest first."""
    place = place_in_time(after, refusal="exchange.token")
    sought = Sought(
        providers=bodies_of(actor), dataset=dataset, consumer=_party(consumer), actor=person, purpose=purpose
    )
    async with database.tenant(actor.tenant) as connection:
        found = await uses.uses(connection, sought, before=place, limit=limit + 1)
    return Calls.page(found, limit)


@get("/api/v1/sharing/balance", opt=READ)
async def show_balance(actor: Asker, database: Store, clock: Now) -> BalanceSheet:
    """Of the last year: what each body gave and got, the links that were used, and their share of all possible ones by month."""
    since, bodies = clock() - _USED, bodies_of(actor)
    async with database.tenant(actor.tenant) as connection:
        return BalanceSheet(
            own=bodies,
            bodies=tuple(await balances(connection, since)),
            links=tuple(await links_used(connection, since, bodies)),
            months=tuple(await months(connection, since)),
        )


@get("/api/v1/sharing/links", opt=READ)
async def list_links(actor: Asker, database: Store, clock: Now, month: FirstDay = None) -> Lines:
    """What the balance counts, of the last year or of a month in it: which data went from whom to whom. Those of the asker's
    bodies; for the authority and auditors, all."""
    sought = Arrived(since=clock() - _USED, bodies=bodies_of(actor), month=month)
    async with database.tenant(actor.tenant) as connection:
        found = await lines(connection, sought)
        titles = await titles_of(connection, {one.dataset for one in found})
    return Lines(items=tuple(found), titles=titles)


@get("/api/v1/sharing/links/calls", opt=READ)
async def list_link_calls(
    actor: Asker, database: Store, clock: Now, month: FirstDay = None, provider: Word = None, consumer: Word = None,
    dataset: Word = None, after: After = None, limit: Limit = 50,
) -> Calls:  # fmt: skip
    """The single calls behind `links`, newest first."""
    place = place_in_time(after, refusal="exchange.token")
    sought = Arrived(
        since=clock() - _USED, bodies=bodies_of(actor), month=month, provider=provider, consumer=consumer, dataset=dataset
    )  # fmt: skip
    async with database.tenant(actor.tenant) as connection:
        found = await arrived(connection, sought, before=place, limit=limit + 1)
    return Calls.page(found, limit)


routes = (
    list_days,
    show_odrl,
    list_users_of,
    list_users,
    list_uses,
    show_balance,
    list_links,
    list_link_calls,
)
