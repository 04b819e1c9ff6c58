"""Refused records: seen with their reasons, mended by hand and by rule, released, accepted, dismissed."""

from collections.abc import Callable
from typing import Any

Lots = Callable[..., str]
PATH = "/api/v1/datasets/lots/quarantine"


async def rows(office: Any, **query: Any) -> list[dict[str, Any]]:
    return (await office.gets("/datasets/lots/quarantine", **query))["items"]


async def edit(office: Any, row: dict[str, Any], **edits: str | None) -> Any:
    path = f"{PATH}/{row['import_id']}/{row['row']}"
    return await office.client.patch(path, json={"edits": edits, "version": row["version"]})


async def test_a_refused_record_says_file_line_and_every_reason(office: Any, lots: Lots) -> None:
    await office.sends(lots(100, P004="sixty"))
    page = await office.gets("/datasets/lots/quarantine")
    (row,) = page["items"]
    assert (row["file"], row["line"], row["values"]["车位数"]) == ("lots.csv", 5, "sixty")
    assert [fault["columns"] for fault in row["faults"]] == [["车位数"]]
    assert row["faults"][0]["message"]
    assert page["rules"][0]["rows"] == 1
    assert page["states"] == {"open": 1}


async def test_an_edit_shows_what_is_still_broken(office: Any, lots: Lots) -> None:
    await office.sends(lots(100, P004="sixty"))
    (row,) = await rows(office)
    worse = (await edit(office, row, 车位数="many")).json()
    assert (worse["state"], len(worse["faults"])) == ("open", 1)
    better = (await edit(office, worse, 车位数="60")).json()
    assert (better["state"], better["faults"], better["edits"]) == ("mended", [], {"车位数": "60"})


async def test_two_people_cannot_mend_the_same_row_unseen(office: Any, lots: Lots) -> None:
    await office.sends(lots(100, P004="sixty"))
    (row,) = await rows(office)
    await edit(office, row, 车位数="60")
    assert (await edit(office, row, 车位数="61")).status_code == 409


async def test_a_mended_record_is_released_and_the_score_rises(office: Any, lots: Lots) -> None:
    await office.sends(lots(100, P004="sixty", P009="ninety"))
    before = await office.gets("/datasets/lots")
    (row, _) = await rows(office)
    await edit(office, row, 车位数="60")
    outcome = (await office.client.post(f"{PATH}/release", json={"select": {}})).json()
    assert (outcome["done"], outcome["remaining"]) == (1, 1)
    after = await office.gets("/datasets/lots")
    assert (after["records"], after["quarantined"]) == (99, 1)
    assert before["score"] < after["score"] < 100
    found = await office.gets("/datasets/lots/records", filter="编号:eq:P004")
    assert [(record["车位数"], record["_line"]) for record in found["items"]] == [(60, 5)]


async def test_nothing_is_released_twice(office: Any, lots: Lots) -> None:
    await office.sends(lots(100, P004="sixty"))
    (row,) = await rows(office)
    await edit(office, row, 车位数="60")
    named = {"rows": [{"import_id": row["import_id"], "row": row["row"]}]}
    assert (await office.client.post(f"{PATH}/release", json={"select": named})).json()["done"] == 1
    assert (await office.client.post(f"{PATH}/release", json={"select": named})).status_code == 404
    assert (await office.gets("/datasets/lots"))["records"] == 100


async def test_a_change_by_rule_is_seen_before_it_is_made(office: Any, lots: Lots) -> None:
    await office.sends(lots(100, P004="60个", P009="90个"))
    fix = {"select": {}, "kind": "pattern", "column": "车位数", "find": "[^0-9]", "value": ""}
    seen = (await office.client.post(f"{PATH}/rules", json=fix)).json()
    assert [(one["before"], one["after"]) for one in seen["shown"]] == [("60个", "60"), ("90个", "90")]
    assert {row["state"] for row in await rows(office)} == {"open"}
    made = (await office.client.post(f"{PATH}/rules", params={"preview": "false"}, json=fix)).json()
    assert (made["changed"], made["applied"]) == (2, True)
    assert (await office.client.post(f"{PATH}/release", json={"select": {}})).json()["done"] == 2
    assert (await office.gets("/datasets/lots"))["score"] == 100


async def test_a_pattern_that_does_not_parse_is_refused(office: Any, lots: Lots) -> None:
    await office.sends(lots(100, P004="sixty"))
    fix = {"select": {}, "kind": "pattern", "column": "车位数", "find": "(", "value": ""}
    assert (await office.client.post(f"{PATH}/rules", json=fix)).status_code == 400


async def test_accepting_a_broken_record_needs_a_reason_and_keeps_it_flagged(office: Any, lots: Lots) -> None:
    await office.sends(lots(100, P004="sixty"))
    before = await office.gets("/datasets/lots")
    accept = {"select": {}, "accept": True}
    assert (await office.client.post(f"{PATH}/release", json=accept)).status_code == 400
    outcome = await office.client.post(f"{PATH}/release", json=accept | {"reason": "现场核实"})
    assert outcome.json()["done"] == 1
    after = await office.gets("/datasets/lots")
    assert (after["records"], after["quarantined"], after["score"]) == (100, 0, before["score"])


async def test_a_dismissed_record_counts_no_more_but_stays_readable(office: Any, lots: Lots) -> None:
    await office.sends(lots(100, P004="sixty"))
    outcome = await office.client.post(f"{PATH}/dismiss", json={"select": {}, "reason": "测试数据"})
    assert outcome.json() == {"done": 1, "remaining": 0, "part_id": None, "rows": []}
    dataset = await office.gets("/datasets/lots")
    assert (dataset["quarantined"], dataset["score"]) == (0, 100)
    assert [row["reason"] for row in await rows(office, state="dismissed")] == ["测试数据"]


async def test_rows_are_found_by_rule_and_by_words(office: Any, lots: Lots) -> None:
    await office.sends(lots(100, P004="sixty", P009="ninety"))
    rule = (await rows(office))[0]["faults"][0]["rule"]
    assert len(await rows(office, rule=rule)) == 2
    assert [row["line"] for row in await rows(office, q="ninety")] == [10]
    assert await rows(office, rule="other") == []


async def test_rows_of_one_import_are_listed_counted_and_dealt_with_alone(office: Any, lots: Lots) -> None:
    first = await office.sends(lots(100, P004="sixty", P009="ninety"))
    other = await office.sends(lots(100, P004="one", P005="two", P006="many").replace("\nP", "\nR"))
    page = await office.gets("/datasets/lots/quarantine", state="all", **{"import": other["id"]})
    assert len(page["items"]) == other["report"]["quarantined"] == 3
    assert (page["states"], [rule["rows"] for rule in page["rules"]]) == ({"open": 3}, [3])
    only = {"select": {"import_id": other["id"]}, "reason": "测试数据"}
    assert (await office.client.post(f"{PATH}/dismiss", json=only)).json()["done"] == 3
    assert {row["import_id"] for row in await rows(office)} == {first["id"]}
    assert await rows(office, **{"import": "i20260101-none"}) == []


async def test_a_word_that_is_misspelt_never_means_all_rows(office: Any, lots: Lots) -> None:
    await office.sends(lots(100, P004="sixty"))
    for asked in ({"select": {"rul": "x"}}, {"select": {}, "acept": True, "reason": "so"}):
        assert (await office.client.post(f"{PATH}/release", json=asked)).status_code == 400
    assert (await office.gets("/datasets/lots"))["quarantined"] == 1


async def test_a_release_says_in_words_what_the_others_still_break(office: Any, lots: Lots) -> None:
    await office.sends(lots(100, P004="sixty"))
    answer = (await office.client.post(f"{PATH}/release", json={"select": {}})).json()
    assert [bool(fault["message"]) for row in answer["rows"] for fault in row["faults"]] == [True]
