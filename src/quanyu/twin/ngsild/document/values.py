"""The value of an instance, by kind: what it may be, and how it is stored."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from quanyu.core.entity import NULL
from quanyu.core.errors import Fault, Invalid
from quanyu.core.geometry import GEOMETRY_TYPES, parse_geometry
from quanyu.twin.ngsild.document.scalars import is_uri, value_faults

Faults = list[Fault]
_LANGUAGE = re.compile(r"@none|[A-Za-z0-9]{1,8}(?:[-_][A-Za-z0-9]{1,8})*")
Names = Mapping[str, str]


def is_geometry(value: object) -> bool:
    """Whether it says of itself that it is GeoJSON."""
    if not isinstance(value, dict) or "coordinates" not in value:
        return False
    kind = value.get("type")
    return isinstance(kind, str) and kind in GEOMETRY_TYPES


def is_plain_value(content: Any) -> bool:
    """Whether it is a value of a Property beyond doubt: a text, a number, a truth."""
    kind = type(content)
    if kind is str:
        return "\x00" not in content and content != NULL
    return kind is bool or ((kind is int or kind is float) and -1e308 < content < 1e308)


def holds_null(content: Any) -> bool:
    """Whether the NGSI-LD Null stands anywhere inside (5.5.4)."""
    if isinstance(content, dict):
        return any(one == NULL or holds_null(one) for one in content.values())
    return isinstance(content, list) and any(one == NULL or holds_null(one) for one in content)


def lists_null(content: Any) -> bool:
    """Whether it stands in a list, where no merge takes it away (RFC 7396)."""
    if isinstance(content, dict):
        return any(lists_null(one) for one in content.values())
    return isinstance(content, list) and holds_null(content)


def read_property(content: Any, where: str, faults: Faults, names: Names) -> Any:
    """4.5.2: any JSON but null."""
    faults.extend(value_faults(content, where))
    return content


def read_geometry(content: Any, where: str, faults: Faults, names: Names) -> Any:
    """4.7: GeoJSON, also as a text that holds it (4.7.2)."""
    with suppress(msgspec.DecodeError, RecursionError):  # what is no JSON is no geometry either
        content = msgspec.json.decode(content) if isinstance(content, str) else content
    try:
        parse_geometry(content, where)
    except Invalid as error:
        faults.extend(error.faults)
    return content


def read_relationship(content: Any, where: str, faults: Faults, names: Names) -> Any:
    """4.5.3: a URI, or several."""
    targets = content if isinstance(content, list) else [content]
    if not targets or not all(isinstance(one, str) and is_uri(one) for one in targets):
        faults.append(Fault("core.entity.target", where, {"value": str(content)[:80]}))
    return content


def read_language_map(content: Any, where: str, faults: Faults, names: Names) -> Any:
    """4.5.18: language tag -> text, or list of texts."""
    if (
        not isinstance(content, dict)
        or not all(map(_LANGUAGE.fullmatch, content))
        or not all(map(_is_text, content.values()))
    ):
        faults.append(Fault("core.entity.language_map", where))
    else:
        faults.extend(value_faults(content, where))
    return content


def read_vocabulary(content: Any, where: str, faults: Faults, names: Names) -> Any:
    """4.5.20: one name or several, stored like types."""
    try:
        if isinstance(content, str):
            return NULL if content == NULL else names[content]
        if isinstance(content, list) and content and all(isinstance(one, str) for one in content):
            return [names[one] for one in content]
    except Invalid:
        pass
    faults.append(Fault("core.entity.vocabulary", where, {"value": str(content)[:80]}))
    return content


def read_json(content: Any, where: str, faults: Faults, names: Names) -> Any:
    """4.5.24: any JSON, null as well, never expanded."""
    faults.extend(value_faults(content, where))
    return content


def read_list(content: Any, where: str, faults: Faults, names: Names) -> Any:
    """4.5.21: an ordered list of values."""
    if not isinstance(content, list):
        faults.append(Fault("core.entity.list", where))
    faults.extend(value_faults(content, where))
    return content


def read_list_of_targets(content: Any, where: str, faults: Faults, names: Names) -> Any:
    """4.5.22: an ordered list of URIs, alone or each as `{"object": URI}`; stored in the second form."""
    targets = [one.get("object") if isinstance(one, dict) else one for one in _listed(content)]
    if not isinstance(content, list) or not all(isinstance(one, str) and is_uri(one) for one in targets):
        faults.append(Fault("core.entity.target", where, {"value": str(content)[:80]}))
    return [{"object": one} for one in targets]


READ: Mapping[str, Callable[[Any, str, Faults, Names], Any]] = {
    "Property": read_property,
    "GeoProperty": read_geometry,
    "Relationship": read_relationship,
    "LanguageProperty": read_language_map,
    "VocabProperty": read_vocabulary,
    "JsonProperty": read_json,
    "ListProperty": read_list,
    "ListRelationship": read_list_of_targets,
}


_NUMBERS = frozenset((int, float))


def is_plain_point(content: Any) -> bool:
    """Whether it is a value of a GeoProperty beyond doubt, as nearly all are."""
    if type(content) is not dict or content.get("type") != "Point":
        return False
    place = content.get("coordinates")
    if type(place) is not list or len(place) != 2:
        return False
    x, y = place
    return type(x) in _NUMBERS and type(y) in _NUMBERS and -180 <= x <= 180 and -90 <= y <= 90


PLAIN_VALUE: Mapping[str, Callable[[Any], bool]] = {"Property": is_plain_value, "GeoProperty": is_plain_point}
"""What needs not be read because it is stored as it is."""


def _is_text(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))


def _listed(content: object) -> list[Any]:
    return content if isinstance(content, list) else []
