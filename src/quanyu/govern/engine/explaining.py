"""Why an identifier is wrong (which character) and what it probably should be, for the records that fail.

The table `why_<mark>` (value, holder, reason, proposal) of a rule is joined when quarantine is written. `reason` is
`credit_code:character:7:O`: the kind, the fault, its position counted from 1 and what stands there.
"""

import re
from collections.abc import Callable, Iterable

import duckdb
import pyarrow as pa

from quanyu.core.identifiers import (
    IdentifierFault,
    check_credit_code,
    check_id_card,
    check_organisation_code,
    repair_credit_code,
    repair_id_card,
    repair_organisation_code,
)
from quanyu.govern.engine.checking import CheckedRule
from quanyu.govern.quality.quote import name
from quanyu.govern.quality.rules import RuleKind
from quanyu.govern.quality.sql import Surroundings

_CHECKS: dict[RuleKind, Callable[[str], IdentifierFault | None]] = {
    RuleKind.ID_CARD: check_id_card,
    RuleKind.CREDIT_CODE: check_credit_code,
    RuleKind.ORGANISATION_CODE: check_organisation_code,
}
_CODE = re.compile(r"(?=([0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}))")
_MOST = 100_000
"""Different wrong values that are explained; more of them are counted, not explained."""
_MOST_KNOWN = 20_000


def explained(one: CheckedRule) -> bool:
    return one.rule.kind in _CHECKS


def explain(connection: duckdb.DuckDBPyConnection, one: CheckedRule, around: Surroundings) -> int:
    """Makes the rule's table; the number of broken records that have a proposal."""
    value, holder = written_and_holder(one, around)
    failing = f"FROM typed t SEMI JOIN (SELECT _row FROM bad WHERE {one.mark}) USING (_row)"
    rows = connection.execute(
        f"SELECT {value} AS value, {holder} AS holder, count(*) {failing} GROUP BY ALL LIMIT {_MOST}"
    ).fetchall()
    register = _register(connection, one, around) if one.rule.kind is RuleKind.CREDIT_CODE else ()
    faults = [(said, held, *_why(one.rule.kind, said, held, register), count) for said, held, count in rows]
    table = pa.table(
        {column: pa.array([fault[i] for fault in faults], pa.string()) for i, column in enumerate(_COLUMNS)}
    )
    connection.register("whys", table)
    connection.execute(f"CREATE TABLE why_{one.mark} AS SELECT * FROM whys")
    connection.unregister("whys")
    return sum(count for _, _, _, proposal, count in faults if proposal)


_COLUMNS = ("value", "holder", "reason", "proposal")


def written_and_holder(one: CheckedRule, around: Surroundings) -> tuple[str, str]:
    """SQL over `t`: what was written, and the text of the other column in which good codes may be found."""
    holder = one.rule.parameters.get("repair_from")
    column = str(holder) if isinstance(holder, str) and holder in around.types else None
    return f"t.{around.written(one.rule.columns[0])}", f"t.{name(column)}" if column else "NULL::VARCHAR"


def codes_inside(text: str) -> tuple[str, ...]:
    """Good credit codes that stand in a longer text, such as the code of a service item."""
    return tuple(dict.fromkeys(code for code in _CODE.findall(text) if check_credit_code(code) is None))


def _register(
    connection: duckdb.DuckDBPyConnection, one: CheckedRule, around: Surroundings
) -> tuple[str, ...]:
    """Good codes that the dataset itself knows, in the column and in the texts beside it; none where they are very many."""
    value, holder = written_and_holder(one, around)
    texts = connection.execute(
        f"SELECT DISTINCT {value}, {holder} FROM typed t LIMIT {_MOST_KNOWN + 1}"
    ).fetchall()
    if len(texts) > _MOST_KNOWN:
        return ()
    good = (code for said, held in texts for code in (*codes_inside(said or ""), *codes_inside(held or "")))
    return tuple(dict.fromkeys(good))


def _why(kind: RuleKind, value: str, holder: str | None, register: tuple[str, ...]) -> tuple[str, str | None]:
    fault = _CHECKS[kind](value)
    parts: Iterable[object] = (kind.value,)
    if fault is not None:
        parts = (kind.value, fault.reason, fault.position or len(fault.value), fault.character)
    return ":".join(str(part) for part in parts).rstrip(":"), _proposal(kind, value, holder, register)


def _proposal(kind: RuleKind, value: str, holder: str | None, register: tuple[str, ...]) -> str | None:
    """The likeliest repair. A code that the record itself carries elsewhere is worth more than one put together."""
    match kind:
        case RuleKind.CREDIT_CODE:
            own = codes_inside(holder) if holder else ()
            repairs = repair_credit_code(value, known=(*own, *register))
            carried = [code for code in repairs if code in own]
            return next(iter([*carried, *(own if len(own) == 1 else ()), *repairs]), None)
        case RuleKind.ID_CARD:
            return next(iter(repair_id_card(value)), None)
        case _:
            return next(iter(repair_organisation_code(value)), None)
