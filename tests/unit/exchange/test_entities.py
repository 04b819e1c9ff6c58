"""NGSI-LD with a contract's eyes, over HTTP: what is given, masked, counted, refused, and who is told."""

from datetime import timedelta
from typing import Any

import pytest

from quanyu.exchange.policy import Anonymity, Condition, Mask, MaskKind, Operator, Way
from tests.unit.exchange.city import START, City

R007 = "urn:ngsi-ld:ServiceRequest:residents:R007"
POOR = (Condition(column="收入", op=Operator.LE, value=1050),)


async def ngsi(
    city: City,
    id: str,
    path: str,
    *,
    who: str = "county",
    method: str = "GET",
    expect: int = 200,
    **call: Any,
) -> Any:
    """`params` of the call are those of the URL, `type` is in them already."""
    answer = await city.clients[who].request(
        method, f"/api/v1/sharing/entities/{id}/ngsi-ld/v1/{path}", **call
    )
    assert answer.status_code == expect, answer.text
    return answer.json() if answer.content and expect < 400 else answer


async def found(city: City, id: str, **params: Any) -> Any:
    params = {"type": "ServiceRequest", "limit": 1000, **params}
    return await ngsi(city, id, "entities", params=params)


async def refused(city: City, id: str, expect: int, **params: Any) -> str:
    answer = await ngsi(city, id, "entities", params={"type": "ServiceRequest", **params}, expect=expect)
    return str(answer.text)


async def usage(city: City, id: str) -> tuple[int, int, int]:
    used = (await city.asks("county", "GET", f"/contracts/{id}"))["usage"]
    return used["calls"], used["rows"], used["refused"]


async def test_attributes_rows_and_pages_are_those_of_the_contract(city: City) -> None:
    id = await city.contract(columns=("编号", "街道"), where=POOR)
    entities = await found(city, id, options="simplified")
    assert entities[0] == {
        "id": "urn:ngsi-ld:ServiceRequest:residents:R001", "type": "ServiceRequest", "requestCode": "R001", "streetName": "三街"
    }  # fmt: skip
    assert len(entities) == 5
    page = await city.clients["county"].get(
        f"/api/v1/sharing/entities/{id}/ngsi-ld/v1/entities",
        params={"type": "ServiceRequest", "limit": 2, "offset": 2, "count": "true"},
    )
    assert [one["requestCode"]["value"] for one in page.json()] == ["R003", "R004"]
    assert page.headers["ngsild-results-count"] == "5"
    assert f"/api/v1/sharing/entities/{id}/ngsi-ld/v1/entities?" in page.headers["link"]
    assert (await ngsi(city, id, f"entities/{R007[:-1]}5"))["requestCode"]["value"] == "R005"
    await ngsi(city, id, f"entities/{R007}", expect=404)  # there is one, but not in these rows
    await city.ends(id)


async def test_masks_are_those_of_every_other_way(city: City) -> None:
    masks = {
        "编号": Mask(kind=MaskKind.HASH), "街道": Mask(kind=MaskKind.TOKEN), "收入": Mask(kind=MaskKind.GENERALISE, step=500),
        "登记日期": Mask(kind=MaskKind.SHIFT, days=9), "状态": Mask(kind=MaskKind.HIDE),
    }  # fmt: skip
    await city.mends()
    id = await city.contract(masks=masks)
    rows = (await city.asks("county", "GET", f"/contracts/{id}/records", params={"limit": 500}))["items"]
    entities = {one["requestCode"]: one for one in await found(city, id, options="simplified")}
    for row in rows:
        seen = entities[row["编号"]]
        assert (seen["streetName"], seen["收入"], seen["年龄段"]) == (row["街道"], row["收入"], row["年龄段"])
        assert seen["登记日期"] == {"@type": "Date", "@value": row["登记日期"]}
        assert "requestStatus" not in seen
        assert "residents" not in seen["id"], "the id says what the mask of its column hides"
    one = entities[rows[0]["编号"]]
    assert (await ngsi(city, id, f"entities/{one['id']}", params={"options": "simplified"})) == one
    await ngsi(city, id, f"entities/{R007}", expect=404)
    await city.ends(id)


async def test_what_filters_must_be_given_as_it_is(city: City) -> None:
    id = await city.contract(
        columns=("编号", "年龄段", "街道"), masks={"年龄段": Mask(kind=MaskKind.GENERALISE, step=50)}
    )
    assert len(await found(city, id, q='streetName=="三街"')) == 2
    for params in (
        {"q": "收入>1500"}, {"q": "年龄段==30"}, {"q": 'streetName.note=="x"'}, {"attrs": "收入"}, {"orderBy": "收入"},
        {"scopeQ": "/a"}, {"join": "inline", "attrs": "streetName"}, {"georel": "near;maxDistance==9", "geometry": "Point", "coordinates": "[1,2]"},
    ):  # fmt: skip
        assert "faults" in await refused(city, id, 400, **params), params
    await city.ends(id)


async def test_every_answer_is_a_call_with_its_hash(city: City) -> None:
    id = await city.contract(calls=2)
    answer = await city.clients["county"].get(
        f"/api/v1/sharing/entities/{id}/ngsi-ld/v1/entities?type=ServiceRequest&limit=7"
    )
    (call,) = (await city.asks("county", "GET", f"/contracts/{id}/calls"))["items"]
    assert call["id"] == answer.headers["x-quanyu-call"]
    assert (call["way"], call["rows"], call["bytes"], call["state"]) == (
        "entities",
        7,
        len(answer.content),
        "done",
    )
    await found(city, id)
    assert "All 2 calls" in await refused(city, id, 403)
    assert await usage(city, id) == (2, 127, 1)
    await city.ends(id)


@pytest.mark.parametrize(
    "changes", [{"ways": (Way.RECORDS,)}, {"group": 3}, {"anonymity": Anonymity(k=3, columns=("街道",))},
                {"ends": START}, {"starts": START + timedelta(hours=1)}],
    ids=["other way", "groups", "anonymity", "over", "not yet"],
)  # fmt: skip
async def test_a_contract_that_does_not_give_entities_gives_none(city: City, changes: Any) -> None:
    id = await city.contract(**changes)
    await refused(city, id, 403)
    await city.ends(id)


async def test_others_and_branches_get_nothing(city: City) -> None:
    id = await city.contract()
    for who, expect in (("health", 404), ("civil", 403), ("nobody", 401)):
        await ngsi(city, id, "entities?type=ServiceRequest", who=who, expect=expect)
    assert await usage(city, id) == (0, 0, 0)
    await city.ends(id)
