"""Periodic subscriptions (ETSI GS CIM 009, 5.8.6, timeInterval): all that matches, again and again, in step for ever."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

from quanyu.store import Connection
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.query import Parameters, Query, condition, matches
from quanyu.twin.query import retrieve_many
from quanyu.twin.subscriptions import _sql
from quanyu.twin.subscriptions.book import Book, is_active, watch_of
from quanyu.twin.subscriptions.queue import Message
from quanyu.twin.subscriptions.telling import Teller

PAGE = 1000
"""Entities of one notification; where more match there are more of them."""


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
            watch = watch_of(kept)
            async for entities in _matching(connection, tenant, watch.query):
                made += await teller.periodic(connection, watch, entities, now=now)
    return made


def following(due: datetime, seconds: float, now: datetime) -> datetime:
    """The first time after now, in step; what was missed while nobody ran is told once, not as often."""
    step = timedelta(seconds=seconds)
    return due + step * (max(0, (now - due) // step) + 1)


async def _matching(connection: Connection, tenant: str, query: Query) -> AsyncIterator[Sequence[Stored]]:
    """In pages; only what may fit is fetched, the evaluator decides."""
    after = ""
    while True:
        parameters = Parameters([tenant, after])
        where = condition(query, parameters)
        rows = await connection.fetch(
            f"select id from entity where tenant = $1 and id > $2 and ({where}) order by id limit {PAGE}",
            *parameters.values,
        )
        found = await retrieve_many(connection, tenant, [row[0] for row in rows])
        entities = [one for one in found.values() if matches(query, one)]
        if entities:
            yield sorted(entities, key=lambda one: one.id)
        if len(rows) < PAGE:
            return
        after = rows[-1][0]
