"""FixMyStreet's sender: its requests as `perllib/Open311.pm` makes them, its answers read as XML::Simple reads them there.

Sent and read in the same way by the module itself, version of August 2026, when this was written: docs/cases.md.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from httpx import AsyncClient, Response

from tests.unit.act.conftest import As
from tests.unit.act.photos.test_picture import photo

ENDPOINT = "/open311/v2/"
GROUPS = {
    "services": "service", "attributes": "attribute", "values": "value", "service_requests": "request",
    "errors": "error", "service_request_updates": "request_update", "groups": "group",
}  # fmt: skip
REPORT = {
    "description": "井盖破损\n\n路口 <b>响</b> & 危险\n\nhttp://fms.example/report/7\n", "first_name": "张", "last_name": "三",
    "phone": "13800000000", "email": "a@example.org", "lat": "30.251235", "long": "120.151235", "service_code": "FMS01",
    "attribute[depth]": "10", "attribute[x]": "y", "attribute[uprn]": "12", "jurisdiction_id": "jiangzhou", "api_key": "key",
    "media_url": ["http://fms.example/1.jpeg", "http://fms.example/2.jpeg"],
}  # fmt: skip
UPDATE = {
    "status": "OPEN", "description": "还是没有修", "first_name": "李", "last_name": "四", "email": "b@example.org",
    "jurisdiction_id": "jiangzhou", "api_key": "key",
}  # fmt: skip


def simple(answer: Response) -> Any:
    """XML::Simple(ForceArray => the members of groups, KeyAttr => {}, GroupTags => groups, SuppressEmpty => undef)."""
    return _plain(ElementTree.fromstring(answer.content))  # noqa: S314 (our own)


def _plain(element: ElementTree.Element) -> Any:
    if not len(element):
        return element.text
    found: dict[str, Any] = {}
    for child in element:
        value = _plain(child)
        if child.tag in GROUPS and isinstance(value, dict):
            value = value[GROUPS[child.tag]]
        if child.tag in GROUPS.values():
            found.setdefault(child.tag, []).append(value)
        else:
            found[child.tag] = value
    return found


def w3c(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
async def council(asking: As) -> AsyncClient:
    """Of a city whose flooding asks for its depth."""
    depth = {
        "code": "depth",
        "title": "Depth:",
        "datatype": "singlevaluelist",
        "required": True,
        "values": {"10": "ankle", "30": "knee"},
    }
    flooding = {
        "code": "FMS01",
        "kind": "event",
        "titles": {"en": "Flooding"},
        "words": ["water"],
        "fields": [depth],
    }
    laid = await asking("data_officer").put("/api/v1/case-rules", json={"classes": [flooding]})
    assert laid.status_code == 200, laid.text
    return asking()


async def posted(council: AsyncClient, path: str, form: dict[str, Any], **files: Any) -> Any:
    answer = await council.post(ENDPOINT + path, data=form, files=files or None)
    assert answer.is_success, answer.text
    return simple(answer)


async def reported(council: AsyncClient, **more: Any) -> str:
    return str((await posted(council, "requests.xml", REPORT | more))["request"][0]["service_request_id"])


async def test_it_fills_its_categories_and_their_questions(council: AsyncClient) -> None:
    services = simple(await council.get(f"{ENDPOINT}services.xml"))["service"]
    flooding = next(one for one in services if one["service_code"] == "FMS01")
    assert (flooding["metadata"], flooding["service_name"], flooding["keywords"]) == (
        "true",
        "Flooding",
        "water",
    )
    (asked,) = simple(await council.get(f"{ENDPOINT}services/FMS01.xml"))["attributes"]
    assert (asked["code"], asked["required"], asked["variable"], int(asked["order"])) == (
        "depth",
        "true",
        "true",
        1,
    )
    assert [(one["key"], one["name"]) for one in asked["values"]] == [("10", "ankle"), ("30", "knee")]


async def test_what_it_sends_is_a_case_with_all_of_it(council: AsyncClient, asking: As) -> None:
    id = await reported(council)
    case = (await asking("acceptor").get(f"/api/v1/cases/{id}")).json()
    assert case["case"]["fields"] == {
        "depth": "10", "x": "y", "uprn": "12", "media_url": "http://fms.example/1.jpeg, http://fms.example/2.jpeg",
    }  # fmt: skip
    assert (case["reporter"]["name"], case["case"]["description"]) == ("张 三", REPORT["description"])
    assert await reported(council) == id
    assert simple(await council.get(f"{ENDPOINT}tokens/{id}.xml"))["request"][0]["service_request_id"] == id


async def test_it_asks_how_its_reports_stand(council: AsyncClient) -> None:
    ids = [await reported(council, description=text) for text in ("one", "two")]
    asked = {"service_request_id": ",".join(ids), "jurisdiction_id": "jiangzhou"}
    rows = simple(await council.get(f"{ENDPOINT}requests.xml", params=asked))["request"]
    assert {one["service_request_id"] for one in rows} == set(ids)
    for one in rows:
        assert (one["status"], one["lat"], one["long"], one["service_name"]) == (
            "open",
            "30.251235",
            "120.151235",
            "Flooding",
        )
        assert "." not in one["updated_datetime"]


async def test_it_hears_of_every_step_within_the_span_that_it_asks_for(
    council: AsyncClient, asking: As
) -> None:
    """An update that as a text lies outside of the span is dropped there."""
    id = await reported(council)
    await asking("acceptor").post(f"/api/v1/cases/{id}/acts", json={"name": "accept"})
    now = datetime.now(UTC)
    start, end = w3c(now - timedelta(hours=2)), w3c(now + timedelta(minutes=1))
    params = {"api_key": "", "start_date": start, "end_date": end, "jurisdiction_id": "jiangzhou"}
    told = simple(await council.get(f"{ENDPOINT}servicerequestupdates.xml", params=params))["request_update"]
    assert [(one["service_request_id"], one["status"]) for one in told] == [(id, "OPEN")] * 2
    assert len({one["update_id"] for one in told}) == 2
    for one in told:
        assert start <= w3c(datetime.fromisoformat(one["updated_datetime"])) <= end
        assert "." not in one["updated_datetime"]


async def test_what_its_residents_add_is_a_remark_with_their_photos(council: AsyncClient, asking: As) -> None:
    id = await reported(council)
    update = UPDATE | {
        "service_request_id": id,
        "update_id": "70",
        "updated_datetime": w3c(datetime.now(UTC)),
    }
    attached = ("71.0.full.jpeg", photo().getvalue(), "image/jpeg")
    for _ in range(2):
        assert (await posted(council, "servicerequestupdates.xml", update))["request_update"][0][
            "update_id"
        ] == "70"
        shown = await posted(
            council, "servicerequestupdates.xml", update | {"update_id": "71"}, photo1=attached
        )
        assert shown["request_update"][0]["update_id"] == "71"
    steps = (await asking("acceptor").get(f"/api/v1/cases/{id}")).json()["timeline"]
    remarks = [one for one in steps if one["act"] == "remark"]
    assert [one["reason"] for one in remarks] == ["OPEN 还是没有修"] * 2
    assert [len(one["evidence"]) for one in remarks] == [0, 1]


async def test_what_is_added_to_a_case_that_is_over_is_a_note_and_what_is_not_solved_a_case(
    council: AsyncClient, asking: As
) -> None:
    desk = asking("acceptor")
    id = await reported(council)
    await desk.post(f"/api/v1/cases/{id}/acts", json={"name": "reject", "reason": "private ground"})
    for number, status in (("80", "CLOSED"), ("81", "OPEN"), ("80", "CLOSED"), ("81", "OPEN")):
        update = UPDATE | {"service_request_id": id, "update_id": number, "status": status}
        assert (await posted(council, "servicerequestupdates.xml", update))["request_update"][0][
            "update_id"
        ] == number
    (again,) = [one for one in (await desk.get("/api/v1/cases")).json()["items"] if one["reopens"] == id]
    assert (again["description"], again["class"], again["state"]) == (
        UPDATE["description"],
        "FMS01",
        "reported",
    )
    over = (await desk.get(f"/api/v1/cases/{id}")).json()
    assert (over["case"]["state"], [one["reason"] for one in over["timeline"]][-2:]) == (
        "rejected",
        ["CLOSED 还是没有修", f"OPEN 还是没有修 → {again['id']}"],
    )


async def test_what_it_cannot_do_is_told_as_errors_with_a_code(council: AsyncClient) -> None:
    answer = await council.post(
        f"{ENDPOINT}requests.xml", data=REPORT | {"attribute[depth]": ""}, headers={"accept-language": "en"}
    )
    assert answer.status_code == 400
    assert simple(answer)["error"] == [{"code": "400", "description": "depth: Attribute depth is required"}]
