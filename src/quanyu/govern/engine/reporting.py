"""The report of an import from everything that was found."""

import resource
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import msgspec

from quanyu.core.profile import ColumnProfile
from quanyu.govern.engine.checking import Verdict, most_frequent_values
from quanyu.govern.engine.landing import Raw, file_faults, told_of_rejects
from quanyu.govern.engine.model import (
    Changes,
    DroppedLine,
    EngineJob,
    EngineReport,
    EntityMapping,
    FileFault,
    Normalised,
    RuleResult,
)
from quanyu.govern.engine.parts import told_of_parts
from quanyu.govern.engine.relation import Relation, first_repeated
from quanyu.govern.engine.scoring import dimension_scores, rule_score, weighted_score
from quanyu.govern.engine.stopwatch import Stopwatch
from quanyu.govern.quality.quote import name
from quanyu.govern.quality.rules import Rule, RuleKind, Scalar
from quanyu.govern.quality.sql import Surroundings

_REPEATED_TOLD = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    raw: Raw
    relation: Relation
    around: Surroundings
    normalised: tuple[Normalised, ...]
    duplicates: int
    told: tuple[FileFault, ...]
    profiles: tuple[ColumnProfile, ...]
    known: dict[str, int]
    verdict: Verdict
    proposals: dict[str, int]
    key: tuple[str, ...]
    changes: Changes | None
    outputs: dict[str, str]
    mapping: EntityMapping | None
    mapping_proposal: msgspec.Raw
    entities: int


def report(
    connection: duckdb.DuckDBPyConnection, job: EngineJob, findings: Findings, watch: Stopwatch
) -> EngineReport:
    raw = findings.raw
    results = _results(connection, findings)
    read = raw.rows + raw.rejected
    quarantined = findings.verdict.refused + raw.rejected
    return EngineReport(
        dataset=job.dataset,
        read=read,
        accepted=read - quarantined - findings.duplicates,
        quarantined=quarantined,
        duplicates=findings.duplicates,
        rules={result.rule.name: result.violations for result in results if result.violations},
        score=weighted_score(results) if read > quarantined else None,
        dimensions=dimension_scores(results),
        results=results,
        columns=findings.profiles,
        derived=findings.relation.derived,
        key=findings.key,
        normalised=findings.normalised,
        dropped=_dropped(raw),
        left_out=_left_out(raw),
        repeated=first_repeated(connection, _REPEATED_TOLD) if findings.duplicates else (),
        faults=(
            *told_of_parts(raw),
            *file_faults(raw),
            *told_of_rejects(connection, raw),
            *findings.told,
        ),
        sources=raw.sources,
        changes=findings.changes,
        outputs=findings.outputs,
        mapping=findings.mapping,
        mapping_proposal=findings.mapping_proposal,
        entities=findings.entities,
        timings=watch.seconds,
        peak_rss_mib=_peak_rss_mib(),
    )


def told_of_mapping(proposal: msgspec.Raw) -> tuple[FileFault, ...]:
    """Why the records are taken for what they are taken for."""
    why = msgspec.json.decode(proposal, type=_Proposed | None)
    if why is None or why.why is None:
        return ()
    return (FileFault(where="", key=why.why.key, values=dict(why.why.values)),)


class _Why(msgspec.Struct):
    key: str
    values: dict[str, Scalar] = {}


class _Proposed(msgspec.Struct):
    why: _Why | None = None


def _results(connection: duckdb.DuckDBPyConnection, findings: Findings) -> tuple[RuleResult, ...]:
    verdict = findings.verdict
    checked = _checked(connection, findings)
    results = []
    for one, violations, groups in zip(verdict.rules, verdict.violations, verdict.groups, strict=True):
        count = checked[one.check.checked]
        if one.rule.kind is RuleKind.REJECT:
            violations, count = findings.raw.rejected, findings.raw.rows + findings.raw.rejected
        if one.rule.kind is RuleKind.FRESHNESS:
            violations, count = _staleness(connection, one.rule, findings.around.as_of), 1
        results.append(
            RuleResult(
                rule=one.rule,
                checked=count,
                violations=violations,
                score=rule_score(count, violations),
                groups=groups,
                proposals=findings.proposals.get(one.rule.name, 0),
                details=most_frequent_values(connection, one, findings.around) if violations else (),
            )
        )
    return tuple(results)


def _staleness(connection: duckdb.DuckDBPyConnection, rule: Rule, as_of: date) -> int:
    """1 where even the newest record is older than the update cycle allows."""
    found = connection.execute(f"SELECT max({name(rule.columns[0])})::DATE FROM typed").fetchone()
    oldest = as_of - timedelta(days=float(str(rule.parameters["days"])))
    return int(found is None or found[0] is None or found[0] < oldest)


def _checked(connection: duckdb.DuckDBPyConnection, findings: Findings) -> dict[str, int]:
    """How many records each rule looked at; conditions on one column were counted with the profile."""
    known = dict(findings.known)
    rest = sorted({one.check.checked for one in findings.verdict.rules} - known.keys())
    if rest:
        counts = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in rest)
        found = connection.execute(f"SELECT {counts} FROM typed").fetchone() or ()
        known |= dict(zip(rest, (int(count) for count in found), strict=True))
    return known


def _dropped(raw: Raw) -> tuple[DroppedLine, ...]:
    return tuple(
        DroppedLine(source=index, line=line.line, kind=line.kind, text=line.text)
        for index, table in enumerate(raw.landed)
        for line in table.dropped
    )


def _left_out(raw: Raw) -> dict[str, int]:
    found = Counter[str]()
    for table in raw.landed:
        found.update(table.left_out)
    return found


def _peak_rss_mib() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "linux" else peak // (1024 * 1024)
