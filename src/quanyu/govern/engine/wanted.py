"""Columns that somebody asked for by name, held against those that the files have."""

from collections.abc import Collection, Iterable, Iterator

from quanyu.core.errors import Fault, Invalid

CONTENT_KEY = ("_hash",)
"""Records with a place but without a key are known by their content."""
_LISTED = 60


def column_faults(wanted: Iterable[tuple[str, str]], columns: Collection[str]) -> Iterator[Fault]:
    """`wanted` are JSON pointers with column names; each fault lists what is there instead."""
    known = {*columns, *CONTENT_KEY}
    there = ", ".join([*list(columns)[:_LISTED], *(["…"] if len(columns) > _LISTED else [])])
    for where, name in wanted:
        if name not in known:
            yield Fault("govern.import.column_unknown", where, {"column": name, "columns": there})


def require_columns(wanted: Iterable[tuple[str, str]], columns: Collection[str]) -> None:
    """Raises Invalid with a fault for each name that is none."""
    faults = tuple(column_faults(wanted, columns))
    if faults:
        raise Invalid("govern.import.asked", faults=faults, count=len(faults))
