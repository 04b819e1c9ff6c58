"""Open cases by the time that is left: what is late, what soon will be, and with whom it lies."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from quanyu.act.cases import _sql
from quanyu.act.cases.ground import Rings, parameters
from quanyu.act.cases.model import Case
from quanyu.core.geometry import Box
from quanyu.store import Connection


class Burden(msgspec.Struct, frozen=True, kw_only=True):
    """Open cases that lie with a body (None: the desk, or all of them); `soon` are due within the hours asked for and not late."""

    organisation: str | None
    open: int
    late: int
    soon: int


class Pressing(msgspec.Struct, frozen=True, kw_only=True):
    """`items` due first, those without a limit last. `whole` counts each case once, also one that lies with several bodies."""

    at: datetime
    items: tuple[Case, ...]
    bodies: tuple[Burden, ...]
    whole: Burden


@dataclass(frozen=True, slots=True, kw_only=True)
class PressingQuery:
    """All that is given must hold. `organisations` None is every body."""

    hours: float = 24.0
    organisations: Collection[str] | None = None
    box: Box | None = None
    rings: Rings | None = None
    limit: int = 100


async def pressing(connection: Connection, wanted: PressingQuery, now: datetime) -> Pressing:
    ground = parameters(wanted.box, wanted.rings)
    bodies = None if wanted.organisations is None else sorted(wanted.organisations)
    soon = now + timedelta(hours=wanted.hours)
    items = await _sql.due_first(connection, bodies, ground, wanted.limit)
    rows = await _sql.burdens(connection, bodies, ground, now=now, soon=soon)
    whole = await _sql.burden_of_all(connection, bodies, ground, now=now, soon=soon)
    return Pressing(
        at=now,
        items=tuple(items),
        bodies=tuple(Burden(**row) for row in rows),
        whole=Burden(organisation=None, **whole),
    )


async def newest_change(connection: Connection, tenant: str) -> datetime | None:
    """When a case of the tenant came or changed last; None where there is none."""
    return await _sql.newest_change(connection, tenant)
