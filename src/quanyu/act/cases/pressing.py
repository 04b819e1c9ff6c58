"""Open cases by the time that is left: what is late, what soon will be, and with whom it lies."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec

from quanyu.act.cases import _sql
from quanyu.act.cases.ground import Rings, parameters
from quanyu.act.cases.model import Case
from quanyu.core.geometry import Box
from quanyu.core.page_token import page_of, place_of
from quanyu.store import Connection


class Burden(msgspec.Struct, frozen=True, kw_only=True):
    """Open cases that lie with a body (None: the desk, or all of them); `soon` are due within the hours asked for and not late."""

    organisation: str | None
    open: int
    late: int
    soon: int


class Part(StrEnum):
    """`within` the hours asked for, or late; `near`: more than four fifths of the time in its state are over."""

    WITHIN = "within"
    LATE = "late"
    NEAR = "near"
    IN_TIME = "in_time"
    WITHOUT = "without"


class Pressing(msgspec.Struct, frozen=True, kw_only=True):
    """`items` due first, those without a limit last, `total` of them in all. `whole` counts each case once, also one that lies with
    several bodies.
    """

    at: datetime
    items: tuple[Case, ...]
    next: str | None
    total: int
    bodies: tuple[Burden, ...]
    whole: Burden


@dataclass(frozen=True, slots=True, kw_only=True)
class PressingQuery:
    """All that is given must hold. `organisations` None is every body."""

    hours: float = 24.0
    organisations: Collection[str] | None = None
    box: Box | None = None
    rings: Rings | None = None
    part: Part | None = None
    limit: int = 100
    after: str | None = None


_FIRST = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max  # noqa: DTZ901 (what the driver makes the database's `infinity`)


async def pressing(connection: Connection, wanted: PressingQuery, now: datetime) -> Pressing:
    """Raises Invalid for an `after` that no list has given out."""
    ground = parameters(wanted.box, wanted.rings)
    bodies = None if wanted.organisations is None else sorted(wanted.organisations)
    soon = now + timedelta(hours=wanted.hours)
    asked = _Asked(connection, (bodies, *ground), wanted.part, _span(wanted.part, now, soon))
    place = (
        place_of(wanted.after, tuple[datetime | None, str], refusal="act.case.token")
        if wanted.after
        else (_FIRST, "")
    )
    page = page_of(await asked.found(place, wanted.limit + 1), wanted.limit, lambda one: (one.due, one.id))
    rows = await _sql.burdens(connection, bodies, ground, now=now, soon=soon)
    whole = await _sql.burden_of_all(connection, bodies, ground, now=now, soon=soon)
    return Pressing(
        at=now,
        items=page.items,
        next=page.next,
        total=await asked.total(),
        bodies=tuple(Burden(**row) for row in rows),
        whole=Burden(organisation=None, **whole),
    )


_Place = tuple[datetime | None, str]
"""Due time, or none, and id."""


def _span(part: Part | None, now: datetime, soon: datetime) -> _sql.DueSpan:
    match part:
        case Part.WITHIN:
            return _sql.DueSpan(_FIRST, soon)
        case Part.LATE:
            return _sql.DueSpan(_FIRST, now)
        case Part.NEAR | Part.IN_TIME:
            return _sql.DueSpan(now, _NEVER, now, part is Part.NEAR)
        case _:
            return _sql.DueSpan(_FIRST, _NEVER)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Cases with a limit in the order of their due times, then those without one; either only where the part has any."""

    connection: Connection
    lying: _sql.Lying
    part: Part | None
    span: _sql.DueSpan

    async def found(self, place: _Place, limit: int) -> list[Case]:
        due, id = place
        found: list[Case] = []
        if self._has_due and due is not None:
            found = await _sql.due_first(self.connection, self.lying, self.span, (due, id), limit)
        if self._has_never_due and len(found) < limit:
            after = "" if due else id
            found += await _sql.never_due(self.connection, self.lying, after, limit - len(found))
        return found

    async def total(self) -> int:
        number = await _sql.count_due(self.connection, self.lying, self.span) if self._has_due else 0
        return number + (
            await _sql.count_never_due(self.connection, self.lying) if self._has_never_due else 0
        )

    @property
    def _has_due(self) -> bool:
        return self.part is not Part.WITHOUT

    @property
    def _has_never_due(self) -> bool:
        return self.part in (None, Part.WITHOUT)


async def newest_change(connection: Connection, tenant: str) -> datetime | None:
    """When a case of the tenant came or changed last; None where there is none."""
    return await _sql.newest_change(connection, tenant)
