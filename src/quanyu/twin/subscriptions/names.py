"""The names in a subscription, from an @context's terms to stored names or back."""

import re
from collections.abc import Callable, Mapping
from typing import Any

Change = Callable[[str], str]

_NAMES = re.compile(r"[^\s(){}|,;&]+")
_KEPT = frozenset({"id", "type", "scope", "*"})


def renamed(body: Mapping[str, Any], change: Change) -> dict[str, Any]:
    """What is not of the shape that the standard gives it stays as it is, for the parser to find."""
    made = dict(body)
    if isinstance(entities := body.get("entities"), list):
        made["entities"] = [_with(one, "type", lambda text: _types(text, change)) for one in entities]
    _rename_lists(made, ("watchedAttributes",), change)
    made["geoQ"] = _with(body.get("geoQ"), "geoproperty", change)
    if isinstance(notification := body.get("notification"), dict):
        made["notification"] = dict(notification)
        _rename_lists(made["notification"], ("attributes", "pick", "omit"), change)
    return {name: value for name, value in made.items() if name in body}


def _rename_lists(made: dict[str, Any], members: tuple[str, ...], change: Change) -> None:
    for member in members:
        if isinstance(found := made.get(member), list):
            made[member] = [_names(one, change) if isinstance(one, str) else one for one in found]


def _with(value: object, member: str, change: Change) -> object:
    if isinstance(value, dict) and isinstance(text := value.get(member), str):
        return {**value, member: change(text)}
    return value


def _types(expression: str, change: Change) -> str:
    """A selection of types (4.17), its signs as they are."""
    return _NAMES.sub(lambda found: found[0] if found[0] == "*" else change(found[0]), expression)


def _names(expression: str, change: Change) -> str:
    """An attribute, or a projection of linked entities (4.21)."""
    return _NAMES.sub(lambda found: found[0] if found[0] in _KEPT else change(found[0]), expression)
