"""Readings that the values do not decide: which was taken, and which would do as well."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import duckdb

from quanyu.govern.engine.inference import exchanged
from quanyu.govern.engine.landing import Raw
from quanyu.govern.engine.model import ColumnChoice, FileFault
from quanyu.govern.engine.survey import Surveyed
from quanyu.govern.engine.trial import Asked, ask


def told_of_dates(
    connection: duckdb.DuckDBPyConnection,
    raw: Raw,
    surveyed: tuple[Surveyed, ...],
    choices: Iterable[ColumnChoice],
) -> Iterator[FileFault]:
    """Columns in which no day is above 12, so that nothing says which figure is the day, unless a person did."""
    declared = {choice.name for choice in choices if choice.format}
    asked = Asked(table="raw", columns=raw.columns, early={})
    for one in surveyed:
        formats = tuple(exchanged(form) for form in one.parsing.formats)
        if formats == one.parsing.formats or one.column.name in declared:
            continue
        trial = ask(
            connection, asked, {one.column.name: replace(one.parsing, formats=formats)}, [one.column.name]
        )
        if trial[one.column.name].parsed == trial[one.column.name].filled:
            values = {"column": one.column.name, "read": one.parsing.format, "other": "|".join(formats)}
            yield FileFault(where=one.column.name, key="govern.engine.dates.either", values=dict(values))
