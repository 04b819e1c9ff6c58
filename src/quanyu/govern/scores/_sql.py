"""The only SQL of quality_rule, quality_result, quality_score and defect."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from quanyu.core.clock import CITY_ZONE
from quanyu.govern.engine.model import RuleResult
from quanyu.govern.engine.scoring import rule_score
from quanyu.govern.quality.rules import Rule
from quanyu.govern.scores.model import Cause, Defect, DefectState, Score, ScorePoint, StoredRule
from quanyu.store import Connection

_RULE = "body, version, enabled, effective_from, effective_to, author, at"
_DEFECT = "dataset, rule, number, records, owner, deadline, state, note, opened, modified, closed, closed_by"


async def rules(connection: Connection, dataset: str, *, on: date) -> list[StoredRule]:
    """The version of each rule that is in force, switched off or not."""
    rows = await connection.fetch(
        f"""select distinct on (name) {_RULE} from quality_rule
        where dataset = $1 and effective_from <= $2 and (effective_to is null or effective_to >= $2)
        order by name, version desc""",
        dataset, on,
    )  # fmt: skip
    return [_rule(row) for row in rows]


async def rule_versions(connection: Connection, dataset: str, name: str) -> list[StoredRule]:
    rows = await connection.fetch(
        f"select {_RULE} from quality_rule where dataset = $1 and name = $2 order by version desc",
        dataset,
        name,
    )
    return [_rule(row) for row in rows]


async def add_rules(connection: Connection, tenant: str, dataset: str, new: Sequence[StoredRule]) -> None:
    """Versions that are there already stay as they are."""
    await connection.executemany(
        """insert into quality_rule (tenant, dataset, name, version, body, enabled, effective_from, effective_to, author, at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing""",
        [
            (tenant, dataset, rule.body.name, rule.version, rule.body, rule.enabled, rule.effective_from,
             rule.effective_to, rule.author, rule.at)
            for rule in new
        ],
    )  # fmt: skip


async def add_results(
    connection: Connection, tenant: str, dataset: str, import_id: str, results: Sequence[RuleResult]
) -> None:
    await connection.executemany(
        """insert into quality_result (tenant, dataset, import, rule, body, checked, violations, details, groups, proposals)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict (tenant, dataset, import, rule) do update set body = excluded.body, checked = excluded.checked,
          violations = excluded.violations, details = excluded.details, groups = excluded.groups, proposals = excluded.proposals""",
        [
            (tenant, dataset, import_id, one.rule.name, one.rule, one.checked, one.violations, list(one.details),
             one.groups, one.proposals)
            for one in results
        ],
    )  # fmt: skip


async def forget_results(connection: Connection, dataset: str) -> None:
    """Before a re-run, which looks at all that the earlier imports brought. Their reports keep what they found."""
    await connection.execute("delete from quality_result where dataset = $1", dataset)


async def take_off(
    connection: Connection, dataset: str, import_id: str, *, dead: int, settled: Mapping[str, int]
) -> None:
    """For good: `dead` records of the import were replaced and their file goes, with the rules that they broke."""
    await connection.execute(
        """update quality_result r set checked = greatest(checked - $3, 0),
          violations = greatest(violations - coalesce(($4::jsonb ->> r.rule)::bigint, 0), 0)
        where dataset = $1 and import = $2""",
        dataset, import_id, dead, dict(settled),
    )  # fmt: skip
    await connection.execute(
        "delete from quality_result where dataset = $1 and import = $2 and checked = 0 and violations = 0",
        dataset,
        import_id,
    )


async def results(connection: Connection, dataset: str) -> dict[str, list[RuleResult]]:
    """By import (or release), in the order in which they came."""
    rows = await connection.fetch(
        "select import, body, checked, violations, details, groups, proposals from quality_result where dataset = $1 order by import, rule",
        dataset,
    )
    found: dict[str, list[RuleResult]] = {}
    for row in rows:
        found.setdefault(row["import"], []).append(_result(row))
    return found


async def add_score(
    connection: Connection,
    tenant: str,
    dataset: str,
    version: int,
    score: Score,
    *,
    cause: Cause,
    at: datetime,
) -> None:
    await connection.execute(
        """insert into quality_score (tenant, dataset, version, at, cause, score, dimensions, rules, records, quarantined)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        tenant, dataset, version, at, cause, score.score, score.dimensions,
        {one.rule.name: (one.checked, one.violations) for one in score.results}, score.records, score.quarantined,
    )  # fmt: skip


async def trend(connection: Connection, dataset: str, *, limit: int) -> list[ScorePoint]:
    """Newest first."""
    rows = await connection.fetch(
        """select version, at, cause, score, dimensions, rules, records, quarantined from quality_score
        where dataset = $1 order by version desc limit $2""",
        dataset, limit,
    )  # fmt: skip
    return [msgspec.convert(dict(row), ScorePoint) for row in rows]


async def newest_scores(connection: Connection) -> list[tuple[str, ScorePoint]]:
    rows = await connection.fetch(
        """select distinct on (dataset) dataset, version, at, cause, score, dimensions, rules, records, quarantined
        from quality_score order by dataset, version desc"""
    )
    return [
        (row["dataset"], msgspec.convert({k: v for k, v in dict(row).items() if k != "dataset"}, ScorePoint))
        for row in rows
    ]


async def daily_trend(connection: Connection, *, since: datetime) -> list[tuple[date, str, float, int]]:
    """The last score of each dataset on each day: day, dataset, score, records."""
    rows = await connection.fetch(
        """select distinct on (day, dataset) (at at time zone $2)::date as day, dataset, score, records
        from quality_score where at >= $1 and score is not null order by day, dataset, version desc""",
        since, CITY_ZONE.key,
    )  # fmt: skip
    return [(row["day"], row["dataset"], row["score"], row["records"]) for row in rows]


async def defects(
    connection: Connection,
    *,
    dataset: str | None,
    owner: str | None,
    states: Sequence[str],
    overdue_on: date | None = None,
    after: tuple[str, str, int],
    limit: int,
) -> list[Defect]:
    """With `-` as owner those of no body."""
    rows = await connection.fetch(
        f"""select {_DEFECT} from defect
        where ($1::text is null or dataset = $1) and ($2::text is null or owner is not distinct from nullif($2, '-')) and state = any($3)
          and (dataset, rule, number) > ($4, $5, $6::bigint) and ($8::date is null or deadline < $8)
        order by dataset, rule, number limit $7""",
        dataset, owner, list(states), *after, limit, overdue_on,
    )  # fmt: skip
    return [_defect(row) for row in rows]


async def defect(
    connection: Connection, dataset: str, rule: str, *, number: int | None = None
) -> Defect | None:
    """Locked; without `number` the newest one."""
    row = await connection.fetchrow(
        f"""select {_DEFECT} from defect where dataset = $1 and rule = $2 and ($3::int is null or number = $3)
        order by number desc limit 1 for update""",
        dataset, rule, number,
    )  # fmt: skip
    return _defect(row) if row else None


async def newest_defects(connection: Connection, dataset: str) -> dict[str, Defect]:
    rows = await connection.fetch(
        f"select distinct on (rule) {_DEFECT} from defect where dataset = $1 order by rule, number desc",
        dataset,
    )
    return {row["rule"]: _defect(row) for row in rows}


async def put_defects(connection: Connection, tenant: str, defects: Sequence[Defect]) -> None:
    await connection.executemany(
        """insert into defect (tenant, dataset, rule, number, records, owner, deadline, state, note, opened, modified, closed, closed_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        on conflict (tenant, dataset, rule, number) do update set records = excluded.records, owner = excluded.owner,
          deadline = excluded.deadline, state = excluded.state, note = excluded.note, modified = excluded.modified,
          closed = excluded.closed, closed_by = excluded.closed_by""",
        [
            (tenant, one.dataset, one.rule, one.number, one.records, one.owner, one.deadline, one.state, one.note,
             one.opened, one.modified, one.closed, one.closed_by)
            for one in defects
        ],
    )  # fmt: skip


async def defect_counts(
    connection: Connection, datasets: Sequence[str], *, on: date
) -> dict[str | None, tuple[int, int]]:
    """By who has to settle them: open ones of these datasets, and those of them past their deadline."""
    rows = await connection.fetch(
        """select owner, count(*) as open, count(*) filter (where deadline < $1) as overdue from defect
        where state in ('open', 'working') and dataset = any($2) group by owner""",
        on, list(datasets),
    )  # fmt: skip
    return {row["owner"]: (row["open"], row["overdue"]) for row in rows}


def _rule(row: Any) -> StoredRule:
    return StoredRule(
        body=msgspec.convert(row["body"], Rule),
        version=row["version"],
        enabled=row["enabled"],
        effective_from=row["effective_from"],
        effective_to=row["effective_to"],
        author=row["author"],
        at=row["at"],
    )


def _result(row: Any) -> RuleResult:
    return RuleResult(
        rule=msgspec.convert(row["body"], Rule),
        checked=row["checked"],
        violations=row["violations"],
        score=rule_score(row["checked"], row["violations"]),
        groups=row["groups"],
        details=msgspec.convert(row["details"], tuple[tuple[str, int], ...]),
        proposals=row["proposals"],
    )


def _defect(row: Any) -> Defect:
    return Defect(**{**dict(row), "state": DefectState(row["state"])})
