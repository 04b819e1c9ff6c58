"""Whoever is concerned by a change is among the candidates, whatever came and went before; nobody else is asked."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from quanyu.twin.model import Stored
from quanyu.twin.ngsild.query import Query, Selector
from quanyu.twin.state import Op
from quanyu.twin.subscriptions import Index, Trigger, Watch, triggers_of
from quanyu.twin.subscriptions.change import Change, happened
from quanyu.twin.subscriptions.concern import concerns

NOW = datetime(2026, 11, 21, tzinfo=UTC)
TYPES, NAMES, IDS = ["Lamp", "Bench", "Road"], ["power", "colour", "name"], ["urn:x:1", "urn:x:2"]

selections = st.lists(st.lists(st.sampled_from(TYPES), min_size=1, max_size=2).map(tuple), max_size=2).map(
    tuple
)
selectors = st.builds(Selector, ids=st.lists(st.sampled_from(IDS), max_size=2).map(tuple), types=selections)
watches = st.builds(
    lambda key, some, watched, triggers: Watch(
        key=str(key),
        query=Query(selectors=tuple(some)),
        watched=frozenset(watched),
        triggers=triggers_of(triggers),
    ),
    st.integers(0, 9),
    st.lists(selectors, max_size=2),
    st.sets(st.sampled_from(NAMES)),
    st.sets(st.sampled_from(list(Trigger)), min_size=1),
)
actions = st.lists(st.one_of(watches, st.integers(0, 9).map(str)), max_size=20)
changes = st.builds(
    lambda id, types, names: Change(
        seq=1, id=id, types=tuple(types), at=NOW, op=Op.MERGE,
        attrs={name: {"type": "Property", "value": 1} for name in names},
    ),
    st.sampled_from(IDS),
    st.sets(st.sampled_from(TYPES), min_size=1),
    st.sets(st.sampled_from(NAMES), min_size=1),
)  # fmt: skip


def entity_of(change: Change) -> Stored:
    return Stored(
        id=change.id, types=change.types, dataset="", scope=(), document=dict(change.attrs), version=1,
        created=NOW, modified=NOW,
    )  # fmt: skip


@given(actions, changes)
def test_the_index_finds_all_that_are_concerned(given_actions: list[Any], change: Change) -> None:
    index, kept = Index(), dict[str, Watch]()
    for action in given_actions:
        if isinstance(action, Watch):
            index.put(action)
            kept[action.key] = action
        else:
            index.drop(action)
            kept.pop(action, None)
    what, entity = happened(change, created=NOW), entity_of(change)
    wanted = {key for key, one in kept.items() if concerns(one, 1, what, entity, now=NOW)}
    found = index.candidates(change.id, change.types, change.names)
    assert wanted <= {one.key for one in found} <= kept.keys()
    assert len(found) == len({one.key for one in found})


def test_subscriptions_to_other_things_are_not_asked() -> None:
    index = Index()
    for number in range(1000):
        others = (
            Query(selectors=(Selector(types=(("Bench",),)),)),
            Query(selectors=(Selector(ids=("urn:x:9",), types=(("Lamp",),)),)),
        )
        index.put(Watch(key=f"{number}", query=others[number % 2], triggers=triggers_of(list(Trigger))))
    mine = Query(selectors=(Selector(types=(("Lamp",),)),))
    index.put(
        Watch(key="colour", query=mine, triggers=triggers_of(list(Trigger)), watched=frozenset(["colour"]))
    )
    index.put(Watch(key="any", query=mine, triggers=triggers_of(list(Trigger))))
    assert [one.key for one in index.candidates("urn:x:1", ("Lamp",), ("power",))] == ["any"]


def test_an_empty_index_keeps_nothing() -> None:
    index = Index()
    watch = Watch(key="1", query=Query(), triggers=triggers_of(list(Trigger)), watched=frozenset(["power"]))
    index.put(watch)
    index.drop("1")
    assert (len(index), index.candidates("urn:x:1", ("Lamp",), ("power",))) == (0, [])
