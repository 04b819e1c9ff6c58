"""Whether a change concerns a watch, and with which attributes (ETSI GS CIM 009, 5.8.6)."""

from datetime import datetime

from quanyu.twin.model import Stored
from quanyu.twin.ngsild.query import Linked, matches, targets
from quanyu.twin.ngsild.query.tree import Link, Query
from quanyu.twin.subscriptions.change import Happened
from quanyu.twin.subscriptions.index import Watch
from quanyu.twin.subscriptions.model import Trigger

_NOTHING: Linked = {}
_OF_ENTITIES = frozenset((Trigger.ENTITY_CREATED, Trigger.ENTITY_DELETED))


def concerns(
    watch: Watch, seq: int, what: Happened, entity: Stored, *, now: datetime, linked: Linked = _NOTHING
) -> bool:
    """`entity` as it is after the change; one that was deleted as it was."""
    if seq <= watch.since or (watch.expires is not None and watch.expires <= now):
        return False
    return is_triggered(watch, what) and matches(watch.query, entity, linked)


def is_triggered(watch: Watch, what: Happened) -> bool:
    if what.entity in watch.triggers and (not watch.watched or not watch.watched.isdisjoint(what.attributes)):
        return True
    return any(_wanted(watch, name, became) for name, became in what.attributes.items())


def deleted_names(watch: Watch, what: Happened) -> frozenset[str]:
    """Of the attributes that left and whose leaving this watch asked for."""
    if Trigger.ATTRIBUTE_DELETED not in watch.triggers:
        return frozenset()
    return frozenset(
        name
        for name, became in what.attributes.items()
        if Trigger.ATTRIBUTE_DELETED in became and (not watch.watched or name in watch.watched)
    )


def _wanted(watch: Watch, name: str, became: frozenset[Trigger]) -> bool:
    return (not watch.watched or name in watch.watched) and not became.isdisjoint(
        watch.triggers - _OF_ENTITIES
    )


def followed(query: Query) -> bool:
    """Whether its q looks into the entities that relationships lead to."""
    return query.q is not None and any(isinstance(one, Link) for one in targets(query.q))
