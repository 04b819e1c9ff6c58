"""How a plan changes what is counted beside the entities: layers of the map, types and attributes, places in lists. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from quanyu.core.geometry import Box
from quanyu.twin.difference import Difference
from quanyu.twin.fold import Row
from quanyu.twin.state import State
from quanyu.twin.words import SEPARATOR

NOWHERE = (None, None, None, None)

Boxes = Mapping[str, tuple[Box | None, Box | None]]
"""Of the entities that move: where they were and where they are."""

Document = Mapping[str, Any]
Shape = tuple[str, str]
"""Dataset and types of an entity, the latter joined."""


@dataclass(slots=True)
class _Tally:
    """How the counters of one type and dataset change."""

    entities: int = 0
    located: int = 0
    points: int = 0
    shown: int = 0
    box: Box | None = None

    def add(self, box: Box | None, sign: int) -> None:
        self.entities += sign
        if box is not None:
            self.located += sign
            self.points += sign * box.is_point
            self.box = _around(self.box, box)


def counted(
    rows: Mapping[str, Row], differences: Mapping[str, Difference], boxes: Boxes
) -> Iterable[tuple[Any, ...]]:
    made: dict[tuple[str, str], _Tally] = defaultdict(_Tally)
    for id, row in rows.items():
        shows, places = differences[id].shows, boxes.get(id)
        for side, state in enumerate((row.before, row.after)):
            if state is not None:
                tally = made[state.types[0], state.dataset]
                tally.shown += shows
                if places:
                    tally.add(places[side], 1 if side else -1)
    for (type_, dataset), one in sorted(made.items()):
        around = (one.box.x1, one.box.y1, one.box.x2, one.box.y2) if one.box else NOWHERE
        yield (type_, dataset, one.entities, one.located, one.points, *around, one.shown)


def _around(one: Box | None, other: Box) -> Box:
    if one is None:
        return other
    return Box(min(one.x1, other.x1), min(one.y1, other.y1), max(one.x2, other.x2), max(one.y2, other.y2))


def shaped(rows: Mapping[str, Row], differences: Mapping[str, Difference]) -> Iterator[tuple[Any, ...]]:
    """Entities by dataset and types, their attributes by name and kind as well: the differences."""
    numbers: Counter[tuple[str, str, str, str]] = Counter()
    for id, row in rows.items():
        before, after = row.before, row.after
        if before and after and before.types == after.types and before.dataset == after.dataset:
            if kinds := differences[id].kinds:
                _recount(numbers, after, kinds, before.document, after.document)
            continue
        for state, sign in ((before, -1), (after, 1)):
            if state is not None:
                shape = _shape(state)
                numbers[(*shape, "", "")] += sign
                for name, value in state.document.items():
                    _add(numbers, shape, name, value, sign)
    for key, number in numbers.items():
        if number:
            yield (*key, number)


def passed(rows: Mapping[str, Row]) -> Iterator[tuple[Any, ...]]:
    """Who comes to a type and dataset, and who leaves it (a negative number)."""
    ids: defaultdict[tuple[str, str, int], list[str]] = defaultdict(list)
    for id, row in rows.items():
        before, after = row.before, row.after
        if before and after and before.types[0] == after.types[0] and before.dataset == after.dataset:
            continue
        for state, sign in ((before, -1), (after, 1)):
            if state is not None:
                ids[state.types[0], state.dataset, sign].append(id)
    for (type_, dataset, sign), those in ids.items():
        yield type_, dataset, sign * len(those), SEPARATOR.join(those)


def _shape(state: State) -> Shape:
    return state.dataset, SEPARATOR.join(state.types)


def _recount(
    numbers: Counter[tuple[str, str, str, str]],
    state: State,
    names: Iterable[str],
    before: Document,
    after: Document,
) -> None:
    shape = _shape(state)
    for name in names:
        _add(numbers, shape, name, before.get(name), -1)
        _add(numbers, shape, name, after.get(name), 1)


def _add(numbers: Counter[tuple[str, str, str, str]], shape: Shape, name: str, value: Any, sign: int) -> None:
    """An attribute counts under the kind of its first instance."""
    if type(value) is dict:
        numbers[(*shape, name, value["type"])] += sign
    elif value:
        numbers[(*shape, name, value[0]["type"])] += sign * len(value)
