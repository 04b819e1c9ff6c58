"""Algorithms in questions of the workbench: on what the asker is shown, counted, kept, and a table of the question."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.compute.forecast import learn
from quanyu.exchange.policy import Mask, MaskKind
from quanyu.exchange.workbench.asking import MOST_CALLS
from quanyu.exchange.workbench.calls import question
from tests.unit.exchange.city import City

NEXT = "forecast((select 收入 as value from residents order by 编号), day => 1, ahead => 3)"


async def asks(city: City, who: str, sql: str, *, expect: int = 200, **more: Any) -> Any:
    answer = await city.clients[who].post("/api/v1/workbench/query", json={"sql": sql, **more})
    assert answer.status_code == expect, answer.text
    return answer.json() if "json" in answer.headers["content-type"] else answer.text


async def incomes(city: City) -> tuple[Any, float]:
    """Of all residents, and the next one by `learn` itself."""
    told = (await asks(city, "civil", "select 收入 as value from residents order by 编号"))["items"]
    income = np.array([[one["value"] for one in told]])
    (next_one,) = learn(income, ahead=3, day=1).at(income, income.shape[1] - 1)
    return income, next_one


async def test_a_function_works_on_the_rows_of_its_query_and_gives_a_table(city: City) -> None:
    _, next_one = await incomes(city)
    answer = await asks(
        city, "civil", f"select series, round(value) as next, low <= high as fits from {NEXT}"
    )
    assert answer["items"] == [{"series": "", "next": round(next_one), "fits": True}]
    (run,) = answer["runs"]
    shown = (await city.clients["civil"].get(f"/api/v1/compute/runs/{run}")).json()
    assert (shown["process"], shown["version"]) == ("forecast", "1")
    assert shown["inputs"]["rows"] == [120]
    assert shown["inputs"]["values"] == {"day": 1, "ahead": 3}
    assert shown["outputs"].keys() == {"sm3"}  # neither what went in nor what came out


async def test_what_there_is_to_call_is_listed_with_what_it_takes_and_gives(city: City) -> None:
    found = (await city.clients["civil"].get("/api/v1/workbench/functions")).json()["items"]
    told = next(one for one in found if one["name"] == "travel_times")
    assert told["call"] == "travel_times(sources, targets, limit => …, hour => …)"
    assert (told["title"], told["columns"]) == (
        "Travel times from many to many",
        ["source", "target", "seconds"],
    )
    assert told["tables"][0] | {"most": 0} == {
        "name": "sources", "columns": ["lon", "lat"], "known": ["id"], "most": 0, "needed": True,
    }  # fmt: skip


async def test_its_table_is_joined_to_others_and_nests(city: City) -> None:
    inner = f"select value from {NEXT} as f join residents r on r.编号 = 'R001'"
    sql = f"select count(*) as n from residents join (select max(value) as most from ({inner}) as a) as b on 收入 > most"
    income, next_one = await incomes(city)
    assert (await asks(city, "civil", sql))["items"] == [{"n": np.sum(income > next_one)}]
    months = "select value from residents join forecast((select value from forecast((select 收入 as value from residents), day => 1, ahead => 1)), day => 1, ahead => 1) as f on true"
    refused = await asks(city, "civil", months, expect=400)
    assert "a week" in refused["detail"]  # one value, of the inner one, is too few


async def test_what_a_contract_masks_no_function_is_given(city: City) -> None:
    id = await city.contract(columns=("编号", "收入"), masks={"收入": Mask(kind=MaskKind.HIDE)})
    refused = await asks(city, "county", f"select * from {NEXT}", expect=400)
    await city.ends(id)
    assert "too little" in refused["detail"]  # of nulls


async def test_every_table_of_a_call_is_a_call_in_the_ledger(city: City) -> None:
    await asks(city, "county", f"select * from {NEXT}", expect=403)
    id = await city.contract(columns=("编号", "收入"))
    await asks(city, "county", f"select * from {NEXT}")
    calls = (await city.asks("civil", "GET", f"/contracts/{id}/calls"))["items"]
    await city.ends(id)
    assert [(one["rows"], one["query"]) for one in calls] == [
        (120, "select 收入 as value from residents order by 编号")
    ]


async def test_no_more_rows_are_read_for_a_function_than_show_that_they_are_too_many(city: City) -> None:
    id = await city.contract(columns=("编号", "收入"))
    area = "isochrone((select 121.5 as lon, 31.2 as lat from residents), seconds => 60)"
    refused = await asks(city, "county", f"select * from {area}", expect=413)
    (call,) = (await city.asks("civil", "GET", f"/contracts/{id}/calls"))["items"]
    await city.ends(id)
    assert "more than 1 row" in refused["detail"]
    assert call["rows"] == 2


async def test_who_may_run_no_algorithm_runs_none_in_sql(city: City) -> None:
    scopes = {"name": "sql only", "scopes": ["query.run", "dataset.read"]}
    token = (await city.clients["civil"].post("/api/v1/tokens", json=scopes)).json()
    answer = await city.clients["nobody"].post(
        "/api/v1/workbench/query", json={"sql": f"select * from {NEXT}"},
        headers={"authorization": f"Bearer {token['secret']}"},
    )  # fmt: skip
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("select * from forecast(residents, day => 1, ahead => 1)", "not residents"),
        ("select * from forecast((select 收入 as value from residents), days => 1)", "forecast(values, day"),
        ("select * from forecast((select 编号 from residents), day => 1, ahead => 1)", "no column value"),
        ("select * from travel_times((select 1 as lon, 2 as lat from residents), (select 1 as lon, 2 as lat from residents))", "no roads"),
        ("select forecast(收入) from residents", "not allowed"),
    ],
)  # fmt: skip
async def test_what_is_called_wrongly_says_how(city: City, sql: str, word: str) -> None:
    refused = await asks(city, "civil", sql, expect=409 if word == "no roads" else 400)
    assert word in str(refused)


async def test_no_question_calls_more_functions_than_it_may(city: City) -> None:
    sql = " union all ".join(f"select value from {NEXT}" for _ in range(MOST_CALLS + 1))
    assert f"at most {MOST_CALLS}" in (await asks(city, "civil", sql, expect=413))["detail"]


async def test_nothing_is_left_of_a_question(city: City) -> None:
    await asks(city, "civil", f"select nothing from {NEXT}", expect=400)
    await asks(city, "civil", f"select value from {NEXT}", format="csv")
    assert not list((city.node.folder / "tmp").glob("made-*"))


async def test_a_fault_after_a_call_says_where_it_stands(city: City) -> None:
    sql = "select f.value,\n  没有 from forecast((\nselect 收入 as value from residents\n), day => 1, ahead => 1) as f\nwhere nowhere = 1"
    (fault,) = (await asks(city, "civil", sql, expect=400))["faults"]
    assert fault["where"] == "2:3"
    inner = "select value from\n forecast((select 没有 as value from residents), day => 1, ahead => 1)"
    (fault,) = (await asks(city, "civil", inner, expect=400))["faults"]
    assert fault["where"] == "2:19"


@given(st.text("select from join forecast(),'\"\n->=1 -", max_size=60))
def test_whatever_is_written_what_is_no_call_stays_as_it_is(text: str) -> None:
    found = question(text, {"nothing"})
    assert (found.sql, found.calls) == (text, ())


@given(st.text("\n x", max_size=9), st.text("\n x", max_size=9))
def test_what_follows_a_call_keeps_its_place(inside: str, after: str) -> None:
    sql = f"select 1 from forecast(({inside}select 2), day => 1) where{after} 3"
    found = question(sql, {"forecast"}).sql
    assert found.count("\n") == sql.count("\n")
    assert len(found.rpartition("\n")[2]) == len(sql.rpartition("\n")[2])
