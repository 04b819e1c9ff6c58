"""Parts of a condition: texts with places for their values, joined before the values are numbered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Clause:
    """`{}` in the text stands for one of the values, in order."""

    text: str
    values: tuple[Any, ...] = ()


TRUE = Clause("true")


@dataclass(slots=True)
class Parameters:
    """The values of a statement; `add` answers the placeholder."""

    values: list[Any]

    def add(self, value: Any) -> str:
        self.values.append(value)
        return f"${len(self.values)}"

    def written(self, clause: Clause) -> str:
        return clause.text.format(*map(self.add, clause.values))


def both(parts: Iterable[Clause]) -> Clause:
    kept = [one for one in parts if one is not TRUE]
    return joined(kept, " and ") if kept else TRUE


def either(parts: Sequence[Clause]) -> Clause:
    return TRUE if any(one is TRUE for one in parts) else joined(parts, " or ")


def joined(parts: Iterable[Clause], word: str) -> Clause:
    parts = list(parts)
    text = word.join(f"({one.text})" for one in parts)
    return Clause(text, tuple(value for one in parts for value in one.values))
