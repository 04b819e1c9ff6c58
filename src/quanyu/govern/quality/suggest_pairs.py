"""Rules suggested for columns that belong together: orders of times, fill and capacity, codes and their names."""

from collections.abc import Iterator
from itertools import permutations

from quanyu.core.profile import NUMERIC_TYPES, TEMPORAL_TYPES, ColumnProfile, ValueType
from quanyu.govern.quality.names import (
    begins_and_ends,
    fills_and_capacity,
    stem_of_code,
    stem_of_name,
)
from quanyu.govern.quality.quote import name
from quanyu.govern.quality.rules import Rule, RuleKind, Severity
from quanyu.govern.quality.scene import Scene, suggested

HOLDS_FROM = 0.95
CAPACITY_HOLDS_FROM = 0.9
AMBIGUOUS_UP_TO = 0.5
_AT_MOST = 12
"""Columns of times or numbers that are compared with one another: the pairs grow with the square."""


def pair_rules(scene: Scene, *, entity: str | None) -> Iterator[Rule]:
    yield from _orders(scene)
    yield from _capacities(scene, entity)
    yield from _meanings(scene)


def _orders(scene: Scene) -> Iterator[Rule]:
    """Opened before closed: where the names say so and nearly all records agree, the others are wrong."""
    times = [p for p in scene.profiles if p.type in TEMPORAL_TYPES][:_AT_MOST]
    pairs = [(a, b) for a, b in permutations(times, 2) if begins_and_ends(a.label, b.label)]
    for first, second in pairs:
        if _holds(scene, first, second) >= HOLDS_FROM:
            titles = (f"{first.label} 不应晚于 {second.label}", f"{first.label} is not after {second.label}")
            yield suggested(RuleKind.COMPARE, (first.name, second.name), Severity.REFUSE, titles=titles)


def _holds(scene: Scene, first: ColumnProfile, second: ColumnProfile) -> float:
    a, b = name(first.name), name(second.name)
    if ValueType.DATE in (first.type, second.type):
        a, b = f"{a}::DATE", f"{b}::DATE"
    both, kept = scene.first(
        f"SELECT count(*), count(*) FILTER (WHERE {a} <= {b}) FROM typed WHERE {a} IS NOT NULL AND {b} IS NOT NULL"
    )
    return kept / both if both >= 5 else 0.0


def _capacities(scene: Scene, entity: str | None) -> Iterator[Rule]:
    """Not more than a thing can hold: where the second number is the same in all records of a thing."""
    numbers = [
        p for p in scene.profiles if p.type in NUMERIC_TYPES and p.semantic is None and p.name != entity
    ][:_AT_MOST]
    constant = _constant(scene, numbers, entity) if entity else set()
    for first, second in permutations(numbers, 2):
        is_limit = second.name in constant and first.name not in constant
        if not (is_limit or fills_and_capacity(first.label, second.label)) or not _are_alike(first, second):
            continue
        if _holds(scene, first, second) >= CAPACITY_HOLDS_FROM:
            titles = (f"{first.label} 不应超过 {second.label}", f"{first.label} is not above {second.label}")
            yield suggested(RuleKind.COMPARE, (first.name, second.name), Severity.FLAG, titles=titles)


def _constant(scene: Scene, numbers: list[ColumnProfile], entity: str) -> set[str]:
    """Columns with one value for each thing, but not the same for all."""
    able = [p for p in numbers if 1 < p.distinct <= 0.5 * p.rows]
    if not able:
        return set()
    ends = ", ".join(f"min({name(p.name)}) AS a{i}, max({name(p.name)}) AS z{i}" for i, p in enumerate(able))
    tests = ", ".join(f"count(*) FILTER (WHERE a{i} <> z{i}), count(DISTINCT a{i})" for i in range(len(able)))
    things, *found = scene.first(
        f"SELECT count(*), {tests} FROM (SELECT {ends} FROM typed GROUP BY {name(entity)})"
    )
    changing, different = found[::2], found[1::2]
    return {p.name for i, p in enumerate(able) if things >= 3 and changing[i] == 0 and different[i] > 1}


def _are_alike(first: ColumnProfile, second: ColumnProfile) -> bool:
    """Of one order of magnitude, so that comparing them means something."""
    if first.mean is None or second.mean is None or second.mean <= 0:
        return False
    return 0.05 <= first.mean / second.mean <= 1.2


def _meanings(scene: Scene) -> Iterator[Rule]:
    """`unit_id` and `unit_name`, `code` and `name`: one code, one name."""
    names = {stem: p for p in scene.profiles if (stem := stem_of_name(p.label)) is not None}
    for code in scene.profiles:
        stem = stem_of_code(code.label)
        meaning = names.get(stem) if stem is not None else None
        if meaning is None or meaning.name == code.name or code.is_unique or code.distinct < 2:
            continue
        if _ambiguous(scene, code, meaning) <= AMBIGUOUS_UP_TO:
            titles = (f"{code.label} 应只对应一个 {meaning.label}", f"{code.label} has one {meaning.label}")
            yield suggested(
                RuleKind.FUNCTIONAL_DEPENDENCY, (code.name, meaning.name), Severity.FLAG, titles=titles
            )


def _ambiguous(scene: Scene, code: ColumnProfile, meaning: ColumnProfile) -> float:
    c, m = name(code.name), name(meaning.name)
    codes, ambiguous = scene.first(
        f"SELECT count(*), count(*) FILTER (WHERE low <> high) FROM (SELECT min({m}) AS low, max({m}) AS high"
        f" FROM typed WHERE {c} IS NOT NULL AND {m} IS NOT NULL GROUP BY {c})"
    )
    return ambiguous / codes if codes else 1.0
