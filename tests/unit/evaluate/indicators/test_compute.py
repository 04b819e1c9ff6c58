"""What is counted again, what is kept, and what is never invented."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from quanyu.core.actor import system_actor
from quanyu.core.errors import NotFound
from quanyu.evaluate.indicators.compute import Done, Wanted, compute
from quanyu.evaluate.indicators.definitions import publish
from quanyu.evaluate.indicators.service import Asked, values
from quanyu.identity.organisations.model import Organisation
from quanyu.identity.organisations.service import put_organisations
from quanyu.store import Connection, Database
from tests.unit.evaluate.indicators.rows import put_rows, row
from tests.unit.evaluate.indicators.test_definitions import said

APRIL = datetime(2026, 4, 20, 3, tzinfo=UTC)
JANUARY, FEBRUARY = datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 2, 15, tzinfo=UTC)


async def counted(
    connection: Connection, tenant: str, *, now: datetime = APRIL, **wanted: Any
) -> dict[tuple[str, date], float | None]:
    done = await compute(connection, tenant, Path("/nowhere"), Wanted(**wanted), now=now)
    return city_of(done)


def city_of(done: Done) -> dict[tuple[str, date], float | None]:
    return {(one.code, one.period.start): one.value for one in done.values if one.dimension == "city"}


async def test_only_months_in_which_something_happened_are_counted_again(
    database: Database, tenant: str
) -> None:
    async with database.tenant(tenant) as connection:
        await publish(connection, tenant, said(), by="me", now=APRIL)
        await put_rows(connection, tenant, [row("1", JANUARY), row("2", FEBRUARY)])
        first = await counted(connection, tenant)
        await connection.execute("update case_record set changed = now() - interval '1 hour'")
        await connection.execute("update case_record set late = true, changed = now() where id = '2'")
        await connection.execute("update case_record set created = now() - interval '1 hour'")
        second = await counted(connection, tenant)
    assert [start.month for _, start in first] == [1, 2, 3, 4]
    assert [start.month for _, start in second] == [2, 4]


async def test_a_case_that_comes_late_with_an_old_day_lies_open_ever_since(
    database: Database, tenant: str
) -> None:
    async with database.tenant(tenant) as connection:
        await publish(connection, tenant, said("count(open_cases)"), by="me", now=APRIL)
        await put_rows(connection, tenant, [row("1", FEBRUARY)])
        await counted(connection, tenant)
        await put_rows(connection, tenant, [row("2", JANUARY)])
        again = await counted(connection, tenant)
    assert list(again.values()) == [1, 2, 2, 2]


async def test_a_past_month_is_counted_by_the_formula_of_its_day(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        for formula, since in (("count(cases)", "2026-01-01"), ("10 * count(cases)", "2026-02-01")):
            await publish(connection, tenant, said(formula, valid_from=since), by="me", now=APRIL)
        await put_rows(connection, tenant, [row("1", JANUARY), row("2", FEBRUARY)])
        await counted(connection, tenant, first=date(2025, 12, 1), last=date(2026, 2, 28))
        kept = (await values(connection, "own.cases", Asked(), now=APRIL, language="en")).items
    assert [(one.start.month, one.value, one.version) for one in kept] == [(2, 10, 2), (1, 1, 1)]


async def test_a_key_that_has_nothing_any_more_goes_and_what_speaks_of_the_present_is_kept(
    database: Database, tenant: str
) -> None:
    async with database.tenant(tenant) as connection:
        await publish(connection, tenant, said(dimensions=["department"]), by="me", now=APRIL)
        await publish(
            connection,
            tenant,
            said("count(open_cases where overdue)", code="own.overdue"),
            by="me",
            now=APRIL,
        )
        await put_rows(connection, tenant, [row("1", FEBRUARY, handled_by="roads", due=FEBRUARY)])
        await counted(connection, tenant, now=FEBRUARY + timedelta(days=1), first=date(2026, 2, 1))
        await connection.execute("update case_record set handled_by = 'water'")
        again = await counted(connection, tenant, first=date(2026, 2, 1))
        kept = (await values(connection, "own.cases", Asked("department"), now=APRIL, language="en")).items
        before = (await values(connection, "own.overdue", Asked(), now=APRIL, language="en")).items
    assert [(one.key, one.value) for one in kept] == [("water", 1)]
    assert ("own.overdue", date(2026, 2, 1)) not in again
    assert [(one.start.month, one.value) for one in before] == [(4, 1), (2, 1)]


async def test_no_case_is_none_and_no_entity_or_dataset_is_no_data(database: Database, tenant: str) -> None:
    formulas = (
        "count(cases)",
        "avg(hours of cases)",
        "count(entities Ship)",
        "count(history Ship)",
        "count(dataset ships)",
    )
    async with database.tenant(tenant) as connection:
        for number, formula in enumerate(formulas):
            await publish(connection, tenant, said(formula, code=f"own.n{number}"), by="me", now=APRIL)
        found = await counted(connection, tenant)
    assert list(found.values()) == [0, None, None, None, None]


async def test_an_indicator_is_counted_with_all_that_it_is_made_of(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        await publish(connection, tenant, said(), by="me", now=APRIL)
        await publish(connection, tenant, said("2 * [own.cases]", code="own.double"), by="me", now=APRIL)
        await put_rows(connection, tenant, [row("1", APRIL)])
        assert await counted(connection, tenant, codes=("own.double",)) == {
            ("own.cases", date(2026, 4, 1)): 1, ("own.double", date(2026, 4, 1)): 2,
        }  # fmt: skip
        with pytest.raises(NotFound):
            await counted(connection, tenant, codes=("own.none",))


async def test_old_inputs_are_told(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        await publish(
            connection, tenant, said("max(level of entities Well)", freshness_hours=2), by="me", now=APRIL
        )
        await connection.execute(
            "insert into entity (tenant, id, type, doc, version, created, modified) values ($1, 'urn:w', 'Well', $2, 1, $3, $3)",
            tenant, {"level": {"type": "Property", "value": 1.5}, "name": {"type": "Property", "value": "a"}}, APRIL - timedelta(hours=1),
        )  # fmt: skip
        await counted(connection, tenant)
        shown = [
            (
                await values(
                    connection, "own.cases", Asked(), now=APRIL + timedelta(hours=later), language="en"
                )
            ).items[0]
            for later in (0, 2)
        ]
    assert [(one.value, one.stale) for one in shown] == [(1.5, False), (1.5, True)]
    assert shown[0].inputs_at == APRIL - timedelta(hours=1)


async def test_a_sum_that_no_entity_has_a_part_in_is_no_data(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        await publish(connection, tenant, said("sum(beds of entities Port)"), by="me", now=APRIL)
        await connection.execute(
            "insert into entity (tenant, id, type, doc, version, created, modified) values ($1, 'urn:p', 'Port', $3, 1, $2, $2)",
            tenant, APRIL, {},
        )  # fmt: skip
        assert list((await counted(connection, tenant)).values()) == [None]


async def test_entities_count_by_their_area_and_by_the_body_that_keeps_them(
    database: Database, tenant: str
) -> None:
    def doc(**said: str) -> dict[str, object]:
        return {name: {"type": "Property", "value": value} for name, value in said.items()}

    lamps = (
        doc(regionCode="310101001", maintainer="路灯所"), doc(communityCode="310101001002", owner="lamps"),
        doc(regionCode="310102", maintainer="nobody"), doc(),
    )  # fmt: skip
    async with database.tenant(tenant) as connection:
        lamp = Organisation.parse(id="lamps", name="路灯所")
        await put_organisations(connection, system_actor(tenant, "test"), [lamp])
        wanted = said("count(entities Lamp)", dimensions=["area", "street", "department"])
        await publish(connection, tenant, wanted, by="me", now=APRIL)
        for number, one in enumerate(lamps):
            await connection.execute(
                "insert into entity (tenant, id, type, doc, version, created, modified) values ($1, $2, 'Lamp', $3, 1, $4, $4)",
                tenant, f"urn:l{number}", one, APRIL,
            )  # fmt: skip
        await counted(connection, tenant)
        shown = [
            (dimension, one.key, one.value) for dimension in ("city", "area", "street", "department")
            for one in (await values(connection, "own.cases", Asked(dimension), now=APRIL, language="en")).items
        ]  # fmt: skip
    assert sorted(shown) == [
        ("area", "310101", 2), ("area", "310102", 1), ("city", "", 4), ("department", "lamps", 2),
        ("street", "310101001", 2),
    ]  # fmt: skip


async def test_values_of_attributes_of_another_kind_are_not_known(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        formula = "count(entities Well where level known) * 100 + count(entities Well where level > 1) * 10 + count(entities Well where open)"
        await publish(connection, tenant, said(formula), by="me", now=APRIL)
        for number, (level, is_open) in enumerate(((2, True), ("two", False), (None, "yes"))):
            doc = {
                "level": {"type": "Property", "value": level},
                "open": {"type": "Property", "value": is_open},
            }
            await connection.execute(
                "insert into entity (tenant, id, type, doc, version, created, modified) values ($1, $2, 'Well', $3, 1, $4, $4)",
                tenant, f"urn:w{number}", doc, APRIL,
            )  # fmt: skip
        assert list((await counted(connection, tenant)).values()) == [211]
