"""One import from its files to its report: land, survey, derive, profile, suggest, check, write, entities.

Synchronous and single-minded: it runs in a process of its own (`engine.process`), which may be killed at any time
without harm, since nothing leaves `job.workdir` before the caller takes it.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import duckdb
import msgspec

from quanyu.core.clock import city_day, utc_now
from quanyu.core.profile import ColumnProfile
from quanyu.govern.engine.ambiguity import told_of_dates
from quanyu.govern.engine.checking import Verdict, check, compile_all
from quanyu.govern.engine.derived import derive
from quanyu.govern.engine.explaining import explain, explained
from quanyu.govern.engine.landing import Raw, keeping_raw, land_files
from quanyu.govern.engine.model import (
    Changes,
    EngineJob,
    EngineReport,
    EntityMapping,
    FileFault,
    Normalised,
    Progress,
    RawPolicy,
    Stage,
)
from quanyu.govern.engine.positions import Positions, find_positions, with_meanings
from quanyu.govern.engine.profiling import profile_columns
from quanyu.govern.engine.relation import Relation, create_typed, find_duplicates
from quanyu.govern.engine.reporting import Findings, report, told_of_mapping
from quanyu.govern.engine.session import in_city_time, opened
from quanyu.govern.engine.shapes import find_system
from quanyu.govern.engine.stopwatch import Stopwatch
from quanyu.govern.engine.survey import guess_early, survey
from quanyu.govern.engine.wanted import require_columns, require_key
from quanyu.govern.engine.writing import Portion, write_accepted, write_quarantine, write_superseded
from quanyu.govern.quality.rules import Origin, Rule
from quanyu.govern.quality.scene import Box, Scene
from quanyu.govern.quality.sql import Surroundings, is_applicable
from quanyu.govern.quality.suggest import Suggestion, suggest

OnProgress = Callable[[Progress], None]

_AT_ONCE = 500_000
"""Records of an import that is too large for the memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """The files as typed records, before any rule."""

    raw: Raw
    relation: Relation
    around: Surroundings
    normalised: tuple[Normalised, ...]
    duplicates: int
    positions: Positions
    told: tuple[FileFault, ...]


def import_files(job: EngineJob, on_progress: OnProgress) -> EngineReport:
    """Raises Invalid where the files cannot be read or a saved rule cannot be applied."""
    watch = Stopwatch()
    Path(job.workdir).mkdir(parents=True, exist_ok=True)
    with opened(job) as connection:
        early = partial(guess_early, connection, choices=job.columns, type_share=job.type_share)
        with watch("land"):
            raw = land_files(connection, job, on_progress, early)
        with keeping_raw(connection, raw, job.raw):
            on_progress(Progress(stage=Stage.PROFILE))
            read = _read(connection, job, raw, watch)
            findings = _findings(connection, job, read, watch, on_progress)
        with watch("report"):
            return report(connection, job, findings, watch)


def _findings(
    connection: duckdb.DuckDBPyConnection,
    job: EngineJob,
    read: Read,
    watch: Stopwatch,
    on_progress: OnProgress,
) -> Findings:
    with watch("profile"):
        profiles, known = profile_columns(connection, read.relation, read.around, duplicates=read.duplicates)
    on_progress(Progress(stage=Stage.CHECK))
    with watch("suggest"):
        suggestion = _suggest(connection, job, read, profiles)
    key = job.key or suggestion.key
    with watch("check"):
        rules = compile_all(_rules(job, suggestion, read.around), read.around)
        verdict = check(connection, rules)
        proposals = {one.rule.name: explain(connection, one, read.around) for one in rules if explained(one)}
    on_progress(Progress(stage=Stage.WRITE))
    with watch("write"):
        outputs, changes = _write(connection, job, read, verdict, key)
    on_progress(Progress(stage=Stage.ENTITIES))
    with watch("entities"):
        mapping, proposal, entities, places = _entities(
            connection, job, read, profiles, key, outputs, on_progress
        )
    return Findings(
        raw=read.raw,
        relation=read.relation,
        around=read.around,
        normalised=read.normalised,
        duplicates=read.duplicates,
        told=(*read.told, *places, *told_of_mapping(proposal)),
        profiles=profiles,
        known=known,
        verdict=verdict,
        proposals=proposals,
        key=key,
        changes=changes,
        outputs=outputs,
        mapping=mapping,
        mapping_proposal=proposal,
        entities=entities,
    )


def _entities(
    connection: duckdb.DuckDBPyConnection,
    job: EngineJob,
    read: Read,
    profiles: tuple[ColumnProfile, ...],
    key: tuple[str, ...],
    outputs: dict[str, str],
    on_progress: OnProgress,
) -> tuple[EntityMapping | None, msgspec.Raw, int, tuple[FileFault, ...]]:
    """Imported only here, as the data models and the libraries of geometry take longer than a small file."""
    if job.mapping is None and not job.propose_mapping:
        return None, msgspec.Raw(b"null"), 0, ()
    from quanyu.govern.engine.entities import write_entities
    from quanyu.govern.engine.mapped import choose_mapping

    crs = _declared_crs(job, read.raw) or read.positions.crs
    mapping, proposal = choose_mapping(job, profiles, key, crs=crs)
    if mapping is None:
        return None, proposal, 0, ()
    outputs["entities"] = str(Path(job.workdir) / "entities")
    count, told = write_entities(
        connection,
        accepted=Path(outputs["accepted"]),
        mapping=mapping,
        types=read.relation.types,
        dataset=job.dataset,
        time_zone=job.time_zone,
        folder=Path(outputs["entities"]),
        on_written=lambda done, total: on_progress(Progress(stage=Stage.ENTITIES, done=done, total=total)),
    )
    return mapping, proposal, count, told


def _read(connection: duckdb.DuckDBPyConnection, job: EngineJob, raw: Raw, watch: Stopwatch) -> Read:
    with watch("survey"):
        surveyed, normalised = survey(connection, raw, job.columns, type_share=job.type_share)
    with watch("duplicates"):
        relation = Relation(surveyed=surveyed, derived=(), early=raw.early)
        relation = Relation(surveyed=surveyed, derived=derive(relation), early=raw.early)
        require_columns(job.wanted, relation.columns)
        if job.previous:
            require_key(job.dataset, job.key, relation.columns)
        duplicates = find_duplicates(connection, relation, raw.rows)
        file = None if raw.in_memory else Path(job.workdir) / "typed.parquet"
        create_typed(connection, relation, file=file, without_duplicates=duplicates > 0)
    with watch("positions"):
        declared = _declared_crs(job, raw)
        positions = find_positions(connection, relation, declared=declared, home=job.home)
        if declared is None and positions == Positions():
            positions = find_system(connection, relation, home=job.home)
        relation = with_meanings(relation, positions)
    return Read(
        raw=raw,
        relation=relation,
        around=relation.surroundings(job.tables, _as_of(job)),
        normalised=normalised,
        duplicates=duplicates,
        positions=positions,
        told=(*positions.told, *told_of_dates(connection, raw, surveyed, job.columns)),
    )


def _declared_crs(job: EngineJob, raw: Raw) -> str | None:
    decided = job.mapping.crs if job.mapping and job.mapping.longitude else None
    return job.reading.crs or decided or next((table.crs for table in raw.landed if table.crs), None)


def _as_of(job: EngineJob) -> date:
    return job.as_of or city_day(utc_now())


def _suggest(
    connection: duckdb.DuckDBPyConnection, job: EngineJob, read: Read, profiles: tuple[ColumnProfile, ...]
) -> Suggestion:
    if not job.suggest:
        return Suggestion(rules=(), key=job.key)
    region = job.region
    box = Box(west=region.west, south=region.south, east=region.east, north=region.north) if region else None
    scene = Scene(
        connection=connection,
        profiles=profiles,
        around=read.around,
        region=box,
        may_have_lost_characters=_lost(read),
    )
    return suggest(scene, key=job.key, update_cycle_days=job.update_cycle_days)


def _lost(read: Read) -> bool:
    seen = any("\ufffd" in text for one in read.relation.surveyed for text in one.samples)
    return seen or any(table.broken_lines for table in read.raw.landed)


def _rules(job: EngineJob, suggestion: Suggestion, around: Surroundings) -> tuple[Rule, ...]:
    """Saved rules win over suggested ones of the same name; what was once suggested for columns now gone is let be."""
    rules = {rule.name: rule for rule in suggestion.rules if rule.name not in job.switched_off}
    rules |= {rule.name: rule for rule in job.rules}
    return tuple(
        rule for rule in rules.values() if rule.origin is not Origin.SUGGESTED or is_applicable(rule, around)
    )


def _write(
    connection: duckdb.DuckDBPyConnection,
    job: EngineJob,
    read: Read,
    verdict: Verdict,
    key: tuple[str, ...],
) -> tuple[dict[str, str], Changes | None]:
    folder = Path(job.workdir)
    kept = ("raw", "accepted", "quarantine") if job.raw is RawPolicy.PARQUET else ("accepted", "quarantine")
    outputs = {part: str(folder / f"{part}.parquet") for part in kept}
    _write_records(connection, job, read, verdict, Path(outputs["accepted"]), Path(outputs["quarantine"]))
    if not job.previous or not key:
        return outputs, None
    outputs["superseded"] = str(folder / "superseded.parquet")
    changes = write_superseded(
        connection,
        accepted=Path(outputs["accepted"]),
        previous=job.previous,
        superseded=job.superseded,
        key=key,
        path=Path(outputs["superseded"]),
    )
    return outputs, changes


def _write_records(
    connection: duckdb.DuckDBPyConnection,
    job: EngineJob,
    read: Read,
    verdict: Verdict,
    accepted: Path,
    quarantine: Path,
) -> None:
    """Both at once, as neither keeps all cores busy; one after the other where memory is short."""
    aside = in_city_time(connection.cursor(), job)
    portion = Portion(rows=read.raw.rows, records=read.raw.rows if read.raw.in_memory else _AT_ONCE)
    with ThreadPoolExecutor(max_workers=1) as beside:
        refused = beside.submit(
            write_quarantine, aside, read.relation, verdict, read.around, quarantine, portion
        )
        if not read.raw.in_memory:
            refused.result()
        write_accepted(connection, read.relation, verdict, accepted, portion)
        refused.result()
