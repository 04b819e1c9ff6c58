"""Commands for data: import."""

import asyncio
import math
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import msgspec
import uvloop
from cyclopts import Parameter
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from quanyu.app import settings as node_settings
from quanyu.app.cli.door import Door, open_door
from quanyu.app.cli.entities import MODEL, holds_entities, import_entities
from quanyu.app.cli.files import read, require
from quanyu.app.cli.notes import notes
from quanyu.app.cli.terminal import language
from quanyu.core.errors import Fault, Invalid, Unavailable
from quanyu.core.messages import text
from quanyu.govern.imports.model import ImportState, name_from_file
from quanyu.govern.mapping.entity import entity_mapping

_LOOK_SECONDS = 0.2
_PARTS = {".shp": (".shx", ".dbf", ".prj", ".cpg", ".dbt", ".fpt"), ".dbf": (".dbt", ".fpt", ".cpg")}


def import_files(
    files: Annotated[tuple[Path, ...], Parameter(negative=())],
    /,
    *,
    dataset: str | None = None,
    model: str | None = None,
    mapping: Path | None = None,
    owner: str | None = None,
    title: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    header: bool | None = None,
    header_line: int | None = None,
    sheet: str | None = None,
    crs: str | None = None,
    key: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    column_type: Annotated[tuple[str, ...], Parameter(name="--type", negative=())] = (),
    update_cycle: str | None = None,
    json: Annotated[bool, Parameter(negative=())] = False,
    data: Path | None = None,
) -> int:
    """Import files as one dataset: read, typed, mapped, checked by rules, catalogued.

    Several files are parts of one dataset. The same files again change nothing. JSON lines of NGSI-LD entities go
    straight into the twin instead. Talks to the node at QUANYU_URL or on
    this machine; where none runs it opens the data folder itself.

    Parameters
    ----------
    files
        CSV, TSV, XLSX, XLS, JSON, JSON lines, GeoJSON, Parquet, Shapefile, DBF; each also .gz, .zip, .zst.
    dataset
        Name of the dataset; from the file's name where it is not given.
    model
        Data model to map to, e.g. OffStreetParking; proposed where it is not given. ngsi-ld: each line is an entity.
    mapping
        File with the mapping of columns (docs/mapping.md).
    owner
        Code of the organisation that the data belongs to.
    title
        Title of a new dataset.
    encoding
        Encoding of the text, e.g. GB18030.
    delimiter
        Character between fields.
    header
        Whether there is a header line.
    header_line
        Number of the header line, from 1.
    sheet
        Sheet of a workbook.
    crs
        Coordinate system: EPSG:4326, EPSG:4490, GCJ-02, BD-09.
    key
        Column that identifies a record; may be given more than once.
    column_type
        Type of a column as NAME=TYPE or NAME=TYPE:FORMAT, e.g. zip=text, opened=date:european; may be given more than once.
    update_cycle
        real_time, daily, weekly, monthly, quarterly, half_yearly or yearly.
    json
        Print one JSON object as the last line.
    data
        Data folder, where no node runs.
    """
    if not files:
        raise Invalid("app.import.none")
    require(files)
    if model == MODEL or (not (dataset or model or mapping) and all(map(holds_entities, files))):
        return uvloop.run(import_entities(node_settings.parse(data=data), files, as_json=json))
    files = _with_parts(files)
    said: dict[str, Any] = {
        "model": model, "owner": owner, "title": title, "encoding": encoding, "delimiter": delimiter, "header": header,
        "header_line": header_line, "sheet": sheet, "crs": crs, "key": list(key) or None, "types": _types(column_type),
        "formats": _formats(column_type), "update_cycle": update_cycle, "mapping": _mapping(mapping),
    }  # fmt: skip
    said = {name: value for name, value in said.items() if value}
    if header is not None:
        said["header"] = header
    name = dataset or name_from_file(_main(files).name)
    return uvloop.run(_import(node_settings.parse(data=data), name, files, said, as_json=json))


async def _import(
    settings: node_settings.Settings,
    dataset: str,
    files: tuple[Path, ...],
    said: dict[str, Any],
    *,
    as_json: bool,
) -> int:
    console = Console(stderr=as_json)
    async with open_door(settings, language()) as door:
        begun = await door.begin(dataset, files, said)
        try:
            done = await _followed(door, begun["import"], console)
        except httpx.HTTPError as error:
            raise Unavailable("app.import.goes_on", id=begun["import"]) from error
    if done["state"] != ImportState.DONE:
        _explain(done, console)
        return 2
    _show(done, console, unchanged=begun["unchanged"])
    if as_json:
        print(msgspec.json.encode(_summary(done)).decode())
    return 0


async def _followed(door: Door, import_id: str, console: Console) -> dict[str, Any]:
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[pace]}"),
        TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(text("app.import.stage.received", language()), total=None, pace="")
        while True:
            known = await door.look(import_id)
            if ImportState(known["state"]).is_over:
                return known
            _advance(bar, task, known.get("progress"))
            await asyncio.sleep(_LOOK_SECONDS)


def _advance(bar: Progress, task: TaskID, progress: dict[str, Any] | None) -> None:
    if progress:
        stage = text(f"app.import.stage.{progress['stage']}", language())
        bar.update(task, description=stage, completed=progress["done"], pace=_pace(progress))
        bar.tasks[0].total = progress["total"] or None  # `update` takes None for "as it was"


def _pace(progress: dict[str, Any]) -> str:
    """Nothing in stages that cannot count what they have done: no number is better than a wrong one."""
    if not progress["rate"]:
        return ""
    rate, unit, left = progress["rate"], progress["unit"], progress["remaining"]
    pace = f"{rate / 1e6:,.1f} MB/s" if unit == "bytes" else f"{rate:,.0f} {unit}/s"
    if left is None:
        return pace
    return f"{pace}, {text('app.import.left', language(), left=timedelta(seconds=round(left)))}"


def _show(done: dict[str, Any], console: Console, *, unchanged: bool) -> None:
    report, spoken = done["report"], language()
    if report["rules"]:
        table = Table(text("app.import.rule", spoken), text("app.import.records", spoken), box=None)
        for rule, count in sorted(report["rules"].items(), key=lambda pair: -pair[1]):
            table.add_row(Text(rule), f"{count:,}")
        console.print(table)
    for line in notes(report, spoken):
        console.print(f"  {line}", highlight=False, soft_wrap=True, markup=False)
    console.print(
        text(
            "app.import.unchanged" if unchanged else "app.import.done", spoken, dataset=done["dataset"],
            read=f"{report['read']:,}", accepted=f"{report['accepted']:,}", quarantined=f"{report['quarantined']:,}",
            duplicates=f"{report['duplicates']:,}", score=told_score(report["score"]),
        ),
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    console.print(text("app.import.where", spoken, dataset=done["dataset"]), highlight=False, soft_wrap=True)


def told_score(score: float | None) -> str:
    """Cut, not rounded, as the portal shows it: 100 is only what breaks nothing."""
    return "–" if score is None else f"{math.floor(score * 10 + 1e-6) / 10:.1f}"


def _explain(done: dict[str, Any], console: Console) -> None:
    print(done["fault"] or done["state"], file=sys.stderr)
    for fault in done["faults"]:
        if fault["message"] != done["fault"]:
            print(f"  {fault['where']}: {fault['message']}".replace("  : ", "  "), file=sys.stderr)


def _summary(done: dict[str, Any]) -> dict[str, Any]:
    report = done["report"]
    names = ("read", "accepted", "quarantined", "duplicates", "rules", "score")
    return {"dataset": done["dataset"]} | {name: report[name] for name in names}


def _with_parts(files: tuple[Path, ...]) -> tuple[Path, ...]:
    """A loose .shp, and a .dbf with memos, bring the files of their name with them."""
    beside = (
        path.with_suffix(ending) for path in files for ending in sorted(_PARTS.get(path.suffix.lower(), ()))
    )
    return tuple(dict.fromkeys((*files, *(path for path in beside if path.exists()))))


def _main(files: tuple[Path, ...]) -> Path:
    """The first file that is no part of another one."""
    parts = {path.with_suffix(ending) for path in files for ending in _PARTS.get(path.suffix.lower(), ())}
    return next((path for path in files if path not in parts), files[0])


def _types(said: tuple[str, ...]) -> dict[str, str]:
    wrong = tuple(Fault("app.import.type", one, {"said": one}) for one in said if "=" not in one)
    if wrong:
        raise Invalid("app.import.types", faults=wrong)
    return {name: kind for name, kind, _ in _named(said)}


def _formats(said: tuple[str, ...]) -> dict[str, str]:
    """Of `经度=number:dms_packed` what stands behind the type."""
    return {name: form for name, _, form in _named(said) if form}


def _named(said: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    for one in said:
        name, _, kind = one.rpartition("=")
        kind, _, form = kind.partition(":")
        yield name, kind, form


def _mapping(path: Path | None) -> Any:
    """The engine's form of the mapping that a person wrote. Raises Invalid with what is wrong about its form."""
    if path is None:
        return None
    from quanyu.govern.mapping.file import read_mapping  # with the engine behind it

    return msgspec.to_builtins(entity_mapping(read_mapping(read(path))))
