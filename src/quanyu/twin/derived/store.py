"""Derived subscriptions in the database: what is to stand where, who works at it, and how that ended."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from quanyu.store import Connection
from quanyu.twin.derived import _sql
from quanyu.twin.derived.model import Derived
from quanyu.twin.registrations.parse import parse

AT_ONCE = 32
LEASE = timedelta(seconds=60)
"""Longer than a call may take: a process that ends in it leaves it to others after that."""


@dataclass(frozen=True, slots=True)
class Look:
    """A tenant with subscriptions: up to which versions its derived ones are worked out, and whether one is due."""

    tenant: str
    revision: int
    subscriptions: int | None
    registrations: int | None
    address: str | None
    due: bool

    def stale(self, version: int, address: str) -> bool:
        """Without registrations there is nothing to work out."""
        if self.subscriptions is None:
            return version > 0
        there = (self.subscriptions, self.registrations, self.address)
        return self.due or there != (self.revision, version, address)


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """Up to which versions, and the address that sources were given for their notifications."""

    registrations: int
    subscriptions: int
    address: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a derived subscription fares: whether the source keeps it yet, whether it is to end, how often that failed."""

    registration: str
    endpoint: str
    held: bool
    ending: bool
    tries: int
    fault: str | None
    due: datetime | None


async def looks(connection: Connection, now: datetime) -> list[Look]:
    return [Look(*row) for row in await connection.fetch(_sql.LOOK, now)]


async def begin(connection: Connection, tenant: str) -> WorkedOut:
    """How far the tenant is worked out. Nobody else changes anything before our commit:
    whoever changes rows asks for this one first.
    """
    await connection.execute(_sql.BEGIN, tenant)
    return WorkedOut(*await connection.fetchrow(_sql.STATE, tenant))


async def done(connection: Connection, tenant: str, now: WorkedOut) -> None:
    await connection.execute(_sql.DONE, tenant, now.registrations, now.subscriptions, now.address)
    await connection.execute(_sql.NEXT, tenant)


async def changed_since(connection: Connection, tenant: str, revision: int) -> set[str]:
    """Ids of our subscriptions."""
    return {row["id"] for row in await connection.fetch(_sql.SUBSCRIPTIONS, tenant, revision)}


async def about(connection: Connection, tenant: str, types: Collection[str] | None) -> set[str]:
    """Ids of those of our subscriptions that may be about entities of these types; None: of any."""
    found = await connection.fetch(_sql.ABOUT, tenant, None if types is None else list(types))
    return {row["id"] for row in found}


async def rows_of(connection: Connection, tenant: str, ids: Collection[str]) -> list[Any]:
    rows: list[Any] = await connection.fetch(_sql.OF, tenant, list(ids))
    return rows


async def wanted(
    connection: Connection, tenant: str, *, subscriptions: Collection[str], registrations: Collection[str]
) -> list[Derived]:
    rows = await connection.fetch(_sql.WANTED, tenant, list(subscriptions), list(registrations))
    return [_derived(row) for row in rows]


async def insert(connection: Connection, made: Derived, *, now: datetime) -> None:
    await connection.execute(
        _sql.INSERT, made.tenant, made.token, made.subscription, made.source.id, made.source.document, made.via,
        made.wanted, made.source.expires, now,
    )  # fmt: skip


async def change(connection: Connection, made: Derived, *, now: datetime) -> None:
    await connection.execute(
        _sql.CHANGE,
        made.tenant,
        made.token,
        made.source.document,
        made.via,
        made.wanted,
        made.source.expires,
        now,
    )


async def notify_anew(connection: Connection, tenant: str) -> None:
    """What sources keep names an address that is ours no longer."""
    await connection.execute(_sql.ANEW, tenant)


async def end(connection: Connection, tenant: str, gone: Sequence[Derived], *, now: datetime) -> None:
    await connection.execute(_sql.END, tenant, now, [one.token for one in gone])


async def end_what_is_over(connection: Connection, tenant: str, *, now: datetime) -> None:
    """Of subscriptions and registrations that are gone, and of registrations whose time is over."""
    await connection.execute(_sql.END_OVER, tenant, now)


async def take(connection: Connection, tenant: str, *, now: datetime) -> list[Derived]:
    """What is due, for us alone for a while."""
    rows = await connection.fetch(_sql.TAKE, tenant, now, now + LEASE, AT_ONCE)
    return [replace(_derived(row), left_over=row["left_over"]) for row in rows]


async def held(connection: Connection, one: Derived, remote: str, *, again: datetime, now: datetime) -> None:
    """The source keeps what was wanted of it when we took it."""
    await begin(connection, one.tenant)
    await connection.execute(_sql.HELD, one.tenant, one.token, one.wanted, remote, again, now)
    await connection.execute(_sql.NEXT, one.tenant)


async def failed(connection: Connection, one: Derived, fault: str, *, again: datetime, now: datetime) -> None:
    await begin(connection, one.tenant)
    await connection.execute(_sql.FAILED, one.tenant, one.token, fault[:1000], one.wanted, again, now)
    await connection.execute(_sql.NEXT, one.tenant)


async def lost(connection: Connection, one: Derived, *, now: datetime) -> None:
    """The source does not know it any more."""
    await begin(connection, one.tenant)
    await connection.execute(_sql.LOST, one.tenant, one.token, now)
    await connection.execute(_sql.NEXT, one.tenant)


async def gone(connection: Connection, one: Derived) -> None:
    await begin(connection, one.tenant)
    await connection.execute(_sql.GONE, one.tenant, one.token)
    await connection.execute(_sql.NEXT, one.tenant)


async def find(connection: Connection, tenant: str, token: str) -> Derived | None:
    """One that is to end is none any more."""
    row = await connection.fetchrow(_sql.ONE, tenant, token)
    return None if row is None else _derived(row)


async def shown(
    connection: Connection, tenant: str, subscriptions: Collection[str]
) -> Mapping[str, list[Standing]]:
    """How those of each subscription fare."""
    found: dict[str, list[Standing]] = {}
    for subscription, *row in await connection.fetch(_sql.SHOWN, tenant, list(subscriptions)):
        found.setdefault(subscription, []).append(Standing(*row))
    return found


def _derived(row: Any) -> Derived:
    return Derived(
        tenant=row["tenant"], token=row["token"], subscription=row["subscription"],
        source=parse(row["source"], kept=True), via=row["via"], wanted=row["wanted"], held=row["held"],
        remote=row["remote"], unwanted=row["unwanted"], tries=row["tries"], fault=row["fault"],
    )  # fmt: skip
