"""Answers of several brokers about the same things become one (ETSI GS CIM 009, 5.7.3 to 5.7.10). Pure.

Lists are joined, things with an id member by member; of what can only be said once, the first says it.
"""

from typing import Any

_COUNTS = frozenset({"entityCount", "attributeCount"})


def joined(first: Any, second: Any) -> Any:
    """Of two JSON values for the same question."""
    match first, second:
        case list(), list():
            return _lists(first, second)
        case dict(), dict():
            return _objects(first, second)
    return first


def _objects(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    made = dict(first)
    for name, value in second.items():
        made[name] = _member(name, made[name], value) if name in made else value
    return made


def _member(name: str, first: Any, second: Any) -> Any:
    if name in _COUNTS:
        return first + second if isinstance(first, int) and isinstance(second, int) else first
    if isinstance(first, list) or isinstance(second, list) or name == "type":
        found = _lists(_listed(first), _listed(second))
        return found[0] if name == "type" and len(found) == 1 else found
    return joined(first, second)


def _lists(first: list[Any], second: list[Any]) -> list[Any]:
    """Texts in order of the alphabet, as lists of names are; anything else in the order of the brokers."""
    made = list(first)
    places = {one["id"]: place for place, one in enumerate(made) if _has_id(one)}
    for one in second:
        if _has_id(one) and one["id"] in places:
            made[places[one["id"]]] = joined(made[places[one["id"]]], one)
        elif one not in made:
            made.append(one)
    return sorted(made) if len(made) > len(first) and all(isinstance(one, str) for one in made) else made


def _has_id(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("id"), str)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
