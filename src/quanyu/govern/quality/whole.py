"""Rules over all records that a dataset holds now, asked of the node's engine: a key counts over every import, not within one."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import msgspec

from quanyu.core.profile import ValueType
from quanyu.govern.quality.quote import names
from quanyu.govern.quality.rules import Rule, RuleKind
from quanyu.govern.quality.sql import Check, Surroundings, compile_rule, is_applicable
from quanyu.query import Engine, Session, rows_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """`content` is a trusted table expression with `_import` and `_row`, over `files`; `tables` are what rules refer to."""

    content: str
    files: tuple[str, ...]
    types: Mapping[str, ValueType]
    tables: Mapping[str, str]
    as_of: date

    @property
    def around(self) -> Surroundings:
        """What has been accepted has been read: every text of a column has its value."""
        return Surroundings(
            types=self.types, tables=self.tables, as_of=self.as_of, readable=frozenset(self.types)
        )


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Of one rule: records that it looks at, records that break it, and keys or texts behind them where it has any."""

    rule: str
    checked: int
    broken: int
    groups: int | None = None


def look(engine: Engine, looked: Looked, rules: Iterable[Rule]) -> list[Found]:
    """In one pass. Raises Failed; rules over what the dataset does not have, or about how it was read, are left out.

    Meant for a thread.
    """
    around = looked.around
    asked = [one for one in rules if one.kind is not RuleKind.GEOMETRY and is_applicable(one, around)]
    checks = [compile_rule(one, around, temporary=f"rule_{index}") for index, one in enumerate(asked)]
    with _typed(engine, looked) as session:
        for check in checks:
            for statement in check.setup:
                session.run(statement)
        counted = _counted(session, checks)
        return [
            Found(rule=rule.name, checked=checked, broken=broken, groups=_groups(session, check))
            for rule, check, (checked, broken) in zip(asked, checks, counted, strict=True)
        ]


@contextmanager
def _typed(engine: Engine, looked: Looked) -> Iterator[Session]:
    """A session with the relation `typed`, whose `_row` tells all records apart, the earlier from the later."""
    session = engine.session((*looked.files, *looked.tables.values()))
    try:
        row = "struct_pack(i := _import, r := _row) as _row"
        session.run(f"create temp view typed as select {row}, {names(looked.types)} from {looked.content}")
        yield session
    finally:
        session.close()


def _counted(session: Session, checks: list[Check]) -> list[tuple[int, int]]:
    if not checks:
        return []
    asked = ", ".join(
        f"(case when {one.checked} then 1 else 0 end) as k{index}, (case when {one.broken} then 1 else 0 end) as b{index}"
        for index, one in enumerate(checks)
    )
    sums = ", ".join(f"sum(k{index}), sum(b{index})" for index in range(len(checks)))
    ((*found,),) = rows_of(session.stream(f"select {sums} from (select {asked} from typed) as marked"))
    numbers = [int(one or 0) for one in found]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _groups(session: Session, check: Check) -> int | None:
    if check.groups is None:
        return None
    ((number,),) = rows_of(session.stream(check.groups))
    return int(number)
