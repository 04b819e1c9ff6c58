"""A report is understood through the doors: class, body, similar cases; a city learns from its cases."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from quanyu.act.cases._laid_sql import put_duties
from quanyu.act.cases.classes import ensure_classes
from quanyu.act.cases.definitions import ensure_definitions
from quanyu.act.cases.model import Channel, Duty, Place, Report
from quanyu.act.cases.service import Cases
from quanyu.act.understanding.labelled_file import Columns, read_labelled
from quanyu.act.understanding.model import Said
from quanyu.act.understanding.service import Reader
from quanyu.act.understanding.store import load
from quanyu.act.understanding.training import FEWEST, other_cases, own_cases, train
from quanyu.core.errors import Invalid
from quanyu.store import Database
from quanyu.twin import Writer
from quanyu.twin.model import EntityWrite, Op
from quanyu.workflow import Act, Doer
from tests.unit.act.cases.people import CITIZEN
from tests.unit.act.conftest import As

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
HERE = {"lon": 120.15, "lat": 30.25}
LAMP = {"channel": "resident", "description": "路灯不亮了", "class": "C01001", "place": HERE}


async def test_a_resident_sees_before_sending_that_it_was_said_before(asking: As) -> None:
    sent = (await asking().post("/api/v1/reports", json=LAMP)).json()
    asked = {"description": "门口的路灯不亮", "place": HERE}
    found = (await asking().post("/api/v1/reports/understanding", json=asked)).json()
    desk = (await asking("acceptor").post("/api/v1/reports/understanding", json=asked)).json()
    assert found["classes"][0]["words"] == ["路灯", "灯", "路"]
    assert [(one["id"], one["title"]) for one in found["similar"]] == [(sent["id"], None)]
    assert desk["similar"][0]["title"] == "路灯不亮了"


async def test_the_desk_sees_the_same_of_a_case(asking: As) -> None:
    one, other = [
        (await asking().post("/api/v1/reports", json=LAMP | {"key": key})).json()["id"] for key in "ab"
    ]
    desk = asking("acceptor")
    found = (await desk.get(f"/api/v1/cases/{other}/understanding")).json()
    assert [similar["id"] for similar in found["similar"]] == [one]
    assert (await asking().get(f"/api/v1/cases/{other}/understanding")).status_code in (401, 403, 404)


async def test_a_city_sets_what_counts_as_near(asking: As) -> None:
    chief = asking("case_manager")
    path = "/api/v1/case-rules/understanding"
    assert (await chief.put(path, json={"nearby": 0, "likely": 1})).json()["boundary"] == 50
    assert (await chief.get(path)).json()["likely"] == 1
    await asking().post("/api/v1/reports", json=LAMP)
    found = await asking().post("/api/v1/reports/understanding", json={"description": "路灯", "place": HERE})
    assert found.json()["similar"] == []


async def test_beside_the_boundary_of_two_districts_both_bodies_are_shown(
    database: Database, tenant: str, folder: Path
) -> None:
    await Writer(database).submit(
        tenant, [area("330102", 120.14, 120.15), area("330103", 120.15, 120.16), LAMP_POST]
    )
    async with database.tenant(tenant) as connection:
        both = [Duty(organisation=f"o{code}", category="C01", area=code) for code in ("330102", "330103")]
        await put_duties(connection, tenant, [Duty(organisation="city"), *both])
        reader = Reader(connection, tenant, NOON, folder)
        edge = await reader.understand(Said(category="C01001", place=Place(lon=120.1498, lat=30.25)))
        middle = await reader.understand(Said(category="C01001", place=Place(lon=120.145, lat=30.25)))
        post = await reader.understand(Said(category="C01001", component="3301020101000001"))
        nowhere = await reader.understand(Said(category="E01"))
    assert [(one.organisation, one.reason.kind) for one in edge.bodies] == [
        ("o330102", "duty"),
        ("o330103", "boundary"),
    ]
    assert edge.choice
    assert [one.organisation for one in middle.bodies] == ["o330102"]
    assert [(one.name, one.reason.kind) for one in post.bodies[:1]] == [("路灯管理所", "component")]
    assert [one.organisation for one in nowhere.bodies] == ["city"]


async def test_a_reason_calls_the_class_by_its_name(database: Database, tenant: str, folder: Path) -> None:
    async with database.tenant(tenant) as connection:
        await ensure_classes(connection, tenant, now=NOON)
        await put_duties(connection, tenant, [Duty(organisation="water", category="C01003")])
        told = await Reader(connection, tenant, NOON, folder).understand(Said(category="C01003"))
    assert told.bodies[0].reason.texts["zh-CN"] == "权责清单：全市的类别 雨水井盖 由该单位负责"


async def test_a_city_learns_from_its_own_cases(database: Database, tenant: str, folder: Path) -> None:
    async with database.tenant(tenant) as connection:
        await ensure_definitions(connection, tenant, now=NOON)
        await ensure_classes(connection, tenant, now=NOON)
        with pytest.raises(Invalid, match="too few"):
            train(await own_cases(connection), folder, tenant, now=NOON)
        for number in range(FEWEST):
            await Cases(connection, tenant, NOON).report(dark_or_wet(number), CITIZEN)
        trained = train(await own_cases(connection), folder, tenant, now=NOON)
        found = await Reader(connection, tenant, NOON, folder).understand(Said(description="漆黑一片"))
    assert (trained.examples, trained.labels, trained.routed) == (FEWEST, 2, FEWEST)
    assert (found.classes[0].category, found.bodies[0].organisation) == ("C01001", "lamps")
    assert found.model == load(folder, tenant).version


async def test_the_newest_model_is_in_force_and_two_before_it_stay(
    database: Database, tenant: str, folder: Path
) -> None:
    table = folder / "old.csv"
    rows = "".join(f"{'漏水' if n % 2 else '漆黑'},{'W' if n % 2 else 'L'}\n" for n in range(FEWEST))
    table.write_text(f"内容,类别\n{rows}", encoding="utf-8-sig")
    cases = read_labelled(table, Columns(text=("内容",), category="类别"))
    async with database.tenant(tenant) as connection:
        material = await other_cases(connection, cases)
    for day in range(5):
        last = train(material, folder, tenant, now=NOON + timedelta(days=day))
    assert load(folder, tenant).version == last.path.stem
    assert len(list(last.path.parent.iterdir())) == 3


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_labelled_cases_are_read_in_any_usual_encoding(folder: Path, encoding: str) -> None:
    table = folder / "old.csv"
    table.write_text("内容,类别\n路灯不亮了,C01001\n", encoding=encoding)
    (case,) = read_labelled(table, Columns(text=("内容",), category="类别"))
    assert (case.text, case.category) == ("路灯不亮了", "C01001")


def test_a_file_without_the_column_is_refused_by_name(folder: Path) -> None:
    table = folder / "old.csv"
    table.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(Invalid, match="no column title, description, class"):
        read_labelled(table, Columns())
    with pytest.raises(Invalid, match="neither"):
        read_labelled(folder / "old.pdf", Columns())
    (folder / "old.xlsx").write_bytes(b"no workbook")
    with pytest.raises(Invalid, match="cannot be read"):
        read_labelled(folder / "old.xlsx", Columns())


async def test_who_reported_a_merged_case_follows_the_fate_of_the_other(asking: As) -> None:
    resident, desk = asking(), asking("acceptor", "shift_chief")
    first, second, third = [
        (await resident.post("/api/v1/reports", json=LAMP | {"key": key})).json() for key in "abc"
    ]
    for merged, into in ((third, second), (second, first)):
        path = f"/api/v1/cases/{merged['id']}/merge"
        assert (await desk.post(path, json={"into": into["id"]})).status_code == 200
    await desk.post(f"/api/v1/cases/{first['id']}/acts", json={"name": "accept"})
    path = f"/api/v1/reports/{third['id']}"
    followed = (await resident.get(path, params={"follow": third["follow"]})).json()
    assert (followed["id"], followed["state"], followed["closed"]) == (third["id"], "accepted", None)
    assert [one["state"] for one in followed["moments"]][-1] == "accepted"


async def test_a_component_is_looked_up_in_the_register_with_its_last_repair(
    database: Database, tenant: str, folder: Path
) -> None:
    await Writer(database).submit(tenant, [LAMP_POST])
    code = "3301020101000001"
    async with database.tenant(tenant) as connection:
        await ensure_definitions(connection, tenant, now=NOON)
        cases, desk = Cases(connection, tenant, NOON), Doer(id="desk", node=True)
        said = Report(channel=Channel.RESIDENT, description="dark", category="C01001", component=code)
        id = (await cases.report(said, CITIZEN)).id
        for name in ("accept", "file", "dispatch", "handled", "pass", "close", "archive"):
            body = "lamps" if name == "dispatch" else None
            await cases.act(id, Act(name=name, organisation=body, evidence=("x",)), desk)
        reader = Reader(connection, tenant, NOON, folder)
        known = (await reader.understand(Said(component=code))).component
        unknown = (await reader.understand(Said(component="3301020101000002"))).component
    assert known is not None
    assert (known.registered, known.maintainer, known.repaired, known.repaired_by) == (
        True,
        "路灯管理所",
        NOON,
        id,
    )
    assert unknown is not None
    assert (unknown.registered, unknown.repaired) == (False, None)


async def test_a_report_lies_in_the_smallest_area_around_its_place_and_goes_by_its_limit(
    asking: As, database: Database, tenant: str
) -> None:
    areas = [area("330102", 120.0, 120.5), area("330102001", 120.1, 120.2), area("330102002", 120.2, 120.5)]
    await Writer(database).submit(tenant, areas)
    limits = [{"class": "C01003", "amount": 5, "area": "330102001"}, {"class": "C01003", "amount": 9}]
    await asking("data_officer").put("/api/v1/case-rules", json={"conditions": limits})
    found = []
    for lon in (120.15, 120.3, 120.05, 120.6):
        report = {
            "channel": "resident",
            "description": "cover",
            "class": "C01003",
            "place": {"lon": lon, "lat": 30.25},
        }
        made = (await asking().post("/api/v1/reports", json=report)).json()
        shown = (await asking("acceptor").get(f"/api/v1/cases/{made['id']}")).json()
        found.append((shown["case"]["region"], shown["work"]["data"]["limit"]["amount"]))
    assert found == [("330102001", 5), ("330102002", 9), ("330102", 9), (None, 9)]


def area(code: str, west: float, east: float) -> EntityWrite:
    ring = [[west, 30.2], [east, 30.2], [east, 30.3], [west, 30.3], [west, 30.2]]
    place = {"type": "GeoProperty", "value": {"type": "Polygon", "coordinates": [ring]}}
    return entity("AdministrativeArea", code, location=place, regionCode={"type": "Property", "value": code})


def entity(type: str, code: str, **document: Any) -> EntityWrite:
    return EntityWrite(id=f"urn:ngsi-ld:{type}:{code}", op=Op.MERGE, types=(type,), document=document)


LAMP_POST = entity(
    "StreetComponent", "3301020101000001", componentCode={"type": "Property", "value": "3301020101000001"},
    maintainer={"type": "Property", "value": "路灯管理所"},
)  # fmt: skip


def dark_or_wet(number: int) -> Report:
    text, code, body = (
        ("路灯坏了漆黑", "C01001", "lamps") if number % 2 else ("水管破裂漏水", "C01002", "water")
    )
    return Report(channel=Channel.RESIDENT, description=text, category=code, organisation=body)
