"""Several files of one import: what only some of them have is told, as it is empty in the records of the others."""

from collections.abc import Iterator

from quanyu.connect.files import Landed
from quanyu.govern.engine.landing import Raw, unreserved
from quanyu.govern.engine.model import FileFault, SourceReport
from quanyu.govern.quality.rules import Scalar

_NAMED = 30


def told_of_parts(raw: Raw) -> Iterator[FileFault]:
    """One remark for each file that lacks columns; one that shares none with the others is probably another dataset."""
    tables = tuple(zip(raw.sources, raw.landed, strict=True))
    if len(tables) < 2:
        return
    everywhere = [column.name for column in raw.columns]
    for source, table in tables:
        own = _names(table)
        lacking = [column for column in everywhere if column not in own]
        others = set[str]().union(*(_names(other) for _, other in tables if other is not table))
        if not lacking:
            continue
        name = _name(source)
        key = "lacking" if own & others else "foreign"
        values: dict[str, Scalar] = {"file": name, "count": len(lacking), "columns": _listed(lacking)}
        yield FileFault(where=name, key=f"govern.engine.parts.{key}", values=values)


def _names(table: Landed) -> set[str]:
    return {unreserved(column.name) for column in table.columns}


def _name(source: SourceReport) -> str:
    return f"{source.name}/{source.member}" if source.member else source.name


def _listed(columns: list[str]) -> str:
    return ", ".join(columns[:_NAMED]) + (" …" if len(columns) > _NAMED else "")
