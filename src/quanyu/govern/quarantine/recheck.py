"""Mended records go through the same engine, rules and mapping as any import, only fewer of them."""

import asyncio
import shutil
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec
import pyarrow
import pyarrow.parquet

from quanyu.govern.engine.model import ColumnChoice, EngineJob, EngineReport, InputFile, RawPolicy
from quanyu.govern.imports.content import current_sql, paths, reader
from quanyu.govern.imports.folders import Folders
from quanyu.govern.imports.model import Dataset, Part, PartRole
from quanyu.govern.imports.records import column_types
from quanyu.govern.imports.watch import RunEngine
from quanyu.govern.quality.quote import literal, name
from quanyu.govern.quality.rules import Rule, RuleKind, Severity
from quanyu.govern.quarantine.model import QuarantinedRow, RowFault, RowId

Prepare = Callable[[EngineJob], Awaitable[EngineJob]]
"""Adds to a job what rules look into."""

_AMONG_RECORDS = {
    RuleKind.UNIQUE, RuleKind.FUNCTIONAL_DEPENDENCY, RuleKind.REPEATED_TEXT, RuleKind.SPEED, RuleKind.REJECT,
}  # fmt: skip
"""Rules that a record breaks because of other records: looking at a few records cannot tell that it keeps them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The dataset as the records are checked against it."""

    dataset: Dataset
    parts: tuple[Part, ...]
    rules: tuple[Rule, ...]
    tables: dict[str, str]
    as_of: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Rechecked:
    """`remaining` faults of each record; `report` of those that went through the engine, numbered as in `sent`."""

    remaining: dict[RowId, tuple[RowFault, ...]]
    sent: tuple[QuarantinedRow, ...]
    report: EngineReport | None


async def recheck(
    known: Known,
    rows: Sequence[QuarantinedRow],
    *,
    folders: Folders,
    work_id: str,
    run_engine: RunEngine,
    prepare: Prepare,
    accept: bool = False,
) -> Rechecked:
    """With `accept` nothing refuses: the rules only flag. The caller removes the work folder `work_id`."""
    among = {} if accept else await asyncio.to_thread(_faults_among, known, rows, folders)
    sent = tuple(row for row in rows if not among.get(row.id))
    if not sent:
        return Rechecked(remaining=among, sent=(), report=None)
    job = await prepare(await asyncio.to_thread(_job, known, sent, folders, work_id, accept))
    report = await run_engine(job, on_progress=lambda _: None)
    refused = await asyncio.to_thread(_refused, Path(report.outputs.get("quarantine", "")), folders)
    own = {row.id: refused.get(index, ()) for index, row in enumerate(sent)}
    return Rechecked(remaining={**among, **own}, sent=sent, report=report)


def _job(
    known: Known, rows: Sequence[QuarantinedRow], folders: Folders, work_id: str, accept: bool
) -> EngineJob:
    """Types, formats and units stay those that the whole dataset has: a few records could not tell them."""
    work = folders.work(work_id)
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    columns = list(rows[0].values)
    table = {column: [row.mended_values.get(column) for row in rows] for column in columns}
    file = work / "rows.parquet"
    pyarrow.parquet.write_table(
        pyarrow.table({column: pyarrow.array(values, pyarrow.string()) for column, values in table.items()}),
        file,
    )
    rules = [rule for rule in known.rules if rule.kind not in _AMONG_RECORDS]
    dataset = known.dataset
    return EngineJob(
        dataset=dataset.name,
        import_id=work_id,
        files=(InputFile(path=str(file), name=file.name),),
        workdir=str(work),
        columns=tuple(
            ColumnChoice(
                name=one.name, type=one.type, format=one.format, unit=one.unit, semantic=one.semantic
            )
            for one in dataset.columns
            if one.name in columns
        ),
        rules=tuple(
            msgspec.structs.replace(rule, severity=Severity.FLAG) if accept else rule for rule in rules
        ),
        suggest=False,
        mapping=dataset.mapping,
        propose_mapping=False,
        key=dataset.key_columns,
        previous=tuple(paths(folders.data, known.parts, PartRole.ACCEPTED)),
        superseded=tuple(paths(folders.data, known.parts, PartRole.SUPERSEDED)),
        tables=known.tables,
        as_of=known.as_of,
        raw=RawPolicy.UPLOAD,
        threads=1,
    )


def _refused(quarantine: Path, folders: Folders) -> dict[int, tuple[RowFault, ...]]:
    if not quarantine.is_file():
        return {}
    with reader(folders.data, folders.tenant) as duck:
        found = duck.execute(f"select _row, _faults from read_parquet({literal(str(quarantine))})").fetchall()
    return {row: tuple(msgspec.convert(fault, RowFault) for fault in faults) for row, faults in found}


def _faults_among(
    known: Known, rows: Sequence[QuarantinedRow], folders: Folders
) -> dict[RowId, tuple[RowFault, ...]]:
    """A fault that lies in the company of other records stays, unless the value is new and no record has it."""
    rules = {
        rule.name: rule
        for rule in known.rules
        if rule.kind in _AMONG_RECORDS and rule.severity is Severity.REFUSE
    }
    rules |= {"reject": Rule(name="reject", kind=RuleKind.REJECT)}
    found: defaultdict[RowId, list[RowFault]] = defaultdict(list)
    for row in rows:
        for fault in row.faults:
            rule = rules.get(fault.rule)
            if rule is not None and not set(rule.columns) & set(row.edits):
                found[row.id].append(fault)
    unique = [rule for rule in rules.values() if rule.kind is RuleKind.UNIQUE and rule.columns]
    edited = [row for row in rows if row.edits]
    for rule in unique if edited else ():
        for row_id in _taken(known, rule, edited, folders):
            found[row_id].append(
                RowFault(rule=rule.name, columns=rule.columns, reason="unique", value=None, proposal=None)
            )
    return {row: tuple(faults) for row, faults in found.items()}


def _taken(known: Known, rule: Rule, rows: Iterable[QuarantinedRow], folders: Folders) -> list[RowId]:
    """Edited rows whose value under `rule` a current record has already, or another of these rows."""
    touched = [row for row in rows if set(rule.columns) & set(row.edits)]
    values = {row.id: tuple(row.mended_values.get(column) for column in rule.columns) for row in touched}
    with reader(folders.data, folders.tenant) as duck:
        current = current_sql(folders.data, known.parts)
        if current is None or not values or not set(rule.columns) <= set(column_types(duck, current)):
            return []
        said = {
            f"c{i}": pyarrow.array([value[i] for value in values.values()], pyarrow.string())
            for i in range(len(rule.columns))
        }
        duck.register("said", pyarrow.table(said))
        on = " and ".join(
            f"trim(said.c{i}) = now.{name(column)}::varchar" for i, column in enumerate(rule.columns)
        )
        listed = ", ".join(f"said.c{i}" for i in range(len(rule.columns)))
        taken = set(duck.execute(f"select {listed} from said semi join {current} as now on {on}").fetchall())
    return [row_id for row_id, value in values.items() if value in taken or _repeated(value, values)]


def _repeated(value: tuple[str | None, ...], values: Mapping[RowId, tuple[str | None, ...]]) -> bool:
    return sum(1 for other in values.values() if other == value) > 1
