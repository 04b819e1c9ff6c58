"""Commands on cases, workflows and calendars, as whoever owns the data folder calls them."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from quanyu.act.cases.classes import ensure_classes
from quanyu.act.cases.definitions import ensure_definitions
from quanyu.app.cli import app
from quanyu.core.clock import utc_now
from quanyu.core.errors import Invalid
from quanyu.store import Database

Quanyu = Callable[..., Awaitable[tuple[int, str]]]
MAPPING = {
    "system": "old", "states": {"open": "handling"},
    "columns": {"number": "no", "reported": "in", "state": "state", "description": ["text"], "organisation": "dept"},
}  # fmt: skip
CASES = "no,in,state,text,dept\n1,2026-01-01,open,a hole,roads\n2,never,open,a leak,water\n"


@pytest.fixture
async def quanyu(
    database: Database,
    tenant: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Quanyu:
    """Answers exit code and output."""
    async with database.tenant(tenant) as connection:
        await ensure_definitions(connection, tenant, now=utc_now())
        await ensure_classes(connection, tenant, now=utc_now())
    owner = database._address.owner
    url = owner.get("dsn") or f"postgresql://{owner['user']}@/{owner['database']}?host={owner['host']}"
    for name, value in (("DATABASE_URL", url), ("TENANT", tenant), ("DATA", str(folder))):
        monkeypatch.setenv(f"QUANYU_{name}", value)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    async def call(*arguments: object) -> tuple[int, str]:
        code = await asyncio.to_thread(app, [str(one) for one in arguments], result_action="return_value")
        return code if isinstance(code, int) else 0, capsys.readouterr().out

    return call


async def test_cases_are_imported_listed_shown_and_acted_on(quanyu: Quanyu, tmp_path: Path) -> None:
    (tmp_path / "mapping.json").write_text(json.dumps(MAPPING))
    (tmp_path / "cases.csv").write_text(CASES)
    code, said = await quanyu(
        "cases", "import", tmp_path / "cases.csv", "--mapping", tmp_path / "mapping.json"
    )
    assert (code, said.splitlines()[-1]) == (1, "2 lines: 1 new case, 0 known, 1 refused")
    assert said.startswith("3\tin: Time never cannot be read")
    _, listed = await quanyu("cases", "list", "--open")
    number, state, body, *_ = listed.split("\t")
    assert (state, body) == ("handling", "roads")
    _, said = await quanyu("cases", "act", number, "handled", "--evidence", "seen", "--key", "1")
    assert said == f"Case {number}: checking\n"
    _, shown = await quanyu("cases", "show", number)
    assert json.loads(shown)["timeline"][-1]["act"] == "handled"
    (tmp_path / "mapping.json").write_text("{")
    with pytest.raises(Invalid):
        await quanyu("cases", "import", tmp_path / "cases.csv", "--mapping", tmp_path / "mapping.json")


async def test_a_workflow_is_shown_checked_published_and_drawn(quanyu: Quanyu, tmp_path: Path) -> None:
    _, shown = await quanyu("workflow", "show", "case")
    (tmp_path / "case.json").write_text(shown)
    assert (await quanyu("workflow", "check", tmp_path / "case.json"))[1].startswith("case is right")
    assert (await quanyu("workflow", "publish", tmp_path / "case.json"))[
        1
    ] == "case is published as version 2\n"
    assert "case\t2\t" in (await quanyu("workflow", "list"))[1]
    assert "<svg" in (await quanyu("workflow", "diagram", "case"))[1]
    (tmp_path / "case.json").write_text(shown.replace('"working_days"', '"moon"'))
    with pytest.raises(Invalid):
        await quanyu("workflow", "check", tmp_path / "case.json")


async def test_the_next_holidays_are_imported(quanyu: Quanyu, tmp_path: Path) -> None:
    (tmp_path / "2027.csv").write_text("date,isOffDay,name\n2027-01-01,true,x\n")
    _, said = await quanyu("calendar", "import", tmp_path / "2027.csv")
    assert said == "working_days version 2: holidays are known until 2027-12-31\n"
    assert "working_days\t2\tAsia/Shanghai\t2027-12-31" in (await quanyu("calendar", "list"))[1]
