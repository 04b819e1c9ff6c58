"""The ledger of defects: opened and closed by what imports find, looked after by people in between."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import msgspec

from quanyu.core.clock import city_day
from quanyu.core.errors import Invalid, NotFound
from quanyu.govern.engine.model import RuleResult
from quanyu.govern.quality.rules import Severity
from quanyu.govern.scores import _sql
from quanyu.govern.scores.model import Defect, DefectChanges, DefectState
from quanyu.store import Connection

DAYS_TO_MEND = {Severity.REFUSE: 30, Severity.FLAG: 90}
NODE = "system:quality"


async def book(
    connection: Connection,
    tenant: str,
    dataset: str,
    results: Iterable[RuleResult],
    *,
    owner: str | None,
    at: datetime,
) -> None:
    """Brings the ledger in line with what the rules come to now."""
    known = await _sql.newest_defects(connection, dataset)
    lines = [
        line for result in results if (line := _line(dataset, result, known.get(result.rule.name), owner, at))
    ]
    seen = {line.rule for line in lines}
    gone = [
        _closed(line, at)
        for line in known.values()
        if line.rule not in seen and line.state is not DefectState.CLOSED
    ]
    await _sql.put_defects(connection, tenant, [*lines, *gone])


async def change_defect(
    connection: Connection,
    tenant: str,
    dataset: str,
    rule: str,
    changes: DefectChanges,
    *,
    actor: str,
    at: datetime,
) -> Defect:
    """Accepting a defect, or closing one that records still break, needs a note."""
    found = await _sql.defect(connection, dataset, rule)
    if found is None:
        raise NotFound("govern.score.defect_unknown", dataset=dataset, rule=rule)
    said = {
        name: value
        for name in DefectChanges.__struct_fields__
        if (value := getattr(changes, name)) is not msgspec.UNSET
    }
    changed = msgspec.structs.replace(found, **said, modified=at)
    ends = changed.state in {DefectState.CLOSED, DefectState.ACCEPTED}
    if ends and changed.records and not changed.note.strip():
        raise Invalid("govern.score.note_needed", rule=rule)
    if changed.state is DefectState.CLOSED and found.state is not DefectState.CLOSED:
        changed = msgspec.structs.replace(changed, closed=at, closed_by=actor)
    await _sql.put_defects(connection, tenant, [changed])
    return with_overdue(changed, city_day(at))


def with_overdue(defect: Defect, today: date) -> Defect:
    late = defect.deadline is not None and defect.deadline < today
    return msgspec.structs.replace(
        defect, overdue=late and defect.state in {DefectState.OPEN, DefectState.WORKING}
    )


def _line(
    dataset: str, result: RuleResult, known: Defect | None, owner: str | None, at: datetime
) -> Defect | None:
    if result.violations == 0:
        return None
    if known is not None and known.state is not DefectState.CLOSED:
        return msgspec.structs.replace(known, records=result.violations, modified=at)
    return Defect(
        dataset=dataset,
        rule=result.rule.name,
        number=known.number + 1 if known else 1,
        records=result.violations,
        owner=owner,
        deadline=city_day(at) + timedelta(days=DAYS_TO_MEND[result.rule.severity]),
        state=DefectState.OPEN,
        note="",
        opened=at,
        modified=at,
        closed=None,
        closed_by=None,
    )


def _closed(defect: Defect, at: datetime) -> Defect:
    return msgspec.structs.replace(
        defect, records=0, state=DefectState.CLOSED, modified=at, closed=at, closed_by=NODE
    )
