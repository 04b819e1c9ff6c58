"""What is sent to a source that wants its own terms (contextSourceInfo, jsonldContext): the same content, renamed. Pure."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from quanyu.core.entity import VALUE_MEMBER
from quanyu.twin.ngsild.context import Context
from quanyu.twin.registrations.forward import Call

_CONTENTS = frozenset(VALUE_MEMBER.values()) - {"vocab"}
_NAMED = frozenset({"type", "@type", "objectType"})
_ATTRIBUTE_PLACE = {"entities": 3, "temporal": 4}  # entities/{id}/attrs/{name}


def in_terms_of(call: Call, context: Context) -> Call:
    """The call with the names of another @context, in its path and its body."""

    def named(term: str) -> str:
        return context.term(call.context.stored(term))

    place = _ATTRIBUTE_PLACE.get(call.parts[0], 99)
    parts = tuple(named(part) if index == place else part for index, part in enumerate(call.parts))
    return replace(call, parts=parts, body=_renamed(call.body, named), context=context)


def _renamed(value: Any, named: Callable[[str], str]) -> Any:
    """Entities and attributes, down to the contents of properties, which have no names of ours."""
    if isinstance(value, list):
        return [_renamed(one, named) for one in value]
    if not isinstance(value, dict):
        return value
    return {_member(name, named): _content(name, one, named) for name, one in value.items()}


def _member(name: str, named: Callable[[str], str]) -> str:
    return name if name in ("id", "type", "@id", "@type") else named(name)


def _content(name: str, value: Any, named: Callable[[str], str]) -> Any:
    if name in _CONTENTS:
        return value
    if name == "vocab" or name in _NAMED:
        return (
            [named(one) for one in value]
            if isinstance(value, list)
            else named(value)
            if isinstance(value, str)
            else value
        )
    return _renamed(value, named)
