"""The workbench: SQL over what somebody reads by office, because it is open, or under a contract."""

from typing import Any

import pytest

from quanyu.exchange.policy import Mask, MaskKind
from tests.unit.exchange.city import City


async def asks(city: City, who: str, sql: str, **more: Any) -> Any:
    return await city.clients[who].post("/api/v1/workbench/query", json={"sql": sql, **more})


async def table_of(city: City, who: str) -> dict[str, Any] | None:
    found = (await city.clients[who].get("/api/v1/workbench/tables")).json()["items"]
    return next((one for one in found if one["name"] == "residents"), None)


async def test_who_looks_after_a_dataset_asks_it_without_a_contract(city: City) -> None:
    answer = await asks(
        city, "civil", "select 街道, count(*) as n from residents group by 街道 order by n desc"
    )
    assert answer.status_code == 200, answer.text
    assert [one["n"] for one in answer.json()["items"]] == [59, 59, 2]
    table = await table_of(city, "civil")
    assert table is not None
    assert (table["by"], len(table["columns"])) == ("office", 6)


async def test_another_body_gets_what_its_contract_gives_and_the_ledger_counts_it(city: City) -> None:
    assert (await asks(city, "county", "select * from residents")).status_code == 403
    assert await table_of(city, "county") is None
    id = await city.contract(columns=("编号", "收入"), masks={"收入": Mask(kind=MaskKind.HIDE)})
    answer = await asks(city, "county", "select * from residents limit 1")
    table = await table_of(city, "county")
    usage = (await city.asks("county", "GET", f"/contracts/{id}"))["usage"]
    await city.ends(id)
    assert answer.json()["items"] == [{"编号": "R001", "收入": None}]
    assert table is not None
    assert [(one["name"], one["masked"]) for one in table["columns"]] == [("编号", False), ("收入", True)]
    assert usage["calls"] == 1


async def test_nobody_known_and_nobody_of_another_post_runs_queries(city: City) -> None:
    assert (await asks(city, "nobody", "select * from residents")).status_code == 401
    assert (await asks(city, "audit", "select * from residents")).status_code == 403


@pytest.mark.parametrize(
    ("sql", "place", "word"),
    [
        ("select 编号\nfrom residents where (收入 = 1", "2:28", "1"),
        ("select 编号,\n  没有 from residents", "2:3", "没有"),
    ],
)
async def test_a_fault_says_where_it_stands(city: City, sql: str, place: str, word: str) -> None:
    (fault,) = (await asks(city, "civil", sql)).json()["faults"]
    assert fault["where"] == place
    assert word in fault["message"]


async def test_what_is_not_there_is_refused_like_what_is_not_given(city: City) -> None:
    answer = await asks(city, "health", "select * from nowhere")
    assert answer.status_code == (await asks(city, "health", "select * from residents")).status_code == 403
    assert "neither your office nor a contract" in answer.json()["detail"]


@pytest.mark.parametrize("source", ["no_such_function(1)", "information_schema.tables"])
async def test_what_is_no_dataset_is_named_as_it_was_written(city: City, source: str) -> None:
    answer = await asks(city, "civil", f"select * from {source}")
    assert answer.status_code == 400
    (fault,) = answer.json()["faults"]
    assert source.partition("(")[0] in fault["message"].lower()


async def test_cells_that_begin_a_formula_leave_as_text(city: City) -> None:
    answer = await asks(city, "civil", "select '=1+1' as sum from residents limit 1", format="csv")
    assert answer.text == '"sum"\n"\'=1+1"\n'


async def test_saved_queries_are_changed_by_who_keeps_them(city: City) -> None:
    path, draft = (
        "/api/v1/workbench/queries",
        {"name": "按街道", "sql": "select 1 from residents", "shared": True},
    )
    kept = (await city.clients["civil"].post(path, json=draft)).json()
    (seen,) = (await city.clients["county"].get(path)).json()["items"]
    assert (seen["id"], seen["mine"], seen["owner_name"]) == (kept["id"], False, "civil")
    own = f"{path}/{kept['id']}"
    assert (await city.clients["county"].put(own, json=draft)).status_code == 404
    closed = await city.clients["civil"].put(
        own, json={**draft, "shared": False, "chart": {"mark": "bar", "x": "a"}}
    )
    assert closed.json()["chart"]["mark"] == "bar"
    assert (await city.clients["county"].get(path)).json()["items"] == []
    assert (await city.clients["civil"].delete(own)).status_code == 204


async def test_saved_queries_go_on_page_by_page_one_s_own_first_and_are_found_by_their_name(
    city: City,
) -> None:
    path, office, county = "/api/v1/workbench/queries", city.clients["civil"], city.clients["county"]
    draft = {"sql": "select 1 from residents", "shared": True}
    kept = [
        (await client.post(path, json={**draft, "name": f"第{number}张表"})).json()["id"]
        for client in (county, office)
        for number in range(3)
    ]
    found, after = list[str](), None
    while after != "":
        page = (await office.get(path, params={"limit": 1} | ({"after": after} if after else {}))).json()
        found += (one["id"] for one in page["items"])
        after = page["next"] or ""
    named = (await office.get(path, params={"q": "第1张"})).json()["items"]
    shared = await office.get(f"{path}/{kept[0]}")
    for client, id in zip((county,) * 3 + (office,) * 3, kept, strict=True):
        await client.delete(f"{path}/{id}")
    assert (sorted(found[:3]), sorted(found[3:])) == (sorted(kept[3:]), sorted(kept[:3]))
    assert [one["id"] for one in named] == [kept[4], kept[1]]
    assert (shared.json()["mine"], (await office.get(f"{path}/{kept[0]}")).status_code) == (False, 404)
    assert (await office.get(path, params={"after": "nonsense"})).status_code == 400


async def test_datasets_to_query_are_told_in_pages_by_name_and_found_by_their_names_and_columns(
    city: City,
) -> None:
    await city.imports("编号,层数\nB1,6\n", "buildings")

    async def listed(**asked: Any) -> Any:
        return (await city.clients["civil"].get("/api/v1/workbench/tables", params=asked)).json()

    everything = [one["name"] for one in (await listed())["items"]]
    assert {"buildings", "residents"} <= {*everything}
    found, page = list[str](), await listed(limit=1)
    while page["next"]:
        found += (one["name"] for one in page["items"])
        page = await listed(limit=1, after=page["next"])
    assert [*found, *(one["name"] for one in page["items"])] == everything
    for asked in ({"q": "RESIDENT"}, {"q": "收入"}, {"name": ["residents", "unknown"]}):
        page = await listed(**asked)
        assert ([one["name"] for one in page["items"]], page["next"]) == (["residents"], None)
    assert (await listed(q="no column is called so"))["items"] == []
