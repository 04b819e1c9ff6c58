"""What the log holds and what is sealed in files is one history."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from quanyu.evaluate.indicators.compute import Wanted, compute
from quanyu.evaluate.indicators.definitions import publish
from quanyu.evaluate.indicators.history_counting import joined
from quanyu.evaluate.indicators.tree import Kind, Measure, Source
from quanyu.store import Connection, Database
from quanyu.twin.history.sealed import day_path, duck
from tests.unit.evaluate.indicators.test_definitions import faults_of, said

NOW = datetime(2026, 4, 20, 3, tzinfo=UTC)
FORMULAS = {
    "own.avg": "avg(level of history Well where level >= 0)", "own.count": "count(history Well)", "own.max": "max(level of history Well)",
    "own.share": "share(level > 2 of history Well where level known)", "own.sum": "sum(level of history Well)",
    "own.open": "count(history Well where open)", "own.kind": "count(history Well where kind = 'deep')",
}  # fmt: skip


def attributes(level: object) -> dict[str, object]:
    known = {"level": level, "open": level == 1, "kind": "deep" if level == 3 else "flat"}
    return {name: {"type": "Property", "value": value} for name, value in known.items()}


async def logged(connection: Connection, tenant: str, level: object, at: datetime, seq: int) -> None:
    await connection.execute(
        "insert into change (tenant, seq, entity, type, ts, observed, op, attrs) values ($1, $2, 'urn:w', 'Well', $3, $3, 1, $4)",
        tenant, seq, at, attributes(level),
    )  # fmt: skip


async def sealed(
    connection: Connection, tenant: str, folder: Path, levels: list[object], at: datetime
) -> None:
    """A day of the log, as it lies in a file."""
    path = day_path(folder, tenant, at.date())
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = ", ".join(
        f"('urn:w', timestamp '{at:%Y-%m-%d %H:%M:%S}', 'Well', '{msgspec.json.encode(attributes(one)).decode()}')"
        for one in levels
    )
    with duck(folder) as engine:
        engine.execute(
            f"copy (select entity, ts, ts as observed, type, null::varchar[] as types, attrs from (values {rows}) t(entity, ts, type, attrs)) "
            f"to '{path}' (format parquet)"
        )
    await connection.execute(
        "insert into sealed_day (tenant, day, rows, last, bytes, newest) values ($1, $2, $3, 1, 1, $4)",
        tenant, at.date(), len(levels), at,
    )  # fmt: skip


async def test_sealed_days_and_the_log_are_counted_together(
    database: Database, tenant: str, folder: Path
) -> None:
    march = datetime(2026, 3, 5, 12, tzinfo=UTC)
    async with database.tenant(tenant) as connection:
        for code, formula in FORMULAS.items():
            await publish(connection, tenant, said(formula, code=code), by="me", now=NOW)
        await sealed(connection, tenant, folder, [1, 3, "dry"], march)
        await sealed(connection, tenant, folder, [100], march - timedelta(days=5))
        await logged(connection, tenant, 2, march + timedelta(days=1), 1)
        await logged(connection, tenant, None, march + timedelta(days=1), 2)
        wanted = Wanted(first=date(2026, 3, 1), last=date(2026, 4, 1))
        done = await compute(connection, tenant, folder, wanted, now=NOW)
    found = {one.code: one.value for one in done.values if one.period.start == date(2026, 3, 1)}
    assert found == {
        "own.avg": 2, "own.count": 5, "own.max": 3, "own.share": 1 / 4, "own.sum": 6, "own.open": 1, "own.kind": 1,
    }  # fmt: skip
    assert {one.value for one in done.values if one.period.start == date(2026, 4, 1)} == {None}


def test_ranks_of_the_history_are_refused() -> None:
    assert faults_of(said("percentile(50, level of history Well)")) == {"ranked_history"}


@pytest.mark.parametrize(
    ("kind", "parts", "value"),
    [(Kind.AVG, [[6, 2], [None, 0], [3, 1]], 3), (Kind.AVG, [[None, 0]], None), (Kind.SUM, [[None, 0]], None),
     (Kind.MIN, [[4], [None], [2]], 2), (Kind.SHARE, [[1, 4], [0, 0]], 0.25), (Kind.COUNT, [[2], [3]], 5)],
)  # fmt: skip
def test_parts_are_joined_as_the_measure_asks(
    kind: Kind, parts: list[list[float | None]], value: float | None
) -> None:
    assert joined(Measure(kind, Source("history", "Well"), "level"), parts) == value
