"""A posted temporal Query as the parameters of a URL would say it (ETSI GS CIM 009, 5.2.21, 5.2.23, 5.2.43, 5.2.44)."""

from typing import Any

from quanyu.core.errors import Invalid

_PARTS = ("temporalQ", "geoQ", "aggrParams", "ordering")
_ASIDE = frozenset({"type", "entities", *_PARTS, "@context"})
_NONE_EMPTY = ("entities", "attrs", "pick", "omit")
_OF_SELECTORS = frozenset({"id", "idPattern", "type"})
_OF_LINKS = ("join", "joinLevel", "containedBy")


def posted(body: Any) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The parameters that a Query says in its members, and those of each of its entity selectors. Raises Invalid."""
    if not isinstance(body, dict) or body.get("type") != "Query":
        raise Invalid("twin.temporal.query")
    if wrong := [name for name in _NONE_EMPTY if body.get(name) == []]:
        raise Invalid("twin.temporal.member", name=wrong[0])
    parts = [body, *(_object(body[name], name) for name in _PARTS if name in body)]
    if "aggrParams" in body.get("temporalQ", ()):
        parts.append(_object(body["temporalQ"]["aggrParams"], "aggrParams"))
    texts: dict[str, str] = {}
    for part in parts:
        texts |= {name: _text(name, value) for name, value in part.items() if name not in _ASIDE}
    if links := [name for name in _OF_LINKS if texts.get(name, "@none") != "@none"]:
        raise Invalid("twin.temporal.linked", name=links[0])
    entities = body.get("entities", [])
    if not isinstance(entities, list) or not all(map(_is_selector, entities)):
        raise Invalid("twin.temporal.member", name="entities")
    return texts, [{name: _text(name, value) for name, value in one.items()} for one in entities]


def _is_selector(one: Any) -> bool:
    """5.2.33."""
    return isinstance(one, dict) and not one.keys() - _OF_SELECTORS


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Invalid("twin.temporal.member", name=name)
    return value


def _text(name: str, value: Any) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case list() if name == "coordinates":
            return str(value)
        case list() if all(isinstance(one, str) for one in value):
            return ",".join(value)
    raise Invalid("twin.temporal.member", name=name[:40])
