"""Personal values of entities, hidden from whoever does not look after their dataset."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from quanyu.twin.model import Point, Stored

Veil = Callable[[str], str]
"""What is shown instead of a value."""

Veils = Mapping[str, Veil]
"""By attribute; what is not named is shown as it is."""


def veiled(entity: Stored, veils: Veils) -> Stored:
    if not veils.keys() & entity.document.keys():
        return entity
    document = {
        name: hidden(content, veils[name]) if name in veils else content
        for name, content in entity.document.items()
    }
    return replace(entity, document=document)


def veiled_points(points: Sequence[Point], veil: Veil | None) -> tuple[Point, ...]:
    if veil is None:
        return tuple(points)
    return tuple(replace(one, value=_shown(one.value, veil)) for one in points)


def veiled_history(found: Mapping[str, Sequence[Point]], veils: Veils) -> dict[str, tuple[Point, ...]]:
    return {name: veiled_points(points, veils.get(name)) for name, points in found.items()}


def hidden(content: Any, veil: Veil) -> Any:
    """Of one instance, or of each where an attribute has several."""
    match content:
        case list():
            return [hidden(one, veil) for one in content]
        case {"value": value}:
            return {**content, "value": _shown(value, veil)}
    return content


def _shown(value: Any, veil: Veil) -> Any:
    """Geometries and other structures are not personal by their kind."""
    return veil(str(value)) if isinstance(value, str | int | float) and not isinstance(value, bool) else value
