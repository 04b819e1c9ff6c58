"""Columns that somebody asked for by name, held against those that the files have."""

from collections.abc import Collection, Iterable, Iterator

from quanyu.core.errors import Fault, Invalid

CONTENT_KEY = ("_hash",)
"""Records with a place but without a key are known by their content."""
_LISTED = 60


def column_faults(wanted: Iterable[tuple[str, str]], columns: Collection[str]) -> Iterator[Fault]:
    """`wanted` are JSON pointers with column names; each fault lists what is there instead."""
    known = {*columns, *CONTENT_KEY}
    for where, name in wanted:
        if name not in known:
            yield Fault("govern.import.column_unknown", where, {"column": name, "columns": _listed(columns)})


def require_columns(wanted: Iterable[tuple[str, str]], columns: Collection[str]) -> None:
    """Raises Invalid with a fault for each name that is none."""
    faults = tuple(column_faults(wanted, columns))
    if faults:
        raise Invalid("govern.import.asked", faults=faults, count=len(faults))


def require_key(dataset: str, key: Collection[str], columns: Collection[str]) -> None:
    """Raises Invalid for files without what the records of the dataset are known by: they cannot be told from those there are."""
    if not {*key} <= {*columns, *CONTENT_KEY}:
        raise Invalid("govern.import.key_gone", dataset=dataset, key=", ".join(key), columns=_listed(columns))


def _listed(columns: Collection[str]) -> str:
    return ", ".join([*list(columns)[:_LISTED], *(["…"] if len(columns) > _LISTED else [])])
