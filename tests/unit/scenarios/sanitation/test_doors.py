"""How well the firms' deliveries fit their doors, for the city and for each firm."""

from typing import Any

import pytest

from quanyu.core.actor import Actor, ActorKind
from quanyu.packs import ViewKind
from quanyu.packs.testing import City
from quanyu.scenarios.sanitation import pack
from quanyu.scenarios.sanitation.firm import FIELDS, Form, Kind

P = "/api/v1/packs/sanitation"
GOOD = {"code": "v1", "terminal": "v1", "kind": "扫路车"}


@pytest.fixture
async def delivered(city: City) -> City:
    """The firm "clean" has told of two vehicles, one of them wrongly; a minute later "other" of one."""
    await city.enable(pack)
    async with city.client(pack) as client:
        for firm, told in (("clean", [GOOD, {"code": "v2", "kind": 7}]), ("other", [GOOD])):
            assert (await client.put(f"{P}/firms/{firm}/vehicles", json=told)).status_code == 200
            city.clock.move(minutes=1)
    return city


async def _asked(city: City, path: str, asker: Actor | None = None) -> dict[str, Any]:
    async with city.client(pack, asker=asker) as client:
        answer = await client.get(f"{P}/{path}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_of_each_firm_and_kind_is_told_what_was_good_and_what_was_wrong(delivered: City) -> None:
    report = await _asked(delivered, "conformance")
    found = {
        one["firm"]: (one["kind"], one["deliveries"], one["accepted"], one["refused"], one["fits"])
        for one in report["items"]
    }
    assert found == {"clean": ("vehicles", 1, 1, 1, False), "other": ("vehicles", 1, 1, 0, True)}
    wrong = {(one["firm"], one["field"], one["reason"], one["records"]) for one in report["faults"]}
    assert wrong == {("clean", "terminal", "missing", 1), ("clean", "kind", "not text", 1)}


async def test_the_report_comes_from_deliveries_the_newest_first(delivered: City) -> None:
    told = await _asked(delivered, "deliveries?limit=1")
    (newest,) = told["items"]
    assert (newest["firm"], newest["accepted"], told["deliveries"]) == ("other", 1, 2)


async def test_a_firm_sees_its_own_deliveries_only(delivered: City) -> None:
    officer = Actor(
        id="o", tenant=delivered.tenant, kind=ActorKind.ACCOUNT, name="o", organisation="other", organisations=frozenset({"other"})
    )  # fmt: skip
    report = await _asked(delivered, "conformance", officer)
    assert {one["firm"] for one in report["items"]} == {"other"}
    assert report["faults"] == []
    assert {one["firm"] for one in (await _asked(delivered, "deliveries", officer))["items"]} == {"other"}


async def test_the_report_of_a_firm_counts_its_own_things_only(delivered: City) -> None:
    async with delivered.client(pack) as client:
        await client.put(f"{P}/firms/clean/vehicles", json=[{**GOOD, "code": "v3"}])
    assert (await _asked(delivered, "firms/other/conformance"))["things"] == {"vehicles": 1}


async def test_every_column_of_the_page_is_in_the_answer(delivered: City) -> None:
    (doors,) = [view for view in pack.views if view.kind is ViewKind.PAGE and view.name == "doors"]
    for block in doors.body["blocks"]:
        answer = await _asked(delivered, block["route"].removeprefix(f"{P}/"))
        for row in answer[block.get("items", "items")]:
            assert {*block["columns"], *block.get("only", ())} <= row.keys()


def test_kinds_of_records_and_what_can_be_wrong_with_them_have_their_words() -> None:
    reasons = {"missing", "unknown code", *(f"not {form}" for form in Form)}
    assert {row.form for fields in FIELDS.values() for row in fields} == set(Form)
    for texts in pack.messages.values():
        assert {f"sanitation.kind.{kind}" for kind in Kind} <= texts.keys()
        assert {f"sanitation.reason.{reason}" for reason in reasons} <= texts.keys()
