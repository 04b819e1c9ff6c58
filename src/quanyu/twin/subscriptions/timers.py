"""Periodic subscriptions (ETSI GS CIM 009, 5.8.6, timeInterval): all that matches, again and again, in step for ever."""

import logging
from datetime import datetime, timedelta

from quanyu.store import Connection
from quanyu.twin.find import find_after
from quanyu.twin.search import BEGINNING, Search, TooComplexQuery, position_of
from quanyu.twin.subscriptions import _sql
from quanyu.twin.subscriptions.book import Book, is_active, watch_of
from quanyu.twin.subscriptions.model import Kept
from quanyu.twin.subscriptions.queue import Message
from quanyu.twin.subscriptions.telling import Teller

PAGE = 1000
"""Entities of one notification; where more match there are more of them."""

_log = logging.getLogger("quanyu.notifications")


async def periodic(
    connection: Connection, tenant: str, book: Book, teller: Teller, *, now: datetime
) -> list[Message]:
    """Of those whose time has come; their next time is noted in the same transaction."""
    made: list[Message] = []
    for id, due in (await _sql.due(connection, tenant, now)).items():
        kept = book.all.get(id)
        if kept is None or kept.subscription.interval is None:
            continue
        await _sql.set_due(connection, tenant, id, following(due, kept.subscription.interval, now))
        if is_active(kept, now):
            made += await _all_that_match(connection, kept, teller, now)
    return made


def following(due: datetime, seconds: float, now: datetime) -> datetime:
    """The first time after now, in step; what was missed while nobody ran is told once, not as often."""
    step = timedelta(seconds=seconds)
    return due + step * (max(0, (now - due) // step) + 1)


async def _all_that_match(connection: Connection, kept: Kept, teller: Teller, now: datetime) -> list[Message]:
    """A query that takes longer than one may is told to the log of the node, and stops nobody else's."""
    watch, after, made = watch_of(kept), BEGINNING, list[Message]()
    try:
        async with connection.transaction():
            while True:
                search = Search(tenant=kept.tenant, query=watch.query)
                found = await find_after(connection, search, after, limit=PAGE)
                made += await teller.whole(connection, kept, found.items, now=now)
                if not found.more:
                    return made
                after = position_of(found.items[-1])
    except TooComplexQuery as error:
        _log.warning("periodic subscription %s is silent: %s", kept.subscription.id, error)
        return []
