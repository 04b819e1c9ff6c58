"""From a number to its records: as many as the number says, whatever is asked for."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from quanyu.core.errors import Invalid
from quanyu.evaluate.indicators.compute import Wanted, compute
from quanyu.evaluate.indicators.definitions import ensure_shipped, known
from quanyu.evaluate.indicators.model import Value
from quanyu.evaluate.indicators.periods import Period, PeriodKind
from quanyu.evaluate.indicators.records import Drill, records
from quanyu.evaluate.indicators.tree import Kind, Measure
from quanyu.store import Connection, Database
from tests.unit.evaluate.indicators.rows import put_classes, put_rows, some_rows
from tests.unit.evaluate.indicators.test_definitions import parse_definition, said

NOW = datetime(2026, 2, 20, 3, tzinfo=UTC)
FEBRUARY = Period(PeriodKind.MONTH, date(2026, 2, 1))


async def number_of(connection: Connection, measure: Measure, value: Value, *, part: bool = False) -> int:
    drill = Drill(
        measure=measure, period=value.period, dimension=value.dimension, key=value.key, part=part, limit=1
    )
    return (await records(connection, drill, now=NOW))[0]


async def test_counts_are_the_numbers_of_their_records_and_shares_the_quotient(
    database: Database, tenant: str, folder: Path
) -> None:
    async with database.tenant(tenant) as connection:
        await put_classes(connection, tenant)
        await put_rows(connection, tenant, some_rows(150, datetime(2026, 1, 25, tzinfo=UTC), 25))
        await ensure_shipped(connection, tenant, now=NOW)
        codes = (
            "case.judged",
            "case.open",
            "answer.solution_rate",
            "case.rework_rate",
            "need.unsolved",
            "light.red",
        )
        done = await compute(connection, tenant, folder, Wanted(codes=codes, first=FEBRUARY.start), now=NOW)
        indicators = (await known(connection)).newest()
        checked: set[tuple[str, str]] = set()
        for value in done.values:
            measure = indicators[value.code].measures[0]
            whole = await number_of(connection, measure, value)
            if measure.kind is Kind.COUNT:
                assert value.value == whole
            else:
                part = await number_of(connection, measure, value, part=True)
                assert value.value == (pytest.approx(part / whole) if whole else None)
            checked.add((value.code, value.dimension))
    assert len(checked) == 4 * 5 + 4 + 4


async def test_pages_lead_to_every_record_once(database: Database, tenant: str) -> None:
    measure = parse_definition(said("count(cases where valid)")).measures[0]
    async with database.tenant(tenant) as connection:
        await put_rows(connection, tenant, some_rows(60, datetime(2026, 2, 2, tzinfo=UTC), 20))
        found: list[str] = []
        after: str | None = None
        while True:
            drill = Drill(measure=measure, period=FEBRUARY, limit=7, after=after)
            total, page, after = await records(connection, drill, now=NOW)
            found += [one.id for one in page]
            if after is None:
                break
    assert found == sorted(set(found))
    assert len(found) == total
    assert page[0].facts.keys() >= {"class", "state", "valid"}


@pytest.mark.parametrize("wrong", [{"dimension": "post"}, {"after": "nonsense"}])
async def test_what_there_is_not_is_refused(database: Database, tenant: str, wrong: dict[str, str]) -> None:
    measure = parse_definition(said()).measures[0]
    async with database.tenant(tenant) as connection:
        with pytest.raises(Invalid):
            await records(connection, Drill(measure=measure, period=FEBRUARY, **wrong), now=NOW)  # type: ignore[arg-type]
