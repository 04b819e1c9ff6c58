"""What a group made of one entity, as far as anything beside its document has to know. Pure."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from quanyu.core.entity import strings_of
from quanyu.twin.state import State


class Difference(NamedTuple):
    """`moves`: more than its document changes: what it is, whose it is, where it is. `shows`: the map shows it otherwise.
    `reads`: its texts are others. `kinds`: attributes that may have come, gone or become of another kind.
    """

    moves: bool
    shows: bool
    reads: bool
    kinds: tuple[str, ...] = ()


def difference(before: State | None, after: State | None, names: Iterable[str]) -> Difference:
    """`names`: the attributes that may have changed, all others are the same."""
    if before is None or after is None:
        return Difference(moves=True, shows=True, reads=after is not None)
    changed, reads, kinds = [], False, []
    old_of, new_of = before.document.get, after.document.get
    for name in names:
        old, new = old_of(name), new_of(name)
        if (
            type(old) is dict
            and type(new) is dict
            and old["type"] == new["type"]
            and "languageMap" not in new
        ):
            was, value = old.get("value"), new.get("value")
            if was == value:  # nearly all
                continue
            reads = reads or isinstance(was, str) or isinstance(value, str)
        else:
            kinds.append(name)
            reads = reads or _texts(old) != _texts(new)
        if _value(old) != _value(new):
            changed.append(name)
    moves = "location" in changed or _head(before) != _head(after)
    return Difference(moves, "location" in changed or "name" in changed, reads, tuple(kinds))


def _head(state: State) -> tuple[Any, ...]:
    return state.types, state.dataset, state.scope, state.created


def _value(value: Any) -> Any:
    return value.get("value") if type(value) is dict else value and value[0].get("value")


def _texts(value: Any) -> list[str]:
    return list(strings_of({"": value})) if value else []
