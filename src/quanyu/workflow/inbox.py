"""One inbox per person and role, over all kinds of work, what is due first on top."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from quanyu.core.page_token import page_token, place_of
from quanyu.store import Connection
from quanyu.workflow import _sql
from quanyu.workflow.model import Doer, Standing

MAX_LIMIT = 200
_NEVER = datetime.max  # noqa: DTZ901 (what the driver makes of the database's `infinity`)
_BEGINNING = (datetime.min.replace(tzinfo=UTC), "", 0)


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A move that is somebody's to make. `due` None has no limit, or its clock stands."""

    instance: str
    position: int
    definition: str
    subject: str
    state: str
    role: str
    organisation: str | None
    assignee: str | None
    standing: Standing
    entered: datetime
    due: datetime | None


@dataclass(frozen=True, slots=True)
class Inbox:
    """`next` leads to the following part, None at the end."""

    items: tuple[Item, ...]
    next: str | None


async def inbox(connection: Connection, doer: Doer, *, limit: int = 50, after: str | None = None) -> Inbox:
    """What any of the doer's roles may move in their bodies, and is not another person's. Raises Invalid."""
    limit = max(1, min(limit, MAX_LIMIT))
    bodies = None if doer.organisations is None else ["", *sorted(doer.organisations)]
    rows = await _sql.inbox(
        connection, sorted(doer.served), bodies, after=_position(after), person=doer.id, limit=limit + 1
    )
    shown = rows[:limit]
    return Inbox(tuple(map(_item, shown)), _token(shown[-1]) if len(rows) > limit else None)


def _item(row: Any) -> Item:
    return Item(
        instance=row["instance"], position=row["position"], definition=row["definition"], subject=row["subject"],
        state=row["state"], role=row["role"], organisation=row["organisation"] or None, assignee=row["assignee"],
        standing=Standing(row["standing"]), entered=row["entered"], due=_due(row),
    )  # fmt: skip


def _due(row: Any) -> datetime | None:
    due: datetime = row["due"]
    return None if due == _NEVER else due


def _token(row: Any) -> str:
    return page_token((_due(row), row["instance"], row["position"]))


def _position(token: str | None) -> tuple[datetime, str, int]:
    if token is None:
        return _BEGINNING
    due, instance, position = place_of(
        token, tuple[datetime | None, str, int], refusal="workflow.inbox.token"
    )
    return due or _NEVER, instance, position
