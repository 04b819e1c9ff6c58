"""Typed while the file is read: columns whose type records from all over the file agree on.

It saves reading the text once more. Nothing is decided here: `survey` looks at every value, and a column of which the
sample told too little is read again from its text.
"""

from collections.abc import Mapping
from dataclasses import replace

from quanyu.core.profile import ValueType
from quanyu.govern.engine.parsing import Parsing, cleaned, typed
from quanyu.govern.quality.quote import name, names

PREFIX = "_early:"
HASH = PREFIX
"""Column of `raw`: `content_hash` of the record."""

Early = Mapping[str, Parsing]
"""How columns were read early; the values are in `raw` under `PREFIX` and the name."""


def with_early(table: str, columns: tuple[str, ...], early: Early) -> str:
    """`table` with the columns that are typed already."""
    values = [f"{typed(cleaned(c, early[c]), early[c])} AS {name(PREFIX + c)}" for c in early]
    return f"SELECT *, {', '.join(values)}, {content_hash(columns)} AS {name(HASH)} FROM ({table})"


def value_of(column: str, parsing: Parsing, early: Early) -> str:
    """SQL over `raw`: the typed value of the column."""
    if early.get(column) == replace(parsing, complete=False):
        return name(PREFIX + column)
    return typed(cleaned(column, parsing), parsing)


def is_early(column: str, parsing: Parsing, early: Early) -> bool:
    """No text of the column is to be read again."""
    plain = parsing.type in (ValueType.TEXT, ValueType.GEOMETRY)
    return plain or early.get(column) == replace(parsing, complete=False)


def content_hash(columns: tuple[str, ...]) -> str:
    """64 bits over the texts of a record as read; null and empty differ."""
    return f"hash({names(columns)})"
