"""回流: what a consumer gives back is compared for its owner, settled by a rule, and becomes an import like any other."""

from typing import Any

import pytest

from quanyu.exchange.policy import Mask, MaskKind
from quanyu.exchange.returns.compared import Pair, Record
from quanyu.exchange.returns.model import Rule
from tests.unit.exchange.city import City

NEW = {"编号": "N001", "街道": "一街", "收入": "900"}
SAME = {"编号": "R009", "收入": "1090.00"}
OTHER = {"编号": "R011", "收入": "700"}


async def given(city: City, contract: str, *records: dict[str, str], expect: int = 201, **call: Any) -> Any:
    body = {"records": records, "note": "入户核查"}
    return await city.asks(
        "county", "POST", f"/contracts/{contract}/returns", json=body, expect=expect, **call
    )


async def test_the_owner_sees_what_is_new_the_same_and_in_conflict_and_nobody_else_does(city: City) -> None:
    contract = await city.contract()
    made = await given(city, contract, NEW, SAME, OTHER)
    path = f"/returns/{made['item']['id']}"
    assert made["comparison"] is None
    seen = await city.asks("civil", "GET", path)
    assert (seen["comparison"]["new"], seen["comparison"]["same"]) == (1, 1)
    assert seen["comparison"]["standings"] == ["new", "same", "conflict"]
    assert seen["comparison"]["differences"] == [
        {"record": {"编号": "R011"}, "field": "收入", "ours": "1110", "theirs": "700"}
    ]
    await city.asks("health", "GET", path, expect=404)
    await city.asks("county", "POST", f"{path}/decision", json={"take": True}, expect=403)
    await city.asks("civil", "POST", f"{path}/decision", json={"take": False}, expect=400)
    done = await city.asks("civil", "POST", f"{path}/decision", json={"take": True, "rule": "theirs"})
    assert (done["item"]["state"], done["item"]["taken"]) == ("taken", 2)
    assert done["item"]["import_id"]
    await city.asks("civil", "POST", f"{path}/decision", json={"take": True}, expect=409)
    told = (await city.asks("county", "GET", "/notices", params={"unread": "true"}))["items"]
    assert [one["body"]["taken"] for one in told if one["about"] == made["item"]["id"]] == [2]
    await city.withdraws(done["item"]["import_id"])
    await city.ends(contract)


async def test_the_same_key_again_is_the_same_return_and_the_owner_may_refuse_it(city: City) -> None:
    contract = await city.contract()
    key = {"headers": {"idempotency-key": "once"}}
    first, again = await given(city, contract, OTHER, **key), await given(city, contract, OTHER, **key)
    assert first["item"]["id"] == again["item"]["id"]
    refusal = {"take": False, "reason": "以登记为准"}
    done = await city.asks("civil", "POST", f"/returns/{first['item']['id']}/decision", json=refusal)
    assert (done["item"]["state"], done["item"]["import_id"]) == ("refused", None)
    listed = (await city.asks("county", "GET", "/returns"))["items"]
    (found,) = [one for one in listed if one["id"] == first["item"]["id"]]
    assert (found["given"], "records" in found) == (1, False), (
        "a page of thousands of records is long in coming"
    )
    await city.ends(contract)


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ({"收入": "1"}, "key 编号"),
        ({"编号": "R1", "身份": "x"}, "身份"),
        ({"编号": "R1", "收入": "1"}, "masked"),
    ],
)
async def test_every_fault_of_what_is_given_back_is_told(
    city: City, record: dict[str, str], why: str
) -> None:
    contract = await city.contract(masks={"收入": Mask(kind=MaskKind.HIDE)})
    refused = await given(city, contract, record, expect=400)
    assert why in str(refused["faults"])
    await city.ends(contract)


async def test_nothing_is_given_back_once_the_contract_is_over(city: City) -> None:
    contract = await city.contract()
    await city.ends(contract)
    await given(city, contract, NEW, expect=409)


@pytest.mark.parametrize(
    ("ours", "rule", "written"),
    [
        (None, Rule.OURS, {"k": "1", "a": "x"}),
        ({"k": "1", "a": "y", "b": "z"}, Rule.OURS, None),
        ({"k": "1", "a": "y", "b": "z"}, Rule.THEIRS, {"k": "1", "a": "x", "b": "z"}),
        ({"k": "1", "a": "x", "b": "z"}, Rule.THEIRS, None),
    ],
)
def test_a_rule_says_what_is_written(ours: Record | None, rule: Rule, written: Record | None) -> None:
    assert Pair(ours=ours, theirs={"k": "1", "a": "x"}).settled(rule) == written
