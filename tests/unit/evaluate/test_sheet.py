"""The sheet of a month: from cases, beside an independent count; as a workbook whose formulas give the same."""

import random
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from pycel import ExcelCompiler

from quanyu.act.cases.definitions import ensure_definitions
from quanyu.act.cases.model import Callback, Channel, Report
from quanyu.act.cases.service import Cases
from quanyu.core.actor import system_actor
from quanyu.core.errors import Invalid
from quanyu.evaluate.service import BudgetRow, Sheet, Simulation, cases_behind, put_budgets, sheet
from quanyu.evaluate.workbook import workbook
from quanyu.identity.organisations.model import Organisation
from quanyu.identity.organisations.service import put_organisations
from quanyu.store import Connection, Database
from quanyu.workflow import Act, Doer
from tests.unit.act.cases.people import ACCEPTOR, CALLER, CHIEF, CITIZEN, DISPATCHER, PATROLLER

MARCH, APRIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
NODE = Doer(id="node", node=True)


async def closed_case(
    connection: Connection, tenant: str, body: str, said: Callback | None, **how: Any
) -> str:
    """Reported on the second of March, through every post, to whatever end."""
    start = MARCH + timedelta(days=1)
    at = Cases(connection, tenant, start)
    id = (
        await at.report(Report(channel=Channel.HOTLINE, description="井盖破损", category="C01003"), CITIZEN)
    ).id
    steps = [(ACCEPTOR, "accept"), (CHIEF, "file"), (DISPATCHER, "dispatch"), (NODE, "handled")]
    steps += [(PATROLLER, "rework"), (NODE, "handled")] * how.get("reworks", 0)
    for doer, name in [*steps, (PATROLLER, "pass"), (CHIEF, "close")]:
        later = start + timedelta(hours=how.get("hours", 1) if name == "handled" else 0)
        organisation = body if name == "dispatch" else None
        wanted = Act(name=name, organisation=organisation, reason="r", evidence=("p",))
        await Cases(connection, tenant, later).act(id, wanted, doer)
    if said is not None:
        await at.call_back(id, said, CALLER)
    return id


def lines(made: Sheet) -> dict[str, Any]:
    return {line.organisation: line for line in made.lines}


async def test_a_month_of_cases_agrees_with_counting_them_by_hand(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        await ensure_definitions(connection, tenant, now=MARCH)
        pleased = Callback(solved=True, satisfaction="satisfied")
        await closed_case(connection, tenant, "roads", pleased)
        await closed_case(
            connection, tenant, "roads", Callback(solved=True, satisfaction="fairly"), reworks=1
        )
        await closed_case(connection, tenant, "roads", Callback(solved=False, satisfaction="dissatisfied"))
        await closed_case(connection, tenant, "roads", Callback(valid=False, contacted=False), hours=30)
        await closed_case(connection, tenant, "water", pleased)
        found = lines(await sheet(connection, tenant, MARCH, APRIL))
        behind, more = await cases_behind(connection, tenant, MARCH, APRIL, "roads")
        nothing = await sheet(connection, tenant, APRIL, APRIL + timedelta(days=30))
    roads = found["roads"].tally
    assert (roads.cases, roads.solved, roads.calls, roads.contacted, roads.rated) == (4, 3, 3, 3, 3)
    assert (roads.satisfied, roads.fairly, roads.on_time, roads.reworks) == (1, 1, 2, 1)
    assert found["roads"].rates.satisfaction == pytest.approx(1.9 / 3)
    assert (len(behind), more) == (roads.cases, None)
    assert nothing.lines == ()


async def test_leaving_one_answer_out_changes_one_body_only(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        await ensure_definitions(connection, tenant, now=MARCH)
        said = Callback(solved=True, satisfaction="satisfied")
        bodies = ("roads", "water", "parks")
        ids = [await closed_case(connection, tenant, body, said) for body in bodies for _ in range(2)]
        whole = lines(await sheet(connection, tenant, MARCH, APRIL))
        less = lines(await sheet(connection, tenant, MARCH, APRIL, simulation=Simulation(without=[ids[0]])))
    assert [body for body in bodies if whole[body] != less[body]] == ["roads"]


async def test_a_simulation_of_cases_that_are_not_in_the_sheet_is_refused(
    database: Database, tenant: str
) -> None:
    async with database.tenant(tenant) as connection:
        await ensure_definitions(connection, tenant, now=MARCH)
        id = await closed_case(connection, tenant, "roads", Callback(solved=True))
        for wrong in (
            Simulation(without=[id, "nothing"]),
            Simulation(changed={"nothing": Callback(solved=True)}),
        ):
            with pytest.raises(Invalid, match="nothing is not behind"):
                await sheet(connection, tenant, MARCH, APRIL, simulation=wrong)
        with pytest.raises(Invalid, match=f"{id} is not behind"):
            await sheet(
                connection, tenant, APRIL, APRIL + timedelta(days=1), simulation=Simulation(without=[id])
            )


async def test_a_budget_line_that_was_a_mistake_is_taken_back(database: Database, tenant: str) -> None:
    def row(system: str, amount: float | None) -> BudgetRow:
        return BudgetRow(organisation="roads", year=2026, system=system, amount=amount)

    async with database.tenant(tenant) as connection:
        await put_budgets(connection, tenant, [row("lamps", 7), row("lmaps", 7)])
        await put_budgets(connection, tenant, [row("lmaps", None)])
        assert [line.system for line in (await sheet(connection, tenant, MARCH, APRIL)).lines] == ["lamps"]


async def test_another_answer_changes_its_body_only_and_nothing_that_is_kept(
    database: Database, tenant: str
) -> None:
    async with database.tenant(tenant) as connection:
        await ensure_definitions(connection, tenant, now=MARCH)
        said = Callback(solved=True, satisfaction="satisfied")
        ids = {body: await closed_case(connection, tenant, body, said) for body in ("roads", "water")}
        whole = lines(await sheet(connection, tenant, MARCH, APRIL))
        worse = Simulation(changed={ids["water"]: Callback(solved=False, satisfaction="dissatisfied")})
        found = lines(await sheet(connection, tenant, MARCH, APRIL, simulation=worse))
        assert lines(await sheet(connection, tenant, MARCH, APRIL)) == whole
    assert found["roads"] == whole["roads"]
    assert (found["water"].tally.solved, found["water"].tally.satisfied, found["water"].tally.calls) == (
        0,
        0,
        1,
    )


@pytest.mark.parametrize(("days", "solved"), [(10, 1), (40, 2)])
async def test_what_is_reported_again_within_the_days_of_the_policy_was_not_solved(
    database: Database, tenant: str, days: int, solved: int
) -> None:
    async with database.tenant(tenant) as connection:
        await ensure_definitions(connection, tenant, now=MARCH)
        said = Callback(solved=True, satisfaction="satisfied")
        ids = [await closed_case(connection, tenant, "roads", said) for _ in range(2)]
        later = Cases(connection, tenant, MARCH + timedelta(days=days))
        await later.report(Report(channel=Channel.HOTLINE, description="again", reopens=ids[0]), CITIZEN)
        found = lines(await sheet(connection, tenant, MARCH, APRIL))
    assert found["roads"].tally.solved == solved


@pytest.mark.filterwarnings(
    "ignore::DeprecationWarning"
)  # pycel makes nodes that newer Pythons would have otherwise
async def test_the_formulas_of_the_workbook_give_the_figures_of_the_sheet(
    database: Database, tenant: str, tmp_path: Path
) -> None:
    chance = random.Random(7)
    async with database.tenant(tenant) as connection:
        await ensure_definitions(connection, tenant, now=MARCH)
        for body in ("roads", "water", "parks"):
            for _ in range(chance.randint(2, 5)):
                rating = chance.choice(["satisfied", "fairly", "dissatisfied"])
                await closed_case(
                    connection, tenant, body, Callback(solved=chance.random() < 0.7, satisfaction=rating),
                    reworks=chance.randint(0, 1),
                )  # fmt: skip
        rows = [BudgetRow(organisation="roads", year=2026, amount=1e6, used=0.8, quality=0.99),
                BudgetRow(organisation="water", year=2026, amount=5e5), BudgetRow(organisation="idle", year=2026, amount=10)]  # fmt: skip
        await put_budgets(connection, tenant, rows)
        made = await sheet(connection, tenant, MARCH, APRIL)
    path = tmp_path / "scores.xlsx"
    path.write_bytes(workbook(made, "en"))
    excel = ExcelCompiler(filename=str(path))
    for index, line in enumerate(made.lines):
        row = index + 2
        for column, expected in (
            ("Y", line.score.points),
            ("S", line.rates.composite),
            ("AC", line.proposed),
        ):
            computed = excel.evaluate(f"Scores!{column}{row}")
            assert (
                computed in ("", None) if expected is None else computed == pytest.approx(expected, abs=0.01)
            )


async def test_a_name_that_looks_like_a_formula_stays_a_name(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        await put_budgets(
            connection, tenant, [BudgetRow(organisation='=HYPERLINK("x")', year=2026, amount=1)]
        )
        made = await sheet(connection, tenant, MARCH, APRIL)
    cell = load_workbook(BytesIO(workbook(made, "en")))["Scores"]["A2"]
    assert cell.data_type == "s"


async def test_bodies_are_named_beside_their_codes(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        await put_organisations(
            connection, system_actor(tenant, "test"), [Organisation(id="roads", name="路政局")]
        )
        rows = [BudgetRow(organisation=body, year=2026, amount=1) for body in ("roads", "unknown")]
        await put_budgets(connection, tenant, rows)
        made = await sheet(connection, tenant, MARCH, APRIL)
    written = load_workbook(BytesIO(workbook(made, "en")))["Scores"]
    assert [(line.organisation, line.name) for line in made.lines] == [
        ("roads", "路政局"),
        ("unknown", "unknown"),
    ]
    assert [written[f"{column}2"].value for column in "AB"] == ["roads", "路政局"]


async def test_december_is_judged_by_the_budget_of_its_year(database: Database, tenant: str) -> None:
    start, end = datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    async with database.tenant(tenant) as connection:
        rows = [
            BudgetRow(organisation="roads", year=year, amount=amount)
            for year, amount in ((2026, 1.0), (2027, 2.0))
        ]
        await put_budgets(connection, tenant, rows)
        assert [line.budget for line in (await sheet(connection, tenant, start, end)).lines] == [1.0]
