"""The content once more, under changed rules, types or mapping."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from quanyu.core.clock import utc_now
from quanyu.govern.mapping.model import MappedColumn, Mapping
from quanyu.govern.mapping.service import decide

Lots = Callable[..., str]


async def rerun(office: Any, **options: Any) -> dict[str, Any]:
    answer = await office.client.post("/api/v1/datasets/lots/rerun", json=options)
    assert answer.status_code == 202, answer.text
    await office.works_on(answer.json()["import"])
    done: dict[str, Any] = await office.gets(f"/imports/{answer.json()['import']}")
    assert done["state"] == "done", done["fault"]
    return done


async def test_a_rule_that_was_softened_lets_refused_records_in(office: Any, lots: Lots) -> None:
    await office.sends(lots(99, P004="sixty"))
    quality = await office.gets("/datasets/lots/quality")
    (rule,) = [one["rule"] for one in quality["results"] if one["violations"]]
    path = f"/api/v1/datasets/lots/rules/{quote(rule['name'], safe='')}"
    await office.client.put(path, json={"body": rule | {"severity": "flag"}})
    await rerun(office)
    dataset = await office.gets("/datasets/lots")
    assert (dataset["records"], dataset["quarantined"], dataset["version"]) == (99, 0, 2)


async def test_nothing_changes_when_nothing_was_changed(office: Any, lots: Lots) -> None:
    await office.sends(lots(99, P004="sixty"))
    before = await office.gets("/datasets/lots")
    await rerun(office)
    after = await office.gets("/datasets/lots")
    same = ("records", "quarantined", "score")
    assert [after[field] for field in same] == [before[field] for field in same]
    (row,) = (await office.gets("/datasets/lots/quarantine"))["items"]
    assert (row["file"], row["line"]) == ("lots.csv", 5)


async def test_what_was_mended_stays_mended_through_two_reruns(office: Any, lots: Lots) -> None:
    await office.sends(lots(99, P004="sixty", P009="ninety"))
    (row, _) = (await office.gets("/datasets/lots/quarantine"))["items"]
    path = f"/api/v1/datasets/lots/quarantine/{row['import_id']}/{row['row']}"
    await office.client.patch(path, json={"edits": {"车位数": "60"}})
    await office.client.post("/api/v1/datasets/lots/quarantine/release", json={"select": {}})
    await rerun(office)
    await rerun(office)
    found = await office.gets("/datasets/lots/records", filter="编号:eq:P004")
    assert [(record["车位数"], record["_line"]) for record in found["items"]] == [(60, 5)]
    assert (await office.gets("/datasets/lots"))["quarantined"] == 1


async def test_the_way_back_to_the_file_stays(office: Any, lots: Lots) -> None:
    await office.sends(lots(40))
    await office.sends(lots(41, P007="700"))
    mapping = {"type": "Lot", "key": ["编号"], "attributes": [{"attribute": "spaces", "column": "车位数"}]}
    await rerun(office, mapping=mapping)
    for code, values in (("P007", "700"), ("P041", "91")):
        found = await office.gets("/trace/" + quote(f"urn:ngsi-ld:Lot:lots:{code}", safe=""))
        line = found["steps"][-1]["fields"]
        assert (line["file"], line["line"], line["values"]["车位数"]) == (
            "lots.csv",
            int(code[1:]) + 1,
            values,
        )
    assert (await office.gets("/datasets/lots"))["records"] == 41


async def test_a_word_that_is_misspelt_is_said(office: Any, lots: Lots) -> None:
    await office.sends(lots())
    answer = await office.client.post("/api/v1/datasets/lots/rerun", json={"tpyes": {}})
    assert answer.status_code == 400


async def test_a_rerun_is_refused_with_every_column_and_name_that_is_none(office: Any, lots: Lots) -> None:
    await office.sends(lots())
    attributes = [{"attribute": "a b", "column": "x3"}]
    asked = {
        "key": ["x1"],
        "types": {"x2": "integer"},
        "crs": "EPSG:1",
        "mapping": {"type": "X Y", "key": ["编号"], "longitude": "x4", "attributes": attributes},
    }
    answer = await office.client.post("/api/v1/datasets/lots/rerun", json=asked)
    assert answer.status_code == 400
    assert {fault["where"] for fault in answer.json()["faults"]} == {
        "/key/0", "/types/x2", "/crs", "/mapping/type", "/mapping/longitude", "/mapping",
        "/mapping/attributes/0/column", "/mapping/attributes/0/attribute",
    }  # fmt: skip
    assert len((await office.gets("/imports"))["items"]) == 1


async def test_a_time_that_is_none_fails_at_once_and_holds_nothing_up(office: Any, lots: Lots) -> None:
    await office.sends(lots())
    mapping = {"type": "Lot", "key": ["编号"], "time": "名称", "attributes": []}
    answer = await office.client.post("/api/v1/datasets/lots/rerun", json={"mapping": mapping})
    done = await office.works_on(answer.json()["import"])
    assert (done.state, done.fault.key) == ("failed", "govern.mapping.time_type")


async def test_a_mapping_without_key_is_not_replaced_by_a_proposal(office: Any, lots: Lots) -> None:
    await office.sends(lots())
    async with office.database.tenant(office.actor.tenant) as connection:
        mapping = Mapping(type="Lot", columns=(MappedColumn(column="编号", attribute="code"),))
        await decide(connection, office.actor.tenant, "lots", mapping, actor="zhang", at=utc_now())
    assert (await rerun(office))["report"]["mapping"] is None


async def test_much_content_goes_through_other_processes_alike(
    office: Any, lots: Lots, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quanyu.govern.engine.aside.LITTLE", 0)
    await office.sends(lots(40))
    await office.sends(lots(41, P007="seven"))
    assert (await office.gets("/datasets/lots"))["records"] == 40
    await rerun(office, types={"车位数": "text"})
    assert (await office.gets("/datasets/lots"))["records"] == 41
