"""What may stand at a place of a form: the values of its enumeration, the names of its kinds."""

import re
from collections.abc import Iterator
from typing import Any

from msgspec import inspect

_STEP = re.compile(r"\[[^]]*\]|[^.[\]]+")


def choices_at(kind: Any, path: str) -> tuple[str, ...]:
    """`kind` is a type that the decoder reads, `path` a place as it names them: `parts[0].state`. Empty where anything may stand there,
    or nobody knows."""
    try:
        found = [inspect.type_info(kind)]
    except Exception:  # a type that only its own hook knows
        return ()
    for step in _STEP.findall(path):
        named = [name for one in _each(found) for name in _tags(one, step)]
        if named:
            return tuple(dict.fromkeys(named))
        found = [inner for one in _each(found) for inner in _inside(one, step)]
    return tuple(dict.fromkeys(value for one in _each(found) for value in _values(one)))


def _each(kinds: list[inspect.Type]) -> Iterator[inspect.Type]:
    """Without what only says more about a type, and one by one."""
    for kind in kinds:
        match kind:
            case inspect.Metadata(type=bare):
                yield from _each([bare])
            case inspect.UnionType(types=types):
                yield from _each(list(types))
            case _:
                yield kind


def _inside(kind: inspect.Type, step: str) -> list[inspect.Type]:
    match kind:
        case inspect.StructType(fields=fields) | inspect.DataclassType(fields=fields):
            return [one.type for one in fields if one.encode_name == step]
        case inspect.TupleType(item_types=items) if step.startswith("["):
            return [items[int(step[1:-1])]] if step[1:-1].isdigit() and int(step[1:-1]) < len(items) else []
        case inspect.CollectionType(item_type=item) if step.startswith("["):
            return [item]
        case inspect.DictType(value_type=value) if step.startswith("["):
            return [value]
    return []


def _tags(kind: inspect.Type, step: str) -> list[str]:
    if isinstance(kind, inspect.StructType) and kind.tag_field == step:
        return [str(kind.tag)]
    return []


def _values(kind: inspect.Type) -> list[str]:
    match kind:
        case inspect.EnumType(cls=enum):
            return [str(one.value) for one in enum]
        case inspect.LiteralType(values=values):
            return [str(one) for one in values]
    return []
