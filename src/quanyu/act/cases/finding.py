"""Cases by what is asked of them, a page at a time."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from quanyu.act.cases import _sql
from quanyu.act.cases._sql import Span
from quanyu.act.cases.ground import Rings, parameters
from quanyu.act.cases.model import Case
from quanyu.core.geometry import Box
from quanyu.core.page_token import page_token, place_of
from quanyu.core.text import search_query
from quanyu.store import Connection

MAX_LIMIT = 500
ALWAYS: Span = (None, None)
_NEWEST = (datetime.max.replace(tzinfo=UTC), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseQuery:
    """All that is given must hold; newest first. `reported` and `closed` are from and before, None: without end."""

    state: str | None = None
    category: str | None = None
    organisations: Collection[str] | None = None
    text: str = ""
    open: bool | None = None
    channel: str | None = None
    box: Box | None = None
    rings: Rings | None = None
    reported: Span = ALWAYS
    closed: Span = ALWAYS
    limit: int = 50
    after: str | None = None


@dataclass(frozen=True, slots=True)
class CasePage:
    items: tuple[Case, ...]
    next: str | None


async def find(connection: Connection, wanted: CaseQuery) -> CasePage:
    limit = max(1, min(wanted.limit, MAX_LIMIT))
    text = search_query(wanted.text) if wanted.text else None
    if wanted.text and not text:
        return CasePage((), None)
    ground = parameters(wanted.box, wanted.rings)
    bodies = None if wanted.organisations is None else sorted(wanted.organisations)
    found = await _sql.cases(
        connection, state=wanted.state, category=wanted.category, organisations=bodies, text=text, open=wanted.open,
        channel=wanted.channel, after=_position(wanted.after), ground=ground, limit=limit + 1,
        reported=wanted.reported, closed=wanted.closed,
    )  # fmt: skip
    shown = found[:limit]
    return CasePage(
        tuple(shown), page_token((shown[-1].reported, shown[-1].id)) if len(found) > limit else None
    )


def _position(token: str | None) -> tuple[datetime, str]:
    return _NEWEST if token is None else place_of(token, tuple[datetime, str], refusal="act.case.token")
