"""Of one data element three departments say that they are its source; one of them is, and the others learn where to get it."""

from datetime import timedelta
from typing import Any

import pytest_asyncio

from quanyu.act.bells import ring
from quanyu.core.actor import system_actor
from quanyu.exchange.elements.copies import Copies
from quanyu.exchange.elements.settling import follow_clocks
from quanyu.govern.lineage import service as lineage
from quanyu.govern.lineage.model import Edge, Node, NodeKind
from tests.unit.exchange.city import RESIDENTS, START, City, residents

POPULATION, PATIENTS = "population", "patients"
AGE = "年龄段"
OWN = {"civil": RESIDENTS, "county": POPULATION, "health": PATIENTS}


@pytest_asyncio.fixture(loop_scope="session")
async def city(elements_city: City) -> City:
    await elements_city.moves_to(START)
    return elements_city


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


async def looked(city: City, code: str) -> int:
    """What the event of a settlement does."""
    async with city.node.database.tenant(city.tenant) as connection:
        return await Copies(connection, system_actor(city.tenant, "sharing"), city.now).look_for(code)


async def undisputed(city: City, code: str, lead: str, *, item: str = AGE, **changes: Any) -> None:
    """By age, which no other test says to be an element."""
    await asked(city, code, **{"title_zh": AGE, **changes})
    await claims(city, lead, code, items=[{"dataset": OWN[lead], "item": item}])
    await later(city, days=13)
    await acts(city, "authority", code, "confirm")


async def copies(city: City, who: str, code: str) -> list[dict[str, Any]]:
    found = await city.asks(who, "GET", "/copies", params={"element": code})
    items: list[dict[str, Any]] = found["items"]
    return items


async def test_items_of_others_are_copies_and_lead_to_the_source(city: City) -> None:
    code = "income-copied"
    await undisputed(city, code, "civil", title_zh="居民年龄段")
    assert await looked(city, code) == 0
    standard = {"version": "1", "effective_from": "2026-01-01", "type": "integer", "aliases": [AGE]}
    await city.asks("health", "PUT", f"/elements/{code}/standard", json=standard, expect=403)
    await city.asks("civil", "PUT", f"/elements/{code}/standard", json=standard)
    await looked(city, code)
    [mine] = await copies(city, "health", code)
    assert (mine["dataset"], mine["item"], mine["lead"], mine["request"]) == (PATIENTS, AGE, "civil", None)
    assert mine["source"] == {"dataset": RESIDENTS, "item": AGE}
    told = (await city.asks("health", "GET", "/notices", params={"unread": "true"}))["items"]
    assert (code, PATIENTS) in {(one["about"], one["dataset"]) for one in told if one["kind"] == "element_copy"}  # fmt: skip
    assert {one["body"] for one in await copies(city, "civil", code)} == {"county", "health"}
    wish = {
        "dataset": RESIDENTS, "title": "年龄段", "items": [{"name": AGE}], "purpose": "p", "basis": "b",
        "starts": city.now.isoformat(), "ends": (city.now + timedelta(days=30)).isoformat(),
    }  # fmt: skip
    request = (await city.asks("health", "POST", "/requests", json=wish, expect=201))["request"]["id"]
    [mine] = await copies(city, "health", code)
    assert mine["request"] == request


async def test_a_request_names_the_source_of_what_is_asked_for(city: City) -> None:
    code = "income-requested"
    await undisputed(city, code, "civil", title_zh="申请的年龄段")
    standard = {"version": "1", "effective_from": "2026-01-01", "aliases": [AGE]}
    await city.asks("civil", "PUT", f"/elements/{code}/standard", json=standard)
    seen = {}
    for who, dataset, item in (
        ("county", PATIENTS, AGE),
        ("health", RESIDENTS, AGE),
        ("county", PATIENTS, "状态"),
    ):
        wish = {
            "dataset": dataset, "title": "核对", "items": [{"name": item}], "purpose": "p", "basis": "b",
            "starts": city.now.isoformat(), "ends": (city.now + timedelta(days=30)).isoformat(),
        }  # fmt: skip
        request = (await city.asks(who, "POST", "/requests", json=wish, expect=201))["request"]["id"]
        view = await city.asks("authority", "GET", f"/requests/{request}")
        seen[dataset, item] = [one for one in view["elements"] if one["element"] == code]
    [copy], [own] = seen[PATIENTS, AGE], seen[RESIDENTS, AGE]
    assert (copy["item"], copy["lead"], copy["is_source"]) == (AGE, "civil", False)
    assert copy["source"] == {"dataset": RESIDENTS, "item": AGE}
    assert own["is_source"]
    assert seen[PATIENTS, "状态"] == []


async def test_a_copy_is_explained_and_the_explanation_may_be_sent_back(city: City) -> None:
    code = "income-explained"
    await undisputed(city, code, "civil")
    await looked(city, code)
    said = {"element": code, "dataset": PATIENTS, "item": AGE, "reason": "门诊时须当场登记"}
    await city.asks("county", "POST", "/copies/acts", json={**said, "act": "explain"}, expect=403)
    explained = await city.asks("health", "POST", "/copies/acts", json={**said, "act": "explain"})
    assert (explained["state"], explained["reason"]) == ("explained", "门诊时须当场登记")
    await looked(city, code)
    assert (await copies(city, "health", code))[0]["state"] == "explained"
    await city.asks("health", "POST", "/copies/acts", json={**said, "act": "return"}, expect=403)
    assert (await city.asks("authority", "POST", "/copies/acts", json={**said, "act": "return"}))["state"] == "found"  # fmt: skip
    await city.asks("authority", "POST", "/copies/acts", json={**said, "act": "return"}, expect=409)


async def test_whoever_publishes_hears_which_items_another_body_is_the_source_of(city: City) -> None:
    code = "income-published"
    await undisputed(city, code, "civil")
    theirs = await city.asks("health", "GET", f"/datasets/{PATIENTS}/elements")
    found = next(one for one in theirs["items"] if one["element"] == code)
    assert (found["item"], found["lead"], found["is_source"]) == (AGE, "civil", False)
    own = await city.asks("civil", "GET", f"/datasets/{RESIDENTS}/elements")
    assert next(one for one in own["items"] if one["element"] == code)["is_source"]
    client = city.clients["authority"]
    jobs = "select count(*) from job where kind = 'event:catalogue.changed' and body ->> 'dataset' = $1"
    async with city.node.database.system() as connection:
        before = await connection.fetchval(jobs, PATIENTS)
    version = (await client.get(f"/api/v1/catalogue/{PATIENTS}")).headers["etag"]
    await client.patch(f"/api/v1/catalogue/{PATIENTS}", json={"abstract": "b"}, headers={"if-match": version})
    async with city.node.database.system() as connection:
        assert await connection.fetchval(jobs, PATIENTS) == before + 1


async def republished(city: City, dataset: str, language: str = "en") -> list[dict[str, str]]:
    """What publishing it anew warns of."""
    client, path = city.clients["authority"], f"/api/v1/catalogue/{dataset}"
    version = (await client.get(path)).headers["etag"]
    await client.post(f"{path}/withdraw", headers={"if-match": version})
    version = (await client.get(path)).headers["etag"]
    said = {"if-match": version, "accept-language": language}
    answer = await client.post(f"{path}/publish", headers=said)
    assert (answer.status_code, answer.json()["state"]) == (200, "published")
    warnings: list[dict[str, str]] = answer.json()["warnings"]
    return warnings


async def test_publishing_answers_with_what_speaks_against_the_entry(city: City) -> None:
    code, title = "age-warned", "常住人口年龄段"
    await undisputed(city, code, "civil", title_zh=title, title_en="Age band")
    standard = {"version": "1", "effective_from": "2026-01-01", "aliases": [AGE]}
    await city.asks("civil", "PUT", f"/elements/{code}/standard", json={**standard, "type": "date"})
    at = [one["name"] for one in (await city.clients["authority"].get(f"/api/v1/catalogue/{PATIENTS}")).json()["entry"]["description"]["items"]].index(AGE)  # fmt: skip
    told = [one for one in await republished(city, PATIENTS) if "Age band" in one["message"]]
    assert {one["where"] for one in told} == {f"/items/{at}"}
    again, form = (one["message"] for one in told)
    assert again.startswith(f'"{AGE}" is collected again: civil is the source of the element "Age band"')
    assert form.endswith('"Age band": a date is wanted, it is a whole number')
    await city.asks("civil", "PUT", f"/elements/{code}/standard", json={**standard, "version": "2", "effective_from": "2026-01-02", "type": "integer", "pattern": "[23]0"})  # fmt: skip
    told = [one for one in await republished(city, PATIENTS, "zh-CN") if title in one["message"]]
    assert told[-1]["message"].endswith("72条记录不合要求")
    own = [one for one in await republished(city, RESIDENTS) if "Age band" in one["message"]]
    assert [one["message"].partition(" ")[2][:8] for one in own] == ["does not"]


async def test_what_is_made_of_the_sources_data_is_no_copy(city: City) -> None:
    code = "income-derived"
    await undisputed(city, code, "health", title_zh="街道", item="街道")
    made = [Edge(origin=Node(kind=NodeKind.DATASET, id=PATIENTS), target=Node(kind=NodeKind.DATASET, id=POPULATION), at=city.now)]  # fmt: skip
    async with city.node.database.tenant(city.tenant) as connection:
        await lineage.record(connection, city.tenant, made)
    await looked(city, code)
    assert {one["body"] for one in await copies(city, "authority", code)} == {"civil"}


async def test_a_linked_item_is_checked_against_the_standard(city: City) -> None:
    code = "income-checked"
    await undisputed(city, code, "civil")
    asked_of = {"dataset": RESIDENTS, "item": "街道"}
    await city.asks("civil", "GET", f"/elements/{code}/conformity", params=asked_of, expect=409)
    standard = {"version": "1", "effective_from": "2026-01-01", "length": 2, "pattern": "[一二]街"}
    await city.asks("civil", "PUT", f"/elements/{code}/standard", json={**standard, "pattern": "["}, expect=400)  # fmt: skip
    await city.asks("civil", "PUT", f"/elements/{code}/standard", json={**standard, "code_list": "none"}, expect=400)  # fmt: skip
    await city.asks("civil", "PUT", f"/elements/{code}/standard", json=standard)
    told = await city.asks("civil", "GET", f"/elements/{code}/conformity", params=asked_of)
    assert (told["conforms"], told["conformity"]["has_type"]) == (False, True)
    assert [(one["checked"], one["broken"]) for one in told["conformity"]["found"]] == [(120, 0), (120, 2)]
    wrong = await city.asks(
        "civil", "GET", f"/elements/{code}/conformity", params={**asked_of, "item": "收入"}
    )
    assert (wrong["conformity"]["type"], wrong["conformity"]["has_type"]) == ("integer", False)
    await city.asks("health", "GET", f"/elements/{code}/conformity", params=asked_of, expect=403)


async def test_a_source_links_further_items(city: City) -> None:
    code = "income-linked"
    await undisputed(city, code, "civil")
    more = {"dataset": RESIDENTS, "item": "状态"}
    await city.asks("health", "POST", f"/elements/{code}/links", json=more, expect=403)
    await city.asks("civil", "POST", f"/elements/{code}/links", json={**more, "item": "x"}, expect=400)
    await city.asks("civil", "POST", f"/elements/{code}/links", json=more)
    view = await city.asks("civil", "GET", f"/elements/{code}")
    assert more in view["source"]["items"]


async def test_a_dispute_of_a_copy_is_told_to_the_source(city: City) -> None:
    code = "income-disputed"
    await undisputed(city, code, "health", title_zh="登记日期", item="登记日期")
    contract = await city.contract(ends=city.now + timedelta(days=30))
    said = {"contract": contract, "record": {"编号": "R007"}, "field": "登记日期", "claimed": "2021-01-01", "evidence": "户口簿"}  # fmt: skip
    raised = await city.asks("county", "POST", "/disputes", json=said, expect=201)
    told = (await city.asks("health", "GET", "/notices", params={"unread": "true"}))["items"]
    [notice] = [one for one in told if one["kind"] == "source_disputed" and one["about"] == code]
    assert (notice["dataset"], notice["body"]["dispute"]) == (RESIDENTS, raised["dispute"]["id"])
    assert notice["body"]["claimed"] == "2021-01-01"
    await city.ends(contract)


async def test_a_standard_holds_from_the_city_s_day_on(city: City) -> None:
    code = "income-of-a-day"
    await undisputed(city, code, "civil")
    await city.moves_to(city.now.replace(hour=17))  # after midnight in the city
    tomorrow = (city.now + timedelta(days=1)).date().isoformat()
    said = {"version": "1", "effective_from": tomorrow}
    assert (await city.asks("civil", "PUT", f"/elements/{code}/standard", json=said))["standard"][
        "version"
    ] == "1"


SAMPLE = "编号,年龄段\nR1,20-29\n".encode()


async def test_files_beside_a_standard_are_attached_listed_and_downloaded(city: City) -> None:
    code = "age-sampled"
    await undisputed(city, code, "civil", title_zh="年龄段样例")
    path, named = f"/elements/{code}/samples", {"name": "年龄段 样例.csv"}
    await city.asks("civil", "POST", path, params=named, content=SAMPLE, expect=409)
    standard = {"version": "1", "effective_from": "2026-01-01"}
    await city.asks("civil", "PUT", f"/elements/{code}/standard", json=standard)
    await city.asks("health", "POST", path, params=named, content=SAMPLE, expect=403)
    made = await city.asks("civil", "POST", path, params=named, content=SAMPLE, expect=201)
    assert (made["media_type"], made["bytes"], made["standard"]) == ("text/csv", len(SAMPLE), "1")
    again = await city.asks("civil", "POST", path, params=named, content=SAMPLE, expect=201)
    assert (await city.asks("health", "GET", path))["items"] == [made]
    assert again["id"] == made["id"]
    answer = await city.asks("health", "GET", f"{path}/{made['id']}")
    assert answer.content == SAMPLE
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E5%B9%B4")
    await city.asks("health", "GET", f"{path}/{'0' * 64}", expect=404)
    await city.asks("health", "DELETE", f"{path}/{made['id']}", expect=403)
    await city.asks("authority", "DELETE", f"{path}/{made['id']}", expect=204)
    await city.asks("health", "GET", f"{path}/{made['id']}", expect=404)


async def test_a_file_that_nobody_can_read_or_that_is_too_large_is_not_attached(city: City) -> None:
    code = "age-unread"
    await undisputed(city, code, "civil", title_zh="年龄段样例")
    await city.asks("civil", "PUT", f"/elements/{code}/standard", json={"version": "1", "effective_from": "2026-01-01"})  # fmt: skip
    for content in (
        b"",
        b"   \n",
        b"a,b\n1,2,3\n",
        b"a\x00b\n",
        "年龄段\n".encode("gbk"),
        b"\x89PNG",
        b"%PDF-1.7",
    ):
        await city.asks("civil", "POST", f"/elements/{code}/samples", content=content, expect=400)
    large = b"a,b\n" + b"1,2\n" * 3_000_000
    await city.asks("civil", "POST", f"/elements/{code}/samples", content=large, expect=413)
    assert (await city.asks("civil", "GET", f"/elements/{code}/samples"))["items"] == []


async def test_an_element_has_twenty_sample_files_at_the_most(city: City) -> None:
    code = "age-many-samples"
    await undisputed(city, code, "civil", title_zh="年龄段样例")
    await city.asks("civil", "PUT", f"/elements/{code}/standard", json={"version": "1", "effective_from": "2026-01-01"})  # fmt: skip
    for number in range(20):
        await city.asks("civil", "POST", f"/elements/{code}/samples", content=f"a,b\n{number},2\n".encode(), expect=201)  # fmt: skip
    await city.asks("civil", "POST", f"/elements/{code}/samples", content=b"a\n1\n", expect=413)
    await city.asks("civil", "POST", f"/elements/{code}/samples", content=b"a,b\n7,2\n", expect=201)
