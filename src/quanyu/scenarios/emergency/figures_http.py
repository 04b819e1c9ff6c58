"""Routes of what calls were."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import QueryParameter

from quanyu.core.errors import Invalid
from quanyu.packs import Asker, TheDatabase
from quanyu.scenarios.emergency import _sql, calls
from quanyu.scenarios.emergency.response import Response

_PREFIX = "/api/v1/packs/emergency"
_READ = {"action": "entity.read"}


class FiguresAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Shares answered within 10 s and dispatched within 3 min; mean minutes; mean seconds of the four parts; of runs `until` then. Null where
    there was none."""

    until: datetime
    runs: int
    answered: float | None
    dispatched: float | None
    mean_minutes: float | None
    parts: dict[str, float | None]
    median_drive: float | None


class RunAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of each part; `whole` from the answer until the arrival. Neither place nor patient."""

    call: str
    problem: str
    rang: datetime
    answering: float
    accepting: float
    passing_on: float
    leaving: float
    driving: float
    whole: float


class Runs(msgspec.Struct, frozen=True, kw_only=True):
    """`items`: the newest of all `runs`."""

    items: list[RunAnswer]
    runs: int


@get(f"{_PREFIX}/figures", opt=_READ)
async def show_figures(
    actor: Asker, database: TheDatabase,
    begin: Annotated[datetime, QueryParameter(name="from")], end: Annotated[datetime, QueryParameter(name="until")],
) -> FiguresAnswer:  # fmt: skip
    require_zone(begin, end)
    async with database.tenant(actor.tenant) as connection:
        found = calls.figures(await _sql.calls_between(connection, actor.tenant, begin, end))
    return FiguresAnswer(
        until=end,
        runs=found.targets.runs, answered=found.targets.answered, dispatched=found.targets.dispatched,
        mean_minutes=found.targets.mean_minutes, parts=dict(found.parts), median_drive=found.drive,
    )  # fmt: skip


@get(f"{_PREFIX}/runs", opt=_READ)
async def list_runs(
    actor: Asker, database: TheDatabase,
    begin: Annotated[datetime, QueryParameter(name="from")], end: Annotated[datetime, QueryParameter(name="until")],
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 1000,
) -> Runs:  # fmt: skip
    """What the figures of the same time come from: each run whose moments are all known, the newest first."""
    require_zone(begin, end)
    async with database.tenant(actor.tenant) as connection:
        found = calls.runs(await _sql.calls_between(connection, actor.tenant, begin, end))
    return Runs(items=[_run(row, response) for row, response in found[: -limit - 1 : -1]], runs=len(found))


def _run(row: Mapping[str, Any], one: Response) -> RunAnswer:
    return RunAnswer(
        call=row["call"], problem=row["problem"], rang=row["rang"], answering=one.answering, accepting=one.accepting,
        passing_on=one.passing_on, leaving=one.leaving, driving=one.driving, whole=one.whole,
    )  # fmt: skip


def require_zone(*moments: datetime) -> None:
    """Raises Invalid."""
    if any(one.tzinfo is None for one in moments):
        raise Invalid("packs.thing.moment")


routes = (show_figures, list_runs)
