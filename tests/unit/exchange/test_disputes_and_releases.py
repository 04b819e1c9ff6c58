"""A wrong field is corrected for everybody who holds it; what is open is open to anybody, after the gate."""

import hashlib
import io
from typing import Any

import httpx
from PIL import Image
from rdflib import RDFS, Graph, Namespace
from rdflib.namespace import DCAT, DCTERMS

from quanyu.exchange.disputes.derived import mark_derived
from quanyu.exchange.openness.service import withdraw_all
from quanyu.exchange.policy import Rate, Span
from quanyu.govern.lineage import service as lineage
from quanyu.govern.lineage.model import Edge, Node, NodeKind
from tests.unit.exchange.city import RESIDENTS, City, residents

SPDX = Namespace("http://spdx.org/rdf/terms#")


def objection(contract: str, **changes: Any) -> dict[str, Any]:
    said = {
        "contract": contract,
        "record": {"编号": "R007"},
        "field": "收入",
        "claimed": "2500",
        "evidence": "工资单",
    }
    return said | changes


async def test_a_correction_reaches_every_consumer_of_the_version(city: City) -> None:
    mine, theirs = await city.contract(), await city.contract(consumer="health")
    await city.asks("health", "GET", f"/contracts/{theirs}/records", params={"limit": 1})
    raised = await city.asks("county", "POST", "/disputes", json=objection(mine), expect=201)
    id = raised["dispute"]["id"]
    assert (raised["dispute"]["current"], raised["dispute"]["due"]) == ("1070", "2026-03-06T09:30:00Z")
    await city.asks("health", "GET", f"/disputes/{id}", expect=404)
    assert (await city.asks("civil", "GET", f"/disputes/{id}"))["acts"] == ["confirm", "deny"]
    await city.asks("civil", "POST", f"/disputes/{id}/acts", json={"act": "confirm"})
    early = await city.asks("civil", "POST", f"/disputes/{id}/acts", json={"act": "correct"}, expect=409)
    assert "has not changed" in early["detail"]
    await city.imports(residents(R007="2500"))
    corrected = await city.asks(
        "civil", "POST", f"/disputes/{id}/acts", json={"act": "correct", "reason": "已核实"}
    )
    assert corrected["dispute"]["outcome"] == "corrected"
    for who in ("county", "health"):
        told = await city.asks(who, "GET", "/notices", params={"unread": "true"})
        notice = next(one for one in told["items"] if one["kind"] == "corrected")
        assert (notice["body"]["record"], notice["body"]["field"]) == ({"编号": "R007"}, "收入")
        await city.asks(who, "POST", f"/notices/{notice['id']}/read", expect=204)
    page = await city.asks("county", "GET", f"/contracts/{mine}/records", params={"filter": "编号:eq:R007"})
    assert page["items"][0]["收入"] == 2500
    await city.ends(mine)
    await city.ends(theirs)


async def test_whoever_made_something_of_corrected_data_hears_of_it(city: City) -> None:
    now = city.now
    made = [
        *lineage.derived("by-street", [RESIDENTS], at=now, how="sql"),
        Edge(origin=Node(kind=NodeKind.DERIVED, id="by-street"), target=Node(kind=NodeKind.EXPORT, id="by-street.csv"), at=now),
    ]  # fmt: skip
    async with city.node.database.tenant(city.tenant) as connection:
        await lineage.record(connection, city.tenant, made)
        marked = await mark_derived(
            connection, city.tenant, dispute="D7", dataset=RESIDENTS, version=9, now=now
        )
        assert (
            await mark_derived(connection, city.tenant, dispute="D8", dataset="other", version=2, now=now)
            == ()
        )
    assert marked == ("by-street", "by-street.csv")
    told = [
        one for one in (await city.asks("civil", "GET", "/notices"))["items"] if one["kind"] == "outdated"
    ]
    assert {(one["about"], one["dataset"], one["body"]["source"]) for one in told} == {
        ("D7", name, RESIDENTS) for name in marked
    }


async def test_an_answer_that_is_not_accepted_goes_to_the_authority(city: City) -> None:
    contract = await city.contract()
    raised = await city.asks("county", "POST", "/disputes", json=objection(contract, claimed="9"), expect=201)
    id = raised["dispute"]["id"]
    for who, act, state in (
        ("civil", "deny", "answered"), ("county", "object", "arbitrating"), ("authority", "uphold", "kept"),
    ):  # fmt: skip
        moved = await city.asks(who, "POST", f"/disputes/{id}/acts", json={"act": act, "reason": "r"})
        assert moved["dispute"]["state"] == state
    await city.ends(contract)


async def test_a_dispute_names_one_record_and_a_field_that_was_given(city: City) -> None:
    contract = await city.contract(columns=("编号", "街道", "收入"), rate=Rate(number=50, per=Span.HOUR))
    for wrong in (
        {"record": {"街道": "一街"}},
        {"record": {"编号": "nobody"}},
        {"field": "状态"},
        {"evidence": " "},
    ):
        await city.asks("county", "POST", "/disputes", json=objection(contract, **wrong), expect=400)
    await city.ends(contract)


async def test_open_data_passes_the_gate_and_is_taken_by_anybody(city: City) -> None:
    path = f"/api/v1/catalogue/{RESIDENTS}"
    officer, nobody, civil = city.clients["authority"], city.clients["nobody"], city.clients["civil"]
    plan: dict[str, Any] = {"columns": ["街道", "年龄段"], "anonymity": {"k": 3, "columns": ["街道"]}}
    closed = await civil.post(f"{path}/releases", json=plan)
    assert closed.status_code == 400
    assert (await nobody.get(f"{path}/releases")).status_code == 404
    assert (await officer.post(f"{path}/grade/confirm", json={})).status_code == 200
    await city.describes(is_open=True, licence="cc-by-4.0")
    small = await civil.post(f"{path}/releases", json=plan | {"most_left_out": 0.01})
    assert "2 records" in small.json()["detail"]
    made = (await civil.post(f"{path}/releases", json=plan)).json()
    assert (made["version"], made["rows"], made["left_out"], made["attribution"]) == (1, 118, 2, "civil")
    for file in made["files"]:
        taken = await nobody.get(f"{path}/releases/1/{file['format']}")
        assert (
            hashlib.sha256(taken.content).hexdigest() == file["sha256"] == taken.headers["x-checksum-sha256"]
        )
        assert "三街" not in taken.text
    listed = (await nobody.get(f"{path}/releases")).json()["items"]
    assert listed[0]["downloads"] == 3
    await told_to_clients(nobody, made)
    withdrawn = await civil.post(f"{path}/releases/1/withdraw", json={"reason": "更正"})
    assert withdrawn.json()["state"] == "withdrawn"
    assert (await nobody.get(f"{path}/releases/1/csv")).status_code == 404
    assert len(await ckan_resources(nobody)) == 3
    assert (await city.clients["health"].post(f"{path}/releases", json=plan)).status_code in (403, 404)
    await no_release_outlives_its_dataset(city, plan)
    await city.describes(is_open=False)


async def no_release_outlives_its_dataset(city: City, plan: dict[str, Any]) -> None:
    path, civil = f"/api/v1/catalogue/{RESIDENTS}/releases", city.clients["civil"]
    made = (await civil.post(path, json=plan)).json()
    taken = f"{path}/{made['version']}/csv"
    assert (await civil.get(taken)).status_code == 200
    async with city.node.database.tenant(city.tenant) as connection:
        await withdraw_all(connection, city.node.folder, city.tenant, RESIDENTS)
    assert {one["state"] for one in (await civil.get(path)).json()["items"]} == {"withdrawn"}
    assert (await civil.get(taken)).status_code == 404
    assert not list(city.node.folder.glob(f"releases/*/{RESIDENTS}/*"))


async def told_to_clients(nobody: httpx.AsyncClient, release: dict[str, Any]) -> None:
    """Of DCAT and of CKAN: where each file is, its checksum, its version, whom to name."""
    graph = Graph().parse(data=(await nobody.get(f"/catalog/{RESIDENTS}.ttl")).text, format="turtle")
    opened = [*graph.subjects(SPDX.checksum, None)]
    assert len(opened) == len(release["files"]) == 3
    for one in opened:
        taken = (await nobody.get(str(graph.value(one, DCAT.downloadURL)))).content
        checksum = graph.value(one, SPDX.checksum)
        assert str(graph.value(checksum, SPDX.checksumValue)) == hashlib.sha256(taken).hexdigest()
        assert graph.value(checksum, SPDX.algorithm) == SPDX.checksumAlgorithm_sha256
        assert str(graph.value(one, DCAT.byteSize)) == str(len(taken))
        assert str(graph.value(graph.value(one, DCTERMS.rights), RDFS.label)) == release["attribution"]
    resources = [one for one in await ckan_resources(nobody) if one["hash"]]
    for one in resources:
        taken = (await nobody.get(one["url"])).content
        assert (one["hash"], one["size"]) == (hashlib.sha256(taken).hexdigest(), len(taken))
        assert (await ckan(nobody, "resource_show", id=one["id"]))["hash"] == one["hash"]
    assert [one["id"] for one in resources] == [f"{RESIDENTS}.{one['format']}.1" for one in release["files"]]
    assert (await nobody.get("/api/3/action/resource_show?id=residents.csv.2")).status_code == 404


async def ckan(client: httpx.AsyncClient, action: str, **arguments: str) -> Any:
    answer = await client.post(f"/api/action/{action}", json=arguments)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


async def ckan_resources(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = (await ckan(client, "package_show", id=RESIDENTS))["resources"]
    return shown


PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


async def test_evidence_is_checked_kept_by_its_hash_and_shown_to_both_sides(city: City) -> None:
    contract = await city.contract()
    sent = [
        await city.asks("county", "POST", "/exhibits", params={"name": name}, content=content, expect=201)
        for name, content in (("工资单.pdf", PDF), ("户口本.png", _png()))
    ]
    assert [(one["id"], one["media_type"]) for one in sent] == [
        (hashlib.sha256(PDF).hexdigest(), "application/pdf"), (sent[1]["id"], "image/jpeg")
    ]  # fmt: skip
    for wrong in (b"MZ...", PDF[:-7], PDF + b"/JavaScript", b"<svg onload=x>"):
        await city.asks("county", "POST", "/exhibits", content=wrong, expect=400)
    said = objection(contract, claimed="8", exhibits=[{"id": one["id"], "name": one["name"]} for one in sent])
    raised = (await city.asks("county", "POST", "/disputes", json=said, expect=201))["dispute"]
    assert raised["exhibits"] == sent
    for who in ("civil", "county"):
        shown = await city.asks(who, "GET", f"/disputes/{raised['id']}/exhibits/{sent[0]['id']}")
        assert (shown.content, shown.headers["content-disposition"][:10]) == (PDF, "attachment")
    await city.asks("health", "GET", f"/disputes/{raised['id']}/exhibits/{sent[0]['id']}", expect=404)
    unsent = objection(contract, claimed="7", exhibits=[{"id": "0" * 64}])
    await city.asks("county", "POST", "/disputes", json=unsent, expect=400)
    await city.ends(contract)


def _png() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (3, 2), "red").save(made, "PNG")
    return made.getvalue()
