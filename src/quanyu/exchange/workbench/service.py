"""Saved queries: kept by one, seen by all where they share it. Raises NotFound for what is not theirs to see."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from quanyu.core.errors import NotFound, TooLarge
from quanyu.core.page_token import Page, page_of, place_of
from quanyu.exchange.within import Within
from quanyu.exchange.workbench import _sql
from quanyu.exchange.workbench.model import Draft, SavedQuery

MOST_KEPT = 200


@dataclass(frozen=True, slots=True)
class SavedQueries(Within):
    async def listed(self, text: str, *, limit: int, after: str | None) -> Page[SavedQuery]:
        """`text` is part of a name, of the query or of who keeps it. Raises Invalid for an `after` that no list has given out."""
        place = after and place_of(after, tuple[bool, datetime, str], refusal="exchange.token")
        found = await _sql.seen(self.connection, self.actor, text=text, after=place or None, limit=limit + 1)
        return page_of(found, limit, lambda one: (one.mine, one.modified, one.id))

    async def keep(self, draft: Draft) -> SavedQuery:
        """Raises TooLarge: nobody keeps more than `MOST_KEPT`."""
        if await _sql.count_own(self.connection, self.actor) >= MOST_KEPT:
            raise TooLarge("exchange.workbench.kept", most=MOST_KEPT)
        id = secrets.token_hex(8)
        await _sql.add(self.connection, self.actor, id, draft, self.now)
        return await self.one(id)

    async def change(self, id: str, draft: Draft) -> SavedQuery:
        if not await _sql.change(self.connection, self.actor, id, draft, self.now):
            raise NotFound("exchange.workbench.unknown", id=id[:40])
        return await self.one(id)

    async def drop(self, id: str) -> None:
        if not await _sql.remove(self.connection, self.actor, id):
            raise NotFound("exchange.workbench.unknown", id=id[:40])

    async def one(self, id: str) -> SavedQuery:
        """One's own, or what somebody shares. Raises NotFound."""
        found = await _sql.one(self.connection, self.actor, id)
        if found is None:
            raise NotFound("exchange.workbench.unknown", id=id[:40])
        return found
