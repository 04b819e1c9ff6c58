"""Records that were given back beside those that the owner has. For a thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from quanyu.exchange.returns.model import Comparison, Difference, Rule, Standing
from quanyu.govern.imports.content import current_sql, kept_reader
from quanyu.govern.imports.model import Part
from quanyu.govern.imports.records import column_types, own_columns
from quanyu.govern.quality.quote import name, names

Record = Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """`ours` None: the owner has none of that key. Values as text of the column's type."""

    ours: Record | None
    theirs: Record

    @property
    def differing(self) -> tuple[str, ...]:
        ours = self.ours or {}
        return tuple(one for one, value in self.theirs.items() if ours.get(one) != value)

    @property
    def standing(self) -> Standing:
        if self.ours is None:
            return Standing.NEW
        return Standing.CONFLICT if self.differing else Standing.SAME

    def settled(self, rule: Rule) -> Record | None:
        """The record to be written, whole; None where the owner's stays."""
        if self.ours is None:
            return self.theirs
        return {**self.ours, **self.theirs} if rule is Rule.THEIRS and self.differing else None


def pairs(
    data: Path, tenant: str, parts: Sequence[Part], key: Sequence[str], records: Sequence[Mapping[str, str]]
) -> list[Pair]:
    with kept_reader(data, tenant) as duck:
        current = current_sql(data, parts)
        if current is None:
            return [Pair(ours=None, theirs=dict(one)) for one in records]
        types = column_types(duck, current)
        theirs = [_typed(duck, types, one) for one in records]
        known = _known(duck, current, own_columns(types), key, theirs)
    return [Pair(ours=known.get(_key(one, key)), theirs=one) for one in theirs]


def comparison(found: Sequence[Pair], key: Sequence[str]) -> Comparison:
    standings = tuple(one.standing for one in found)
    return Comparison(
        new=standings.count(Standing.NEW),
        same=standings.count(Standing.SAME),
        standings=standings,
        differences=tuple(
            Difference(
                record={column: one.theirs[column] or "" for column in key}, field=field, ours=one.ours.get(field),
                theirs=one.theirs[field],
            )
            for one in found
            if one.ours is not None
            for field in one.differing
        ),
    )  # fmt: skip


def _typed(duck: duckdb.DuckDBPyConnection, types: Mapping[str, str], record: Mapping[str, str]) -> Record:
    """As the column writes it; what is none of its type stays as it was said, and the import will say so."""
    shown = ", ".join(f"coalesce(try_cast(? as {types[one]})::varchar, ?)" for one in record)
    values = [text or None for value in record.values() for text in (value, value)]
    row = duck.execute(f"select {shown}", values).fetchone()
    assert row is not None
    return dict(zip(record, row, strict=True))


def _known(
    duck: duckdb.DuckDBPyConnection, current: str, columns: Sequence[str], key: Sequence[str], records: Sequence[Record]
) -> dict[tuple[str | None, ...], Record]:  # fmt: skip
    shown = ", ".join(f"{name(one)}::varchar as {name(one)}" for one in columns)
    one = f"({', '.join('?' for _ in key)})"
    rows = duck.execute(
        f"select * from (select {shown} from {current}) where ({names(key)}) in ({', '.join(one for _ in records)})",
        [value for record in records for value in _key(record, key)],
    ).fetchall()
    found = [dict(zip(columns, row, strict=True)) for row in rows]
    return {_key(record, key): record for record in found}


def _key(record: Record, key: Sequence[str]) -> tuple[str | None, ...]:
    return tuple(record[one] for one in key)
