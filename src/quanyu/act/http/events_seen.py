"""Events of rules as who asks may see them."""

from collections.abc import Mapping, Sequence

from quanyu.act import rules
from quanyu.act.rules.events import Event
from quanyu.act.rules.veiled import subjects_of, veiled_event
from quanyu.core.actor import Actor
from quanyu.store import Connection
from quanyu.twin.http.sight import Sight
from quanyu.twin.query import retrieve_many
from quanyu.twin.veil import Veils


async def as_seen(
    connection: Connection, actor: Actor, sight: Sight, events: Sequence[Event]
) -> tuple[Event, ...]:
    """Nothing is asked where nothing is veiled for this actor."""
    by_dataset = await sight.veils_on(connection, actor, None)
    if not by_dataset:
        return tuple(events)
    ids = set[str]().union(*map(subjects_of, events))
    datasets = {id: one.dataset for id, one in (await retrieve_many(connection, actor.tenant, ids)).items()}
    strictest = _strictest(by_dataset)
    veils = {id: by_dataset.get(datasets[id], {}) if id in datasets else strictest for id in ids}
    said = await rules.definitions(connection, {(one.rule, one.version) for one in events})
    return tuple([veiled_event(one, said[one.rule, one.version], veils) for one in events])


def _strictest(by_dataset: Mapping[str, Veils]) -> Veils:
    """Of an entity that is no more nobody knows any longer of which dataset it was."""
    every = [item for veils in by_dataset.values() for item in veils.items()]
    return dict(sorted(every, key=lambda item: not item[1].in_words))
