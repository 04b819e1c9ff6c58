"""Who has used what: the days of a contract, and for whoever looks after data everybody who was given it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from litestar import Response, get

from quanyu.core.page_token import page_token, place_of
from quanyu.exchange.dataspace import odrl
from quanyu.exchange.delivery import ledger
from quanyu.exchange.delivery.ledger import Call, Day, User
from quanyu.exchange.http.asking import READ, After, Asker, Id, Limit, Name, Now, Store, Word
from quanyu.exchange.http.contracts import seen
from quanyu.exchange.links import Balance, Link, Month, balances, links_used, months
from quanyu.exchange.parties import bodies_of
from quanyu.exchange.titles import titles_of
from quanyu.govern.imports.access import dataset_for
from quanyu.store import Connection

_USED = timedelta(days=365)
_NEWEST = (datetime.max.replace(tzinfo=UTC), "")


class Days(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Day, ...]


class Users(msgspec.Struct, frozen=True, kw_only=True):
    """`titles` by the name of the dataset."""

    items: tuple[User, ...]
    titles: dict[str, str]


class Uses(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Call, ...]
    next: str | None


class BalanceSheet(msgspec.Struct, frozen=True, kw_only=True):
    """`links` are those of the asker's bodies; for the authority and auditors, all."""

    bodies: tuple[Balance, ...]
    links: tuple[Link, ...]
    months: tuple[Month, ...]


@get("/api/v1/sharing/contracts/{id:str}/days", opt=READ)
async def list_days(id: Id, actor: Asker, database: Store, clock: Now) -> Days:
    """Of the last year, those on which the contract was used."""
    async with database.tenant(actor.tenant) as connection:
        await seen(connection, actor, id, clock())
        return Days(items=tuple(await ledger.days(connection, id, clock() - _USED)))


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
async def list_users_of(name: Name, actor: Asker, database: Store, clock: Now) -> Users:
    """Who used the data in the last year, by person and purpose; for those who look after it."""
    async with database.tenant(actor.tenant) as connection:
        await dataset_for(connection, actor, name, "dataset.manage")
        return await _users(connection, None, name, clock() - _USED)


@get("/api/v1/sharing/users", opt=READ)
async def list_users(actor: Asker, database: Store, clock: Now, dataset: Word = None) -> Users:
    """Who used data of the asker's bodies in the last year; for the authority and auditors, of all bodies."""
    async with database.tenant(actor.tenant) as connection:
        return await _users(connection, bodies_of(actor), dataset, clock() - _USED)


async def _users(
    connection: Connection, providers: tuple[str, ...] | None, dataset: str | None, since: datetime
) -> Users:
    found = await ledger.users(connection, providers=providers, dataset=dataset, since=since)
    return Users(items=tuple(found), titles=await titles_of(connection, (one.dataset for one in found)))


@get("/api/v1/sharing/uses", opt=READ)
async def list_uses(
    actor: Asker, database: Store, dataset: Word = None, consumer: Word = None, person: Word = None, purpose: Word = None,
    after: After = None, limit: Limit = 50,
) -> Uses:  # fmt: skip
    """The single calls behind `users`, newest first."""
    place = _NEWEST if after is None else place_of(after, tuple[datetime, str], refusal="exchange.token")
    async with database.tenant(actor.tenant) as connection:
        found = await ledger.uses(
            connection, providers=bodies_of(actor), dataset=dataset, consumer=consumer, actor=person, purpose=purpose,
            before=place, limit=limit + 1,
        )  # fmt: skip
    shown = tuple(found[:limit])
    return Uses(items=shown, next=page_token((shown[-1].at, shown[-1].id)) if len(found) > limit else None)


@get("/api/v1/sharing/balance", opt=READ)
async def show_balance(actor: Asker, database: Store, clock: Now) -> BalanceSheet:
    """Of the last year: what each body gave and got, the links that were used, and their share of all possible ones by month."""
    since, bodies = clock() - _USED, bodies_of(actor)
    async with database.tenant(actor.tenant) as connection:
        return BalanceSheet(
            bodies=tuple(await balances(connection, since)),
            links=tuple(await links_used(connection, since, bodies)),
            months=tuple(await months(connection, since)),
        )


routes = (list_days, show_odrl, list_users_of, list_users, list_uses, show_balance)
