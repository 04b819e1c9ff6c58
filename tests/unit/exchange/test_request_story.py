"""From the application to the effect, as both sides and the authority see it."""

from datetime import timedelta
from typing import Any

import httpx
import msgspec

from quanyu.core.actor import system_actor
from quanyu.exchange import upkeep
from quanyu.exchange.parties import Party, node_actor
from quanyu.exchange.requests.model import Application
from quanyu.exchange.requests.service import Requests
from tests.unit.exchange.city import RESIDENTS, START, City


def application(**changes: Any) -> dict[str, Any]:
    return {
        "dataset": RESIDENTS, "title": "低保核对", "items": [{"name": "编号"}, {"name": "街道"}, {"name": "收入"}],
        "purpose": "低保边缘家庭核对", "basis": "社会救助暂行办法 第十七条", "starts": START.isoformat(),
        "ends": (START + timedelta(days=30)).isoformat(), "ways": ["records", "sql"], "leader": {"name": "张三"}, **changes,
    }  # fmt: skip


async def test_some_items_are_granted_others_refused_the_commitment_is_signed_and_data_flows(
    city: City,
) -> None:
    asked = await city.asks("county", "POST", "/requests", json=application(), expect=201)
    id = asked["request"]["id"]
    assert asked["request"]["due"] == "2026-03-03T09:30:00Z"  # two working days
    open_to = {who: (await city.asks(who, "GET", f"/requests/{id}"))["acts"] for who in ("county", "civil")}
    assert open_to == {"county": ["withdraw"], "civil": []}
    await city.asks("authority", "POST", f"/requests/{id}/acts", json={"act": "forward"})
    items = [
        {"name": "编号", "granted": True},
        {"name": "街道", "granted": True},
        {"name": "收入", "granted": False},
    ]
    unreasoned = await city.asks("civil", "POST", f"/requests/{id}/answer", json={"items": items}, expect=400)
    assert unreasoned["faults"][0]["where"] == "/items/收入"
    items[2] |= {"reason": "超出用途"}
    answered = await city.asks("civil", "POST", f"/requests/{id}/answer", json={"items": items})
    assert answered["request"]["state"] == "offered"
    text = await city.asks("county", "GET", f"/requests/{id}/commitment")
    assert "低保边缘家庭核对" in text["text"]
    assert "居民登记 (residents)" in text["text"]
    assert "2026-03-02 09:00" in text["text"]  # the city's time
    await city.asks("county", "POST", f"/requests/{id}/signature", json={"sm3": "00"}, expect=409)
    signed = await city.asks("county", "POST", f"/requests/{id}/signature", json={"sm3": text["hash"]})
    assert signed["request"]["state"] == "in_use"
    assert signed["commitment"]["signer"] == "county"
    contract = signed["request"]["contract"]
    page = await city.asks("county", "GET", f"/contracts/{contract}/records", params={"limit": 2})
    assert page["items"] == [{"编号": "R001", "街道": "三街"}, {"编号": "R002", "街道": "三街"}]
    refused = await city.asks(
        "county", "GET", f"/contracts/{contract}/records", params={"column": "收入"}, expect=400
    )
    assert "收入" in refused["faults"][0]["message"]
    await _use_ends_and_is_told(city, id, contract)


async def _use_ends_and_is_told(city: City, id: str, contract: str) -> None:
    await city.moves_to(START + timedelta(days=31))
    late = await city.asks("county", "GET", f"/contracts/{contract}/records", expect=403)
    assert "expired" in late["detail"]
    assert await upkeep.expire(city.node.database, city.tenant, clock=city.node.clock) >= 1
    async with city.node.database.tenant(city.tenant) as connection:
        await upkeep.ended(connection, city.tenant, id, city.node.folder, clock=city.node.clock)
    effect = {"text": "核对 1,200 户", "figures": {"户": 1200}, "units": {"户": "户"}, "rating": 5}
    told = await city.asks("county", "POST", f"/requests/{id}/effect", json=effect)
    assert told["request"]["state"] == "reviewing"
    done = await city.asks("authority", "POST", f"/requests/{id}/acts", json={"act": "accept_report"})
    assert done["request"]["outcome"] == "done"
    seen = {}
    for who in ("civil", "county", "health"):
        [first, *_] = (await city.clients[who].get(f"/api/v1/catalogue/{RESIDENTS}/effects")).json()["items"]
        assert first["effect"] == effect
        seen[who] = first["contract"]
    assert seen == {"civil": contract, "county": contract, "health": None}


async def test_a_limit_ends_after_the_holiday(city: City) -> None:
    await city.moves_to(START.replace(month=9, day=30))  # 国庆 until the 7th; the 10th is a working Saturday
    said = application(ends=(city.now + timedelta(days=30)).isoformat())
    asked = await city.asks("county", "POST", "/requests", json=said, expect=201)
    assert asked["request"]["due"] == "2026-10-08T09:30:00Z"


async def test_a_refusal_is_objected_to_and_overruled(city: City) -> None:
    asked = await city.asks("county", "POST", "/requests", json=application(), expect=201)
    id = asked["request"]["id"]
    for who, said in (
        ("authority", {"act": "forward"}), ("civil", {"act": "withhold", "reason": "不符合用途"}),
        ("county", {"act": "object", "reason": "依据充分"}), ("authority", {"act": "overrule", "reason": "应当提供"}),
    ):  # fmt: skip
        moved = await city.asks(who, "POST", f"/requests/{id}/acts", json=said)
    assert (moved["request"]["state"], moved["request"]["holder"]) == ("answering", "civil")


async def test_the_consumer_asks_for_other_terms_and_signs_what_is_offered_then(city: City) -> None:
    asked = await city.asks("county", "POST", "/requests", json=application(), expect=201)
    id = asked["request"]["id"]
    await city.asks("authority", "POST", f"/requests/{id}/acts", json={"act": "forward"})
    granted = {"items": [{"name": one, "granted": True} for one in ("编号", "街道", "收入")]}
    await city.asks("civil", "POST", f"/requests/{id}/answer", json=granted)
    wanted = await city.asks("county", "GET", f"/requests/{id}/draft-terms")
    wanted["calls"] = 100
    await city.asks("county", "POST", f"/requests/{id}/counter", json={"terms": wanted, "reason": "次数"})
    answered = await city.asks("civil", "POST", f"/requests/{id}/answer", json=granted | {"terms": wanted})
    view = await city.asks("county", "GET", f"/contracts/{answered['request']['contract']}")
    assert [one["state"] for one in view["versions"]] == ["proposed", "superseded", "superseded"]
    text = await city.asks("county", "GET", f"/requests/{id}/commitment")
    await city.asks("county", "POST", f"/requests/{id}/signature", json={"sm3": text["hash"]})
    view = await city.asks("county", "GET", f"/contracts/{answered['request']['contract']}")
    assert (view["contract"]["state"], view["contract"]["terms"]["calls"]) == ("active", 100)
    await city.ends(answered["request"]["contract"])


async def test_what_is_shared_without_condition_is_authorised_at_once(city: City) -> None:
    await city.describes(share_type=1)
    try:
        asked = await city.asks("county", "POST", "/requests", json=application(), expect=201)
        id = asked["request"]["id"]
        offered = await city.asks("authority", "POST", f"/requests/{id}/authorisation")
        assert offered["request"]["state"] == "offered"
        told = await city.asks("civil", "GET", "/notices")
        assert {"authorised", "requested"} <= {one["kind"] for one in told["items"] if one["about"] == id}
        await city.asks("county", "POST", f"/requests/{id}/acts", json={"act": "withdraw"})
    finally:
        await city.describes(share_type=2)


async def test_an_item_that_the_law_withholds_is_never_given(city: City) -> None:
    entry = (await city.clients["authority"].get(f"/api/v1/catalogue/{RESIDENTS}")).json()["entry"]
    items = entry["description"]["items"]
    withheld = [
        one | ({"share_type": 3, "share_basis": "个人信息保护法"} if one["name"] == "收入" else {})
        for one in items
    ]
    await city.describes(items=withheld)
    try:
        asked = await city.asks("county", "POST", "/requests", json=application(), expect=201)
        id = asked["request"]["id"]
        await city.asks("authority", "POST", f"/requests/{id}/acts", json={"act": "forward"})
        given = {"items": [{"name": one, "granted": True} for one in ("编号", "街道", "收入")]}
        refused = await city.asks("civil", "POST", f"/requests/{id}/answer", json=given, expect=400)
        assert "withheld by law" in refused["faults"][0]["message"]
        given["items"][2]["granted"] = False
        answered = await city.asks("civil", "POST", f"/requests/{id}/answer", json=given)
        assert answered["answer"]["items"][2]["basis"] == "个人信息保护法"
    finally:
        await city.describes(items=items)


async def test_a_third_body_sees_nothing_and_can_do_nothing(city: City) -> None:
    asked = await city.asks("county", "POST", "/requests", json=application(), expect=201)
    id = asked["request"]["id"]
    contract = await city.contract()
    for path in (
        f"/requests/{id}",
        f"/contracts/{contract}",
        f"/contracts/{contract}/calls",
        f"/contracts/{contract}/records",
    ):
        await city.asks("health", "GET", path, expect=404)
    await city.asks("health", "POST", f"/requests/{id}/acts", json={"act": "withdraw"}, expect=404)
    await city.asks("county", "POST", f"/requests/{id}/acts", json={"act": "forward"}, expect=403)
    await city.asks(
        "county", "POST", f"/contracts/{contract}/state", json={"to": "active", "reason": "x"}, expect=403
    )
    listed: dict[str, Any] = await city.asks("health", "GET", "/requests")
    assert listed["items"] == []
    nobody: httpx.Response = await city.clients["nobody"].get("/api/v1/sharing/requests")
    assert nobody.status_code == 401
    await city.ends(contract)


async def test_a_body_of_another_node_is_not_the_one_of_the_same_code_here(city: City) -> None:
    said = msgspec.convert(application(), Application)
    node = node_actor(city.tenant, "upper")
    async with city.node.database.tenant(city.tenant) as connection:
        desk = Requests(connection, node, city.now, city.node.folder)
        made = await desk.submit(said, Party(organisation="county", node="upper"), key="m1")
        assert (await desk.submit(said, Party(organisation="county", node="upper"), key="m1")).id == made.id
        await Requests(connection, system_actor(city.tenant, "test"), city.now, city.node.folder).act(
            made.id, "return", "which residents?"
        )
        lying = await connection.fetch("select organisation from workflow_task where subject = $1", made.id)
        assert [one["organisation"] for one in lying] == ["county@upper"]
    told = await city.asks("county", "GET", "/notices")
    assert made.id not in {one["about"] for one in told["items"]}
    async with city.node.database.tenant(city.tenant) as connection:
        await Requests(connection, node, city.now, city.node.folder).act(made.id, "withdraw")
    await city.asks("county", "GET", f"/requests/{made.id}", expect=404)
    listed = await city.asks("county", "GET", "/requests", params={"side": "consumer"})
    assert made.id not in {one["id"] for one in listed["items"]}
    assert (await city.asks("civil", "GET", f"/requests/{made.id}"))["request"]["consumer"]["node"] == "upper"
