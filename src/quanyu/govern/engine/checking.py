"""Rules applied to all records: which record breaks which rule, in the table `bad` (only records that break any)."""

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from quanyu.govern.engine.model import is_refusing
from quanyu.govern.quality.rules import Rule
from quanyu.govern.quality.sql import Check, Surroundings, compile_rule


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRule:
    rule: Rule
    check: Check
    mark: str  # the boolean column in `bad`


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`violations` and `groups` go with `rules`; `refused` counts records of the table, rejected lines aside."""

    rules: tuple[CheckedRule, ...]
    violations: tuple[int, ...]
    groups: tuple[int | None, ...]
    refused: int

    @property
    def broken(self) -> tuple[CheckedRule, ...]:
        """The rules that a record breaks; the others need not be asked again."""
        return tuple(one for one, count in zip(self.rules, self.violations, strict=True) if count)

    @property
    def refusing(self) -> str:
        """SQL: the record in `bad` breaks a rule that refuses."""
        return _any(one.mark for one in self.broken if is_refusing(one.rule))


def compile_all(rules: Iterable[Rule], around: Surroundings) -> tuple[CheckedRule, ...]:
    return tuple(
        CheckedRule(rule=rule, check=compile_rule(rule, around, temporary=f"rule_{index}"), mark=f"b{index}")
        for index, rule in enumerate(rules)
    )


def check(connection: duckdb.DuckDBPyConnection, rules: tuple[CheckedRule, ...]) -> Verdict:
    for one in rules:
        for statement in one.check.setup:
            connection.execute(statement)
    marks = "".join(f", coalesce({one.check.broken}, false) AS {one.mark}" for one in rules)
    any_mark = _any(one.mark for one in rules)
    connection.execute(f"CREATE TABLE bad AS SELECT * FROM (SELECT _row{marks} FROM typed) WHERE {any_mark}")
    refusing = _any(one.mark for one in rules if is_refusing(one.rule))
    counts = ", ".join(["count(*)", *(f"count(*) FILTER (WHERE {one.mark})" for one in rules)])
    refused = f"count(*) FILTER (WHERE {refusing})"
    found = connection.execute(f"SELECT {refused}, {counts} FROM bad").fetchone() or (0, 0)
    return Verdict(
        rules=rules,
        violations=tuple(int(count) for count in found[2:]),
        groups=tuple(_groups(connection, one) for one in rules),
        refused=int(found[0]),
    )


def most_frequent_values(
    connection: duckdb.DuckDBPyConnection, one: CheckedRule, around: Surroundings, limit: int = 10
) -> tuple[tuple[str, int], ...]:
    """What the broken records say in the columns of the rule."""
    if not one.rule.columns:
        return ()
    said = ", ".join(around.written(column) for column in one.rule.columns[:4])
    text = f"left(concat_ws(' | ', {said}), 120)"
    rows = connection.execute(
        f"SELECT {text} AS said, count(*) FROM typed SEMI JOIN (SELECT _row FROM bad WHERE {one.mark}) USING (_row)"
        f" GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {limit}"
    ).fetchall()
    return tuple((said or "", count) for said, count in rows)


def _groups(connection: duckdb.DuckDBPyConnection, one: CheckedRule) -> int | None:
    if one.check.groups is None:
        return None
    found = connection.execute(one.check.groups).fetchone()
    return int(found[0]) if found else 0


def _any(marks: Iterable[str]) -> str:
    return " OR ".join(marks) or "false"
