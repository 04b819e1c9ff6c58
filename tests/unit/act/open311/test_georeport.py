"""GeoReport v2 as its clients speak it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from httpx import AsyncClient

from tests.unit.act.conftest import As

V2 = "/open311/v2"
FORM = {
    "service_code": "C01003",
    "lat": "30.25",
    "long": "120.15",
    "description": "Cover broken <b>&",
    "email": "a@b.c",
}


async def sent(client: AsyncClient, **more: str) -> str:
    answer = await client.post(f"{V2}/requests.json", data=FORM | more)
    assert answer.status_code == 201, answer.text
    (row,) = answer.json()
    return str(row["service_request_id"])


async def test_services_are_the_classes_that_have_none_below(asking: As) -> None:
    rows = (await asking().get(f"{V2}/services.json", headers={"accept-language": "en"})).json()
    cover = next(row for row in rows if row["service_code"] == "C01003")
    assert (cover["service_name"], cover["group"], cover["metadata"]) == (
        "rain water cover",
        "public utilities",
        False,
    )


async def test_xml_says_the_same_as_json(asking: As) -> None:
    client = asking()
    id = await sent(client)
    tree = ElementTree.fromstring((await client.get(f"{V2}/requests/{id}.xml")).content)  # noqa: S314 (our own)
    assert tree.tag == "service_requests"
    told = {one.tag: one.text or "" for one in tree[0]}
    (row,) = (await client.get(f"{V2}/requests/{id}.json")).json()
    assert told == {name: str(value) for name, value in row.items()}
    assert told["description"] == FORM["description"]


async def test_a_hundred_identical_forms_are_one_request(asking: As) -> None:
    client = asking()
    assert len(set(await asyncio.gather(*(sent(client) for _ in range(100))))) == 1
    assert await sent(client, description="another") != await sent(client)


async def test_what_another_channel_brought_is_not_shown_to_everybody(asking: As) -> None:
    report = {"channel": "resident", "description": "private", "address": "x"}
    id = (await asking().post("/api/v1/reports", json=report)).json()["id"]
    assert (await asking().get(f"{V2}/requests/{id}.json")).status_code == 404
    assert (await asking("acceptor").get(f"{V2}/requests/{id}.json")).status_code == 200
    assert (await asking().get(f"{V2}/requests.json")).json() == []


async def test_updates_go_both_ways(asking: As) -> None:
    client, desk = asking(), asking("acceptor")
    id = await sent(client)
    await desk.post(f"/api/v1/cases/{id}/acts", json={"name": "accept"})
    update = {"service_request_id": id, "update_id": "7", "status": "OPEN", "description": "still there"}
    for _ in range(2):
        assert (await client.post(f"{V2}/servicerequestupdates.json", data=update)).status_code == 201
    remarks = [
        one for one in (await desk.get(f"/api/v1/cases/{id}")).json()["timeline"] if one["act"] == "remark"
    ]
    assert [one["reason"] for one in remarks] == ["OPEN still there"]
    rows = (await client.get(f"{V2}/servicerequestupdates.json", headers={"accept-language": "en"})).json()
    told = [(row["service_request_id"], row["external_status_code"], row["description"]) for row in rows]
    assert told == [(id, "reported", "Reported"), (id, "accepted", "Accepted")]


async def test_lists_are_of_a_span_a_status_and_services(asking: As) -> None:
    client = asking()
    id = await sent(client)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    for asked, expected in (
        ({"status": "open"}, [id]), ({"status": "closed"}, []), ({"service_code": "C01003,E01001"}, [id]),
        ({"service_code": "E01001"}, []), ({"start_date": tomorrow}, []), ({"service_request_id": id}, [id]),
    ):  # fmt: skip
        rows = (await client.get(f"{V2}/requests.json", params=asked)).json()
        assert [row["service_request_id"] for row in rows] == expected, asked


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"service_code": "nope", "lat": "", "long": ""}, ["Service nope", "place is needed"]),
        ({"lat": "abc"}, ["no place on earth", "place is needed"]), ({"lat": "95"}, ["no place on earth", "place is needed"]),
    ],
)  # fmt: skip
async def test_every_fault_of_a_form_is_an_error(
    asking: As, changed: dict[str, str], words: list[str]
) -> None:
    answer = await asking().post(
        f"{V2}/requests.json", data=FORM | changed, headers={"accept-language": "en"}
    )
    rows: list[dict[str, Any]] = answer.json()
    assert (answer.status_code, len(rows)) == (400, len(words))
    assert all(word in row["description"] for word, row in zip(words, rows, strict=True))


@pytest.mark.parametrize(
    ("path", "status"),
    [("requests/999.json", 404), ("services/nope.xml", 404), ("requests.json?status=odd", 400), ("tokens/1.xml", 404),
     ("requests.json?start_date=yesterday", 400), ("requests.json?start_date=2026-01-01T00:00:00", 400)],
)  # fmt: skip
async def test_wrong_questions_are_answered_in_the_form_of_the_door(
    asking: As, path: str, status: int
) -> None:
    answer = await asking().get(f"{V2}/{path}")
    assert answer.status_code == status
    assert b"error" in answer.content or answer.json()[0]["code"] == status


async def test_a_merged_request_is_open_as_long_as_the_other_is(asking: As) -> None:
    client, desk = asking(), asking("acceptor")
    id, into = await sent(client), await sent(client, description="the same again")
    merged = await desk.post(f"/api/v1/cases/{id}/merge", json={"into": into})
    assert merged.status_code == 200, merged.text
    (row,) = (await client.get(f"{V2}/requests/{id}.json")).json()
    assert (row["status"], row["status_notes"]) == ("open", "reported")
