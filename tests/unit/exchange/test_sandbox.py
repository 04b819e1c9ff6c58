"""可用不可见: data is worked with where it is; a result leaves after a check and a person's release, and the log shows every query."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.exchange.policy import Way
from quanyu.exchange.sandbox.model import MOST_COLUMNS, MOST_RESULT_ROWS, findings
from tests.unit.exchange.city import RESIDENTS, City, terms

BY_STREET = f"select 街道, count(*) as 人数, avg(收入) as 收入 from {RESIDENTS} group by 街道 order by 街道"
SERIES = f"select 收入 from {RESIDENTS} order by 编号"


async def contract(city: City, **changes: Any) -> str:
    return await city.contract(ways=(Way.SANDBOX,), **changes)


async def runs(city: City, id: str, expect: int = 201, **wanted: Any) -> dict[str, Any]:
    found: dict[str, Any] = await city.asks(
        "county", "POST", f"/contracts/{id}/trials", json=wanted, expect=expect
    )
    return found


async def test_a_result_leaves_once_a_person_of_the_provider_has_released_it(city: City) -> None:
    id = await contract(city)
    trial = await runs(city, id, sql=BY_STREET, purpose="核对")
    assert (trial["state"], trial["columns"], trial["result"]) == ("waiting", ["街道", "人数", "收入"], None)
    path = f"/trials/{trial['id']}"
    await city.asks("county", "GET", f"{path}/result", expect=409)
    await city.asks("county", "POST", f"{path}/release", json={"release": True}, expect=403)
    await city.asks("health", "GET", path, expect=404)
    shown = (await city.asks("civil", "GET", path))["result"]
    assert [one["街道"] for one in shown] == ["一街", "二街"]  # 三街 has two residents only
    await city.asks("civil", "POST", f"{path}/release", json={"release": True, "reason": "汇总"})
    await city.asks("civil", "POST", f"{path}/release", json={"release": False}, expect=409)
    assert (await city.asks("county", "GET", f"{path}/result"))["result"] == shown
    calls = (await city.asks("civil", "GET", f"/contracts/{id}/calls"))["items"]
    assert [(one["way"], one["query"]) for one in calls] == [("sandbox", BY_STREET)]
    await city.ends(id)
    await city.asks("county", "GET", f"{path}/result", expect=403)


async def test_what_is_withheld_is_not_kept(city: City) -> None:
    id = await contract(city)
    trial = await runs(city, id, sql=BY_STREET)
    withheld = await city.asks(
        "civil", "POST", f"/trials/{trial['id']}/release", json={"release": False, "reason": "超出用途"}
    )
    assert (withheld["state"], withheld["result"], withheld["reason"]) == ("withheld", None, "超出用途")
    await city.asks("county", "GET", f"/trials/{trial['id']}/result", expect=409)
    assert (await city.asks("county", "GET", "/trials", params={"contract": id}))["items"][0][
        "reason"
    ] == "超出用途"
    await city.ends(id)


@pytest.mark.parametrize(
    "sql",
    [f"select * from {RESIDENTS}", f"select 编号 from {RESIDENTS} limit 1", f"select 收入 from {RESIDENTS}"],
)
async def test_records_never_leave_the_sandbox(city: City, sql: str) -> None:
    id = await contract(city)
    await runs(city, id, sql=sql, expect=400)
    assert (await city.clients["county"].get(f"/api/v1/sharing/contracts/{id}/records")).status_code == 403
    await city.ends(id)


async def test_an_approved_algorithm_works_on_records_and_another_one_does_not(city: City) -> None:
    id = await contract(city, algorithms=("forecast",))
    wanted = {"sql": SERIES, "into": "values", "shape": "columns", "inputs": {"day": 2, "ahead": 2}}
    trial = await runs(city, id, algorithm="forecast", **wanted)
    assert (trial["state"], trial["algorithm"]) == ("waiting", "forecast")
    assert (await city.asks("civil", "GET", f"/trials/{trial['id']}"))["result"]
    await runs(city, id, algorithm="tours", expect=409, **wanted)
    await runs(city, id, algorithm="forecast", sql=SERIES, expect=400)
    await city.ends(id)


RECORDS = [{"编号": "R001", "收入": 900}, {"编号": "R002", "收入": 800}]


@given(
    st.sampled_from(RECORDS),
    st.recursive(
        st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5
    ),
)
def test_no_text_of_a_record_comes_out_of_an_algorithm_however_it_is_wrapped(
    record: dict[str, Any], around: Any
) -> None:
    hidden = {"a": [around, {"b": [[record["编号"]]]}]}
    assert [one.key for one in findings(terms(), hidden, RECORDS)] == ["exchange.sandbox.echo"]
    assert [one.key for one in findings(terms(), {record["编号"]: 1}, RECORDS)] == ["exchange.sandbox.echo"]
    assert findings(terms(), {"a": [1, 2]}, RECORDS) == ()


@pytest.mark.parametrize(
    ("result", "key"),
    [
        ([{"n": 1}] * (MOST_RESULT_ROWS + 1), "rows"),
        ([{f"c{place}": 1 for place in range(MOST_COLUMNS + 1)}], "columns"),
        ([{"编号": 1}], "key"),
        ({"a": "x" * 300_000}, "large"),
    ],
)
def test_an_output_that_is_too_much_or_names_records_is_held(result: Any, key: str) -> None:
    assert [one.key for one in findings(terms(), result, [])] == [f"exchange.sandbox.{key}"]
