"""Of one data element three departments say that they are its source; one of them is, and the others learn where to get it."""

from datetime import timedelta
from typing import Any

from quanyu.act.bells import ring
from quanyu.exchange.elements.settling import follow_clocks
from tests.unit.exchange.city import RESIDENTS, START, City, residents

POPULATION, PATIENTS = "population", "patients"
OWN = {"civil": RESIDENTS, "county": POPULATION, "health": PATIENTS}


async def published(city: City) -> None:
    """A dataset of each department, with the same item in it."""
    for body, dataset in OWN.items():
        if dataset != RESIDENTS:
            found = await city.clients["authority"].get(f"/api/v1/catalogue/{dataset}")
            if found.status_code == 404:
                await city.imports(residents(), dataset)
                await city.describes(dataset, title=dataset, abstract="a", organisation=body, share_type=2, share_condition="c")  # fmt: skip


async def asked(city: City, code: str, **changes: Any) -> str:
    """An element whose claims are open."""
    await published(city)
    said = {"code": code, "title_zh": "收入", "title_en": "Income", "reason": "核对低保", "subject": "人口"}
    made = await city.asks("county", "POST", "/elements", json={**said, **changes}, expect=201)
    assert (made["element"]["state"], made["acts"]) == ("asked", [])
    opened = await acts(city, "authority", code, "open")
    assert (opened["element"]["state"], opened["element"]["due"]) == ("claiming", "2026-03-13T09:30:00Z")
    return code


async def claims(city: City, who: str, code: str, *, expect: int = 201, **changes: Any) -> Any:
    said = {
        "items": [{"dataset": OWN[who], "item": "收入"}], "reason": f"{who} 负责登记", "basis": "条例 第三条", "update_cycle": "daily",
        "coverage": "全市",
    }  # fmt: skip
    return await city.asks(who, "POST", f"/elements/{code}/claims", json={**said, **changes}, expect=expect)


async def acts(
    city: City, who: str, code: str, act: str, reason: str = "理由", *, expect: int = 200, **said: Any
) -> Any:
    body = {"act": act, "reason": reason, **said}
    return await city.asks(who, "POST", f"/elements/{code}/acts", json=body, expect=expect)


async def decides(city: City, code: str, lead: str, *, expect: int = 200, **said: Any) -> Any:
    body = {"lead": lead, "reason": "依职责", **said}
    return await city.asks("authority", "POST", f"/elements/{code}/decision", json=body, expect=expect)


async def later(city: City, *, days: int) -> None:
    await city.moves_to(city.now + timedelta(days=days))
    await ring(city.node.database, city.tenant, clock=lambda: city.now)
    async with city.node.database.tenant(city.tenant) as connection:
        await follow_clocks(connection, city.tenant, city.now)


async def state_of(city: City, code: str) -> str:
    return str((await city.asks("authority", "GET", f"/elements/{code}"))["element"]["state"])


async def item_element(city: City, dataset: str) -> str | None:
    entry = (await city.clients["authority"].get(f"/api/v1/catalogue/{dataset}")).json()["entry"]
    return next(one for one in entry["description"]["items"] if one["name"] == "收入")["element"]


async def test_one_undisputed_claim_is_confirmed_once_its_time_is_over(city: City) -> None:
    code = await asked(city, "income-undisputed")
    await claims(city, "civil", code)
    await acts(city, "authority", code, "confirm", expect=409)
    await later(city, days=13)
    assert await state_of(city, code) == "confirming"
    settled = await acts(city, "authority", code, "confirm")
    assert (settled["element"]["lead"], settled["source"]["way"]) == ("civil", "undisputed")
    assert await item_element(city, RESIDENTS) == code
    await later(city, days=15)
    assert await state_of(city, code) == "in_force"


async def test_three_claim_two_agree_the_authority_decides_and_an_appeal_is_heard(city: City) -> None:
    code = await asked(city, "income-of-three")
    for who in OWN:
        await claims(city, who, code)
    await claims(city, "civil", code, expect=409)
    await later(city, days=13)
    view = await city.asks("civil", "GET", f"/elements/{code}")
    assert (view["element"]["state"], view["claimants"]) == ("negotiating", ["civil", "county", "health"])
    assert view["acts"] == ["accept", "propose", "refer", "withdraw"]
    plan = {"lead": "civil", "beside": ["county"], "note": "民政牵头"}
    await city.asks("civil", "POST", f"/elements/{code}/accords", json=plan, expect=201)
    agreed = await acts(city, "county", code, "accept")
    assert (agreed["element"]["state"], agreed["accords"][-1]["accepted"]) == (
        "negotiating",
        ["civil", "county"],
    )
    referred = await acts(city, "health", code, "refer", "不同意由民政牵头")
    assert referred["element"]["state"] == "deciding"
    await decides(city, code, "nobody", expect=400)
    settled = await decides(city, code, "civil", beside=["county"])
    assert (settled["source"]["version"], settled["source"]["beside"]) == (1, ["county"])
    assert {one["body"]: one["state"] for one in settled["claims"]} == {
        "civil": "source", "county": "co_source", "health": "not_chosen",
    }  # fmt: skip
    await acts(city, "civil", code, "appeal", expect=409)
    heard = await acts(city, "health", code, "appeal", "卫健的数据更全")
    assert heard["element"]["state"] == "reviewing"
    again = await decides(city, code, "health", act="overturn")
    assert [(one["lead"], one["effective_to"] is None) for one in again["history"]] == [
        ("civil", False),
        ("health", True),
    ]
    told = await city.asks("civil", "GET", "/notices", params={"unread": "true"})
    assert "element_settled" in {one["kind"] for one in told["items"] if one["about"] == code}


async def test_all_agree_on_a_lead_and_the_authority_confirms_it(city: City) -> None:
    code = await asked(city, "income-agreed")
    await claims(city, "civil", code)
    await claims(city, "county", code)
    await later(city, days=13)
    plan = {"lead": "county", "beside": ["civil"]}
    await city.asks("civil", "POST", f"/elements/{code}/accords", json={"lead": "health"}, expect=400)
    await city.asks("health", "POST", f"/elements/{code}/accords", json=plan, expect=409)
    await city.asks("civil", "POST", f"/elements/{code}/accords", json=plan, expect=201)
    assert (await acts(city, "county", code, "accept"))["element"]["state"] == "confirming"
    settled = await acts(city, "authority", code, "confirm")
    assert (settled["source"]["lead"], settled["source"]["way"]) == ("county", "agreed")


async def test_a_late_claim_turns_a_confirmation_into_a_negotiation(city: City) -> None:
    code = await asked(city, "income-late")
    await claims(city, "civil", code)
    await later(city, days=13)
    assert (await claims(city, "health", code))["element"]["state"] == "negotiating"
    assert (await acts(city, "civil", code, "withdraw"))["element"]["state"] == "confirming"
    assert (await acts(city, "health", code, "withdraw"))["element"]["state"] == "deciding"
    assert (await acts(city, "authority", code, "leave"))["element"]["outcome"] == "unsourced"
    anew = {"code": code, "title_zh": "收入", "reason": "仍需要"}
    assert (await city.asks("health", "POST", "/elements", json=anew, expect=201))["element"]["round"] == 2


async def test_new_evidence_opens_claims_anew_while_the_old_source_holds(city: City) -> None:
    code = await asked(city, "income-anew")
    await later(city, days=13)
    assert await state_of(city, code) == "deciding"
    await decides(city, code, "civil")
    await later(city, days=15)
    assert (await acts(city, "health", code, "bring", "新职责规定"))["element"]["state"] == "reviewing"
    reopened = await acts(city, "authority", code, "reopen")
    assert [reopened["element"][name] for name in ("state", "round", "lead", "claims")] == [
        "claiming", 2, "civil", 0,
    ]  # fmt: skip
    await claims(city, "health", code)
    await later(city, days=15)
    settled = await acts(city, "authority", code, "confirm")
    assert [one["lead"] for one in settled["history"]] == ["civil", "health"]


async def test_a_decision_may_begin_to_hold_later(city: City) -> None:
    code = await asked(city, "income-later")
    await later(city, days=13)
    begins = city.now + timedelta(days=30)
    await decides(city, code, "civil", effective_from=str(START), expect=400)
    settled = await decides(city, code, "civil", effective_from=begins.isoformat())
    assert (settled["source"], settled["element"]["lead"]) == (None, None)
    await city.moves_to(begins)
    assert (await city.asks("county", "GET", f"/elements/{code}"))["element"]["lead"] == "civil"


async def test_only_whose_move_it_is_moves_and_only_claimants_read_what_is_claimed(city: City) -> None:
    code = await asked(city, "income-whose")
    await acts(city, "county", code, "open", expect=403)
    await claims(city, "civil", code, items=[{"dataset": PATIENTS, "item": "收入"}, {"dataset": RESIDENTS, "item": "x"}], expect=400)  # fmt: skip
    await claims(city, "civil", code, organisation="health", expect=403)
    await claims(city, "civil", code)
    await city.asks("county", "POST", f"/elements/{code}/decision", json={"lead": "county", "reason": "r"}, expect=403)  # fmt: skip
    seen = await city.asks("health", "GET", f"/elements/{code}")
    assert (seen["claimants"], seen["claims"], seen["timeline"]) == (["civil"], [], [])
    assert len((await city.asks("audit", "GET", f"/elements/{code}"))["claims"]) == 1
    await city.asks("resident", "GET", f"/elements/{code}", expect=403)
    await city.asks("county", "POST", "/elements", json={"code": code, "title_zh": "x", "reason": "r"}, expect=409)  # fmt: skip
    await city.asks("county", "POST", "/elements", json={"code": "nameless", "reason": "r"}, expect=400)


async def test_the_list_is_narrowed_by_state_body_and_words(city: City) -> None:
    code = await asked(city, "income-listed", title_zh="家庭年收入")
    await claims(city, "health", code)

    async def listed(**params: str) -> list[str]:
        page = await city.asks("civil", "GET", "/elements", params={"limit": "500", **params})
        return [one["code"] for one in page["items"]]

    assert await listed(q="家庭年") == [code]
    assert code in await listed(state="claiming", body="health", open="true")
    assert code not in await listed(settled="true")
    assert code not in await listed(body="civil")
    first = await city.asks("civil", "GET", "/elements", params={"limit": "1"})
    rest = await city.asks("civil", "GET", "/elements", params={"limit": "500", "after": first["next"]})
    assert first["items"][0]["code"] not in {one["code"] for one in rest["items"]}
