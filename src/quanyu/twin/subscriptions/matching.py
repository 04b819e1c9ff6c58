"""From changes to what is to be told: which watch is concerned by which change, in their order."""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

from quanyu.store import Connection
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.query import Linked, Query, depth, link_ids, targets
from quanyu.twin.query import retrieve_many
from quanyu.twin.state import Op
from quanyu.twin.subscriptions import log
from quanyu.twin.subscriptions.change import Change, Happened, happened
from quanyu.twin.subscriptions.compose import Event
from quanyu.twin.subscriptions.concern import concerns, followed
from quanyu.twin.subscriptions.index import Index, Watch
from quanyu.twin.subscriptions.model import Trigger
from quanyu.twin.subscriptions.states import states_after

Concerned = tuple[Watch, Event]

Fetch = Callable[[Collection[str]], Awaitable[Mapping[str, Stored]]]
"""Of these entities those that there are."""

FAULTS = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""Mistakes of our own about one entity: noted, and the feed goes on."""

_log = logging.getLogger("quanyu.notifications")


async def concerned(
    connection: Connection, tenant: str, changes: Sequence[Change], index: Index, *, now: datetime
) -> list[Concerned]:
    """`changes` in order of their numbers; so is the answer."""
    asked = [(one, found) for one in changes if (found := _candidates(one, index))]
    if not asked:
        return []
    entities = await states_after(connection, tenant, [one for one, _ in asked])
    made: list[Concerned] = []
    born: set[tuple[str, datetime]] = set()
    for change, candidates in asked:
        entity = entities[change.seq]
        what = _what(change, entity, born)
        watches = [
            one for one in candidates if await _holds(connection, tenant, one, change.seq, what, entity, now)
        ]
        if watches:
            event = await _event(connection, tenant, change, what, entity, watches)
            made += [(one, event) for one in watches]
    return made


def _candidates(change: Change, index: Index) -> list[Watch]:
    """What is only told of the past (5.6.11) is no change."""
    return [] if change.op is Op.RECORD else index.candidates(change.id, change.types, change.names)


def _what(change: Change, entity: Stored, born: set[tuple[str, datetime]]) -> Happened:
    """Several changes of one commit share their moment: only the first of them is the creation."""
    what = happened(change, created=entity.created)
    if what.entity is not Trigger.ENTITY_CREATED:
        return what
    if (change.id, change.at) in born:
        return Happened(None, dict.fromkeys(change.attrs, frozenset((Trigger.ATTRIBUTE_UPDATED,))))
    born.add((change.id, change.at))
    return what


async def _holds(
    connection: Connection, tenant: str, watch: Watch, seq: int, what: Happened, entity: Stored, now: datetime
) -> bool:
    fetch = partial(retrieve_many, connection, tenant)
    linked = await linked_by(watch.query, entity, fetch) if followed(watch.query) else {}
    try:
        return concerns(watch, seq, what, entity, now=now, linked=linked)
    except FAULTS:
        _log.exception("change %s cannot be compared with %s", seq, watch.key)
        return False


async def linked_by(query: Query, entity: Stored, fetch: Fetch) -> Linked:
    """The entities that a q follows relationships to."""
    found: dict[str, Stored] = {}
    if query.q is None:
        return found
    wanted = list(targets(query.q))
    for _ in range(max(map(depth, wanted), default=0)):
        ids = {id for one in wanted for id in link_ids(one, entity, found)}
        if not ids:
            break
        found |= await fetch(ids)
    return found


async def _event(
    connection: Connection,
    tenant: str,
    change: Change,
    what: Happened,
    entity: Stored,
    watches: Sequence[Watch],
) -> Event:
    if what.entity is not None or not any(one.previous for one in watches):
        return Event(change=change, what=what, entity=entity)
    before = await log.before(connection, tenant, change, change.names)
    return Event(change=change, what=what, entity=entity, before={**before, **change.was})
