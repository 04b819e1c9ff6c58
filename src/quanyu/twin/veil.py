"""Personal values of entities, hidden from whoever does not look after their dataset: from their eyes and from their
questions (decision 0038).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from quanyu.core.entity import VALUE_MEMBER, Kind
from quanyu.twin.model import Point, Stored

_CARRIERS = frozenset(VALUE_MEMBER.values())
_PLAIN = ("@type", "type")


@dataclass(frozen=True, slots=True)
class Veil:
    """`instead`: what is shown in the place of a value. `in_words`: it hides only what of free text is personal, so that
    most values are seen whole.
    """

    instead: Callable[[str], str]
    in_words: bool = False


Veils = Mapping[str, Veil]
"""By attribute; what is not named is shown as it is."""


def veiled(entity: Stored, veils: Veils) -> Stored:
    """As it is shown, with the names of what is not shown whole: to a question these attributes are not there."""
    names = veils.keys() & entity.document.keys() - entity.veiled
    shown = {name: hidden(entity.document[name], veils[name]) for name in names}
    changed = {name: content for name, content in shown.items() if content != entity.document[name]}
    if not changed:
        return entity
    return replace(entity, document=entity.document | changed, veiled=entity.veiled | changed.keys())


def all_veiled(entities: Iterable[Stored], veils: Mapping[str, Veils]) -> list[Stored]:
    """`veils` by dataset."""
    return [veiled(one, found) if (found := veils.get(one.dataset)) else one for one in entities]


def hidden_in(veils: Mapping[str, Veils]) -> dict[str, list[str]]:
    """By attribute the datasets in which no value of it is shown whole, whatever it is."""
    found: dict[str, list[str]] = {}
    for dataset in sorted(veils):
        for name, veil in veils[dataset].items():
            if not veil.in_words:
                found.setdefault(name, []).append(dataset)
    return found


def narrowed(veils: Mapping[str, Veils], names: Collection[str] | None) -> dict[str, Veils]:
    """By dataset, those of some attributes; None: of all."""
    if names is None:
        return {dataset: found for dataset, found in veils.items() if found}
    kept = {
        dataset: {name: veil for name, veil in found.items() if name in names}
        for dataset, found in veils.items()
    }
    return {dataset: found for dataset, found in kept.items() if found}


def veiled_points(points: Sequence[Point], veil: Veil | None) -> tuple[Point, ...]:
    if veil is None:
        return tuple(points)
    return tuple(replace(one, value=veiled_value(one.value, veil)) for one in points)


def veiled_history(found: Mapping[str, Sequence[Point]], veils: Veils) -> dict[str, tuple[Point, ...]]:
    return {name: veiled_points(points, veils.get(name)) for name, points in found.items()}


def veiled_names(rows: Sequence[Mapping[str, Any]], veil: Veil | None) -> Sequence[Mapping[str, Any]]:
    """Of rows with a `name`, which may be none."""
    if veil is None:
        return rows
    return [{**row, "name": None if row["name"] is None else veiled_value(row["name"], veil)} for row in rows]


def hidden(content: Any, veil: Veil) -> Any:
    """Of one instance, or of each where an attribute has several. Geometries are not personal by their kind."""
    match content:
        case list():
            return [hidden(one, veil) for one in content]
        case {"type": Kind.GEO}:
            return content
        case dict():
            return {
                **content,
                **{one: veiled_value(content[one], veil) for one in _CARRIERS & content.keys()},
            }
    return content


def veiled_value(value: Any, veil: Veil) -> Any:
    """A value that the veil leaves as it is keeps its kind."""
    match value:
        case bool() | None:
            return value
        case str() | int() | float():
            text = str(value)
            instead = veil.instead(text)
            return value if instead == text else instead
        case list():
            return [veiled_value(one, veil) for one in value]
        case dict():
            return {name: one if name in _PLAIN else veiled_value(one, veil) for name, one in value.items()}
    return value
