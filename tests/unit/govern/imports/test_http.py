"""Uploads and datasets through their routes."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pyarrow.parquet
import pytest

Lots = Callable[..., str]


async def test_an_upload_becomes_a_dataset(office: Any, lots: Lots) -> None:
    done = await office.sends(lots(P004="sixty"))
    assert done["state"] == "done", done["fault"]
    assert (done["report"]["read"], done["report"]["quarantined"]) == (40, 1)
    dataset = await office.gets("/datasets/lots")
    assert (dataset["records"], dataset["quarantined"], dataset["owner"]) == (39, 1, "traffic")
    assert dataset["score"] == done["report"]["score"] < 100


async def test_a_list_of_imports_has_figures_and_the_import_itself_the_report(
    office: Any, lots: Lots
) -> None:
    done = await office.sends(lots(P004="sixty"))
    item = (await office.gets("/imports"))["items"][0]
    assert item["report"] == {name: done["report"][name] for name in item["report"]}
    assert set(item["report"]) == {"read", "accepted", "quarantined", "duplicates", "score", "entities"}
    assert len(done["report"]["columns"]) == 6


async def test_an_import_without_records_has_no_score_in_the_list(office: Any, lots: Lots) -> None:
    await office.sends(lots(0))
    (item,) = (await office.gets("/imports"))["items"]
    assert (item["report"]["read"], item["report"]["score"]) == (0, None)


async def test_no_answer_names_a_path_of_the_machine(office: Any, lots: Lots) -> None:
    done = await office.sends(lots())
    shown = json.dumps([done, await office.gets("/imports"), await office.gets("/datasets/lots")])
    assert str(office.folder) not in shown


async def test_the_same_file_again_is_the_earlier_import(office: Any, lots: Lots) -> None:
    done = await office.sends(lots())
    again = await office.posts(lots())
    assert (again.json()["import"], again.json()["unchanged"]) == (done["id"], True)
    assert len((await office.gets("/imports"))["items"]) == 1


async def test_an_older_file_sent_after_a_newer_one_is_news(office: Any, lots: Lots) -> None:
    for spaces in ("600", "700", "600"):
        await office.sends(lots(P007=spaces))
    found = await office.gets("/datasets/lots/records", filter="编号:eq:P007")
    assert [record["车位数"] for record in found["items"]] == [600]
    assert (await office.posts(lots(P007="600"))).json()["unchanged"]


async def test_a_file_that_only_added_records_lets_an_earlier_one_be_what_it_was(
    office: Any, lots: Lots
) -> None:
    await office.sends(lots(40))
    await office.sends(lots(42))
    assert (await office.posts(lots(40))).json()["unchanged"]


async def test_a_newer_file_changes_records_by_key_and_adds_new_ones(office: Any, lots: Lots) -> None:
    await office.sends(lots(40))
    await office.sends(lots(42, P007="700"))
    dataset = await office.gets("/datasets/lots")
    assert (dataset["records"], dataset["version"]) == (42, 2)
    found = await office.gets("/datasets/lots/records", filter="编号:eq:P007")
    assert [record["车位数"] for record in found["items"]] == [700]


@pytest.mark.parametrize("blank", ["", "-"])
async def test_a_date_column_that_is_empty_this_time_stays_a_date(office: Any, blank: str) -> None:
    await office.sends(_cases(range(40), closed="2024-03-{:02}"))
    rules = {one["body"]["name"] for one in (await office.gets("/datasets/lots/rules"))["items"]}
    assert "compare:opened,closed" in rules
    done = await office.sends(_cases(range(40, 60), closed=blank))
    assert (done["state"], done["report"]["accepted"]) == ("done", 20), done["fault"]
    dataset = await office.gets("/datasets/lots")
    types = {column["name"]: column["type"] for column in dataset["columns"]}
    assert (dataset["records"], types["closed"]) == (60, "date")


def _cases(numbers: range, *, closed: str) -> str:
    lines = (f"P{n:03},2024-02-{n % 28 + 1:02},{closed.format(n % 28 + 1)}" for n in numbers)
    return "\n".join(["编号,opened,closed", *lines])


async def test_a_record_that_was_refused_before_and_comes_again_good_is_open_no_more(
    office: Any, lots: Lots
) -> None:
    await office.sends(lots(P004="sixty"))
    done = await office.sends(lots(P004="60"))
    dataset = await office.gets("/datasets/lots")
    assert (dataset["records"], dataset["quarantined"]) == (40, 0)
    assert dataset["score"] == done["report"]["score"]


async def test_several_files_of_one_form_are_one_import(office: Any, lots: Lots) -> None:
    head, *rows = lots(40).splitlines()
    parts = ["\n".join([head, *rows[:20]]), "\n".join([head, *rows[20:]])]
    files = [("file", (f"{index}.csv", part)) for index, part in enumerate(parts)]
    answer = await office.client.post(
        "/api/v1/datasets/lots/imports",
        files=files,
        data={"options": json.dumps({"key": ["编号"], "title": "停车场"})},
    )
    await office.works_on(answer.json()["import"])
    dataset = await office.gets("/datasets/lots")
    assert (dataset["title"], dataset["records"]) == ("停车场", 40)


async def test_an_unreadable_file_fails_with_its_reason_and_nothing_is_seen(office: Any) -> None:
    done = await office.sends(b"\x1f\x8b\x08\x00broken", filename="lots.csv.gz")
    assert (done["state"], bool(done["fault"])) == ("failed", True)
    dataset = await office.gets("/datasets/lots")
    assert (dataset["version"], dataset["records"]) == (0, 0)
    assert not list((office.folder / "uploads").glob("*"))
    assert not any((office.folder / "datasets").rglob("*.parquet"))


async def test_wrong_options_are_refused_before_any_work(office: Any) -> None:
    answer = await office.posts("a,b\n1,2\n", header_line=0)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:quanyu:problem:govern.import.options")
    assert not list((office.folder / "uploads").glob("*"))


async def test_an_upload_beyond_the_limit_leaves_nothing(office: Any, small_limit: Any) -> None:
    answer = await small_limit.posts("x" * 2000)
    assert answer.status_code == 413
    assert not list((office.folder / "uploads").glob("*"))


async def test_records_come_page_by_page(office: Any, lots: Lots) -> None:
    await office.sends(lots(40))
    first = await office.gets("/datasets/lots/records", limit=25)
    rest = await office.gets("/datasets/lots/records", limit=25, after=first["next"])
    codes = [record["编号"] for record in (*first["items"], *rest["items"])]
    assert codes == [f"P{index:03}" for index in range(1, 41)]
    assert rest["next"] is None


async def test_cells_that_look_like_formulas_are_harmless_in_a_csv_export(office: Any) -> None:
    await office.sends("编号,名称,余额\n1,=1+1,-5\n2,@sum,7\n3,+86 说明,8\n4,-3,9\n5,良好,1\n")
    answer = await office.client.get("/api/v1/datasets/lots/export.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["名称"] for row in rows] == ["'=1+1", "'@sum", "'+86 说明", "-3", "良好"]
    assert rows[0]["余额"] == "-5"


async def test_an_export_as_parquet_keeps_types_and_leaves_nothing_behind(office: Any, lots: Lots) -> None:
    await office.sends(lots(40))
    answer = await office.client.get("/api/v1/datasets/lots/export.parquet")
    table = pyarrow.parquet.read_table(io.BytesIO(answer.content))
    assert table.num_rows == 40
    assert table.column("车位数").to_pylist()[0] == 51
    assert not list((office.folder / "tmp" / "read").glob("*"))


async def test_another_department_cannot_read_and_does_not_see_it_listed(
    office: Any, neighbour: Any, lots: Lots
) -> None:
    await office.sends(lots())
    assert (await neighbour.client.get("/api/v1/datasets/lots/records")).status_code == 403
    assert (await neighbour.gets("/datasets"))["items"] == []
    assert (await neighbour.posts(lots())).status_code == 403


async def test_whoever_reads_but_does_not_look_after_it_sees_personal_values_masked(
    office: Any, operator: Any, lots: Lots
) -> None:
    await office.sends(lots())
    page = await operator.gets("/datasets/lots/records", limit=1)
    assert (page["masked"], page["items"][0]["联系电话"]) == (["联系电话"], "138****5601")
    answer = await operator.client.get(
        "/api/v1/datasets/lots/records", params={"filter": "联系电话:has:5601"}
    )
    assert answer.status_code == 400


async def test_the_records_of_an_import_and_those_that_break_a_rule_are_found(
    office: Any, operator: Any, lots: Lots
) -> None:
    await office.sends(lots(40))
    second = await office.sends(lots(42, P007=""))
    (rule,) = (
        one["rule"]["name"]
        for one in second["report"]["results"]
        if one["violations"] and one["rule"]["severity"] == "flag"
    )
    came = await office.gets("/datasets/lots/records", filter=f"_import:eq:{second['id']}")
    assert came["total"] == second["report"]["accepted"]
    broken = await office.gets("/datasets/lots/records", filter=f"_flags:has:{rule}")
    assert [one["编号"] for one in broken["items"]] == ["P007"]
    asked = {"filter": f"_flags:has:{rule}"}
    assert (await operator.client.get("/api/v1/datasets/lots/records", params=asked)).status_code == 400


async def test_a_cancelled_import_changes_nothing(office: Any, lots: Lots) -> None:
    import_id = (await office.posts(lots())).json()["import"]
    answer = await office.client.post(f"/api/v1/imports/{import_id}/cancel")
    assert answer.json()["state"] == "cancelled"
    await office.works_on(import_id)
    assert (await office.gets("/datasets/lots"))["version"] == 0


async def test_the_end_of_an_import_is_told_to_whoever_watches(office: Any, lots: Lots) -> None:
    done = await office.sends(lots())
    answer = await office.client.get(f"/api/v1/imports/{done['id']}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "event: end" in answer.text


async def test_a_removed_dataset_is_gone_with_its_files(office: Any, lots: Lots) -> None:
    await office.sends(lots())
    assert (await office.client.delete("/api/v1/datasets/lots")).status_code == 204
    assert (await office.client.get("/api/v1/datasets/lots")).status_code == 404
    assert not list((office.folder / "datasets").rglob("*.parquet"))


async def test_an_upload_that_asks_for_what_does_not_exist_is_refused_with_all_of_it(
    office: Any, lots: Lots
) -> None:
    asked = {
        "types": {"车位数": "integr"},
        "formats": {"名称": "dms_packt"},
        "encoding": "gbk9",
        "model": "Parkng",
        "crs": "EPSG:0",
    }
    answer = await office.posts(lots(), options=json.dumps(asked))
    assert answer.status_code == 400
    faults = {fault["where"]: fault["message"] for fault in answer.json()["faults"]}
    assert set(faults) == {"/types/车位数", "/formats/名称", "/encoding", "/model", "/crs"}
    assert "integer" in faults["/types/车位数"]
    assert "OffStreetParking" in faults["/model"]
    assert (await office.gets("/imports"))["items"] == []


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("/types/车位数", {"types": {"车位数": ["integer"]}}),
        ("/encoding", {"encoding": "hex"}),
        ("/encoding", {"encoding": "punycode"}),
        ("/encoding", {"encoding": "raw_unicode_escape"}),
        ("/encoding", {"encoding": "gbk\0"}),
        ("/delimiter", {"delimiter": "||"}),
    ],
)
async def test_an_option_that_can_be_none_is_refused_at_once(
    office: Any, lots: Lots, where: str, said: dict[str, Any]
) -> None:
    answer = await office.posts(lots(), options=json.dumps(said))
    assert (answer.status_code, [one["where"] for one in answer.json()["faults"]]) == (400, [where])


async def test_an_upload_that_names_columns_which_are_not_there_fails_with_all_of_them(
    office: Any, lots: Lots
) -> None:
    asked = {"key": ["编好"], "types": {"车位": "integer"}}
    done = await office.sends(lots(), options=json.dumps(asked), key="编好")
    assert done["state"] == "failed"
    assert {fault["where"] for fault in done["faults"]} == {"/key/0", "/types/车位"}
    assert "车位数" in done["faults"][0]["message"]


async def test_a_declared_format_decides(office: Any) -> None:
    asked = {"formats": {"经度": "dms_packed", "日期": "european"}}
    text = "编号,经度,日期\n" + "".join(f"P{n},118.453{n},0{n}/02/2023\n" for n in range(1, 9))
    done = await office.sends(text, options=json.dumps(asked))
    assert done["state"] == "done", done["fault"]
    (record,) = (await office.gets("/datasets/lots/records", filter="编号:eq:P1"))["items"]
    assert record["日期"] == "2023-02-01"
    assert record["经度"] == pytest.approx(118.758611)


async def test_datasets_are_listed_with_the_lowest_score_first_those_without_one_last(
    office: Any, lots: Lots
) -> None:
    scores = {"fine": 90, "poor": 40, "unknown": None, "worst": 40}
    for name, score in scores.items():
        await office.sends(lots(P004="sixty") if name == "fine" else lots(), dataset=name)
        async with office.database.tenant(office.actor.tenant) as connection:
            owner = None if name == "poor" else "traffic"
            now = "update dataset set score = $2, owner = $3 where name = $1"
            await connection.execute(now, name, score, owner)
    found, after = list[str](), None
    while after != "":
        page = await office.gets("/quality/datasets", limit=1, **({"after": after} if after else {}))
        found += (one["name"] for one in page["items"])
        after = page["next"] or ""
    assert found == ["poor", "worst", "fine", "unknown"]
    for said, names in {
        (("only", "below"),): ["poor", "worst", "unknown"],
        (("only", "quarantined"),): ["fine"],
        (("q", "OR"),): ["poor", "worst"],
        (("owner", "nobody"),): [],
        (("owner", "-"),): ["poor"],
        (("owner", "traffic"),): ["worst", "fine", "unknown"],
    }.items():
        page = await office.gets("/quality/datasets", **dict(said))
        assert ([one["name"] for one in page["items"]], page["next"]) == (names, None)


async def test_datasets_are_asked_for_by_their_names(office: Any, lots: Lots) -> None:
    for name in ("fine", "poor", "other"):
        await office.sends(lots(), dataset=name)
    page = await office.gets("/datasets", name=["poor", "fine", "unknown"])
    assert ([one["name"] for one in page["items"]], page["next"]) == (["fine", "poor"], None)
    page = await office.gets("/datasets", limit=2)
    assert ([one["name"] for one in page["items"]], page["next"]) == (["fine", "other"], "other")


async def test_a_dataset_that_is_searched_for_by_its_title_is_found_first(office: Any, lots: Lots) -> None:
    titles = {"a": "停车场月报", "b": "城市停车场", "c": "停车场"}
    for name, title in titles.items():
        await office.sends(lots(), dataset=name)
        async with office.database.tenant(office.actor.tenant) as connection:
            await connection.execute("update dataset set title = $2 where name = $1", name, title)
    found, after = list[str](), None
    while after != "":
        page = await office.gets("/datasets", q="停车场", limit=1, **({"after": after} if after else {}))
        found += (one["name"] for one in page["items"])
        after = page["next"] or ""
    assert found == ["c", "a", "b"]
