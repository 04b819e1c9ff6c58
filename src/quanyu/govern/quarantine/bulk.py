"""One change for many values, pure. Patterns run in RE2, which no pattern can bring to a standstill."""

from collections.abc import Sequence

import duckdb
import pyarrow

from quanyu.core.errors import Invalid
from quanyu.govern.quarantine.model import BulkFix, FixKind, QuarantinedRow

Value = str | None


def fixed_values(fix: BulkFix, rows: Sequence[QuarantinedRow]) -> list[dict[str, Value]]:
    """The new value of `fix.column` in each row; of `fix.source` too where they are exchanged.

    Raises Invalid for a column or pattern that does not exist.
    """
    if fix.kind in (FixKind.COPY, FixKind.SWAP) and not fix.source:
        raise Invalid("govern.quarantine.column_unknown", column="")
    for column in (fix.column, *filter(None, (fix.source,))):
        if any(column not in row.values for row in rows):
            raise Invalid("govern.quarantine.column_unknown", column=column)
    made = [{fix.column: value} for value in _values(fix, rows)]
    if fix.kind is FixKind.SWAP:
        made = [
            one | {fix.source: row.mended_values.get(fix.column)} for one, row in zip(made, rows, strict=True)
        ]
    return made


def _values(fix: BulkFix, rows: Sequence[QuarantinedRow]) -> list[Value]:
    values = [row.mended_values.get(fix.column) for row in rows]
    match fix.kind:
        case FixKind.PATTERN:
            return _by_pattern(fix, values)
        case FixKind.COPY | FixKind.SWAP:
            return [row.mended_values.get(fix.source) for row in rows]
        case FixKind.PROPOSAL:
            return [_proposal(fix, row, value) for row, value in zip(rows, values, strict=True)]
        case _:
            return [_fixed(fix, value) for value in values]


def _fixed(fix: BulkFix, value: Value) -> Value:
    if fix.kind is FixKind.SET:
        return fix.value
    if value is None or fix.kind is FixKind.CLEAR:
        return None
    match fix.kind:
        case FixKind.TRIM:
            return value.strip()
        case FixKind.REPLACE:
            return value.replace(fix.find, fix.value) if fix.find else value
        case FixKind.PREFIX:
            return fix.value + value
        case FixKind.PAD:
            return value.zfill(fix.width)
        case _:
            return fix.values.get(value, value)


def _proposal(fix: BulkFix, row: QuarantinedRow, value: Value) -> Value:
    """The engine's proposal for this column, under the rule that was selected if one was."""
    proposals = (
        fault.proposal
        for fault in row.faults
        if fault.proposal is not None
        and fix.column in fault.columns
        and fix.select.rule in {None, fault.rule}
    )
    return next(proposals, value)


def _by_pattern(fix: BulkFix, values: Sequence[Value]) -> list[Value]:
    table = pyarrow.table({"place": range(len(values)), "value": pyarrow.array(values, pyarrow.string())})
    with duckdb.connect(config={"threads": "1"}) as duck:
        duck.register("said", table)
        try:
            found = duck.execute(
                "select regexp_replace(value, ?, ?, 'g') from said order by place", [fix.find, fix.value]
            ).fetchall()
        except duckdb.Error as error:
            raise Invalid(
                "govern.quarantine.pattern", pattern=fix.find, reason=str(error).splitlines()[0]
            ) from error
    return [row[0] for row in found]
