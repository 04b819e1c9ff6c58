"""Two installations: a county that can only call out joins its city; what they tell each other can be proven."""

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.running import QUANYU, RunningNode, node_in

ALLOWED = {"QUANYU_ALLOWED_HOSTS": "127.0.0.1"}
PATIENCE = 60.0
PASSWORD = "Blue-harbour-2026!"
RESIDENTS = "编号,街道,收入\nR1,一街,900\nR2,一街,800\nR3,二街,700\n"
APPLICATION = {
    "dataset": "residents", "title": "低保核对", "items": [{"name": "编号"}, {"name": "街道"}, {"name": "收入"}],
    "purpose": "低保边缘家庭核对", "basis": "社会救助暂行办法 第十七条", "organisation": "civil", "ways": ["sql"],
    "starts": "2026-01-01T00:00:00+08:00", "ends": "2099-01-01T00:00:00+08:00",
}  # fmt: skip
ANSWER = {
    "items": [
        {"name": "编号", "granted": True},
        {"name": "街道", "granted": True},
        {"name": "收入", "granted": False, "reason": "超出用途"},
    ]
}
QUERY = {
    "sql": "select 街道, count(*) as 人数 from residents group by 街道 order by 2 desc",
    "purpose": "核对",
}

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNode]:
    with node_in(tmp_path_factory.mktemp("city") / "data", environment=ALLOWED) as node:
        said = node.command("node", "init", "jiangzhou", "江州市", "--level", "city", "--url", node.url)
        assert said.returncode == 0, said.stderr
        yield node


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory, city: RunningNode) -> Iterator[RunningNode]:
    with node_in(tmp_path_factory.mktemp("county") / "data", environment=ALLOWED) as node:
        node.command("node", "init", "qingchuan", "青川县", "--level", "county", "--suite", "sm2")
        invitation = city.command("node", "invite", "county").stdout.strip()
        said = node.command("node", "join", invitation)
        assert said.returncode == 0, said.stderr
        assert "jiangzhou" in said.stdout
        yield node


@pytest.fixture(scope="module")
def welfare(city: RunningNode, county: RunningNode) -> None:
    """Civil affairs at both; the city's have published their register."""
    officer(city, "市民政局").close()
    officer(county, "县民政局").close()
    with city.client() as above:
        publish_residents(city, above)


def test_messages_go_up_and_are_fetched_from_above_and_leave_a_proof(
    city: RunningNode, county: RunningNode, tmp_path: Path
) -> None:
    assert county.command("node", "rotate", "--suite", "sm2").returncode == 0
    assert city.command("node", "rotate").returncode == 0
    up, down = (until(lambda node=node: settled(node)) for node in (county, city))
    for sender, receiver, message in ((county, city, up), (city, county, down)):
        assert message["state"] == "accepted", message
        assert found(receiver, message["id"])["receipt_hash"] == message["receipt_hash"]
        with sender.client() as client:
            proof = client.get("/api/v1/messages/proof", params={"id": message["id"]}).content
        file = tmp_path / "proof.json"
        file.write_bytes(proof)
        assert verified(file)
        file.write_bytes(proof.replace(b"accepted", b"refused"))
        assert not verified(file)
    assert "qingchuan" in city.command("node", "list").stdout
    assert "江州市" in county.command("node", "list", "--of", "jiangzhou").stdout


@pytest.mark.usefixtures("welfare")
def test_a_county_finds_asks_for_and_gets_what_its_city_has(city: RunningNode, county: RunningNode) -> None:
    with city.client() as above, closing(known(county, "wang")) as below:
        assert county.command("node", "subscribe", "jiangzhou").returncode == 0
        entry = until(lambda: next(iter(items(below, "/api/v1/cascade?q=jmdj")), None))["entry"]
        assert (entry["id"], entry["owner"], entry["share_type"]) == ("jiangzhou/residents", "市民政局", 2)

        asked = said(below.post("/api/v1/nodes/jiangzhou/requests", json=APPLICATION))
        request = until(lambda: next(iter(items(above, "/api/v1/sharing/requests")), None))["id"]
        said(above.post(f"/api/v1/sharing/requests/{request}/acts", json={"act": "forward"}))
        said(above.post(f"/api/v1/sharing/requests/{request}/answer", json=ANSWER))

        here = f"/api/v1/asked/{asked['id']}"
        offered = until(lambda: shown(below, here, "offered"))
        assert [one["granted"] for one in offered["answer"]["items"]] == [True, True, False]
        text = offered["commitment"]
        local = above.post(f"/api/v1/sharing/requests/{request}/signature", json={"sm3": text["hash"]})
        assert local.status_code == 404  # a body of the same code at the owner's is another one
        said(below.post(f"{here}/acts", json={"act": "sign", "sm3": text["hash"]}))
        until(lambda: shown(below, here, "in_use"))

        answer = below.post(f"{here}/query", json=QUERY)
        assert said(answer)["items"] == [{"街道": "一街", "人数": 2}, {"街道": "二街", "人数": 1}]
        until(lambda: received(above, answer.headers["x-quanyu-call"]))
        withheld = below.post(f"{here}/query", json={"sql": "select 收入 from residents"})
        assert withheld.status_code == 403
        assert "收入" in withheld.json()["detail"]

        disputes_a_street(city, above, below, here)

        contract = items(above, "/api/v1/sharing/contracts")[0]["id"]
        ended = {"to": "terminated", "reason": "用途变更"}
        said(above.post(f"/api/v1/sharing/contracts/{contract}/state", json=ended))
        assert below.post(f"{here}/query", json=QUERY).status_code == 403


def disputes_a_street(city: RunningNode, above: httpx.Client, below: httpx.Client, here: str) -> None:
    """With a document, which travels; corrected for whoever holds it."""
    sent = said(below.post("/api/v1/sharing/exhibits?name=proof.pdf", content=PDF))
    doubt = {
        "record": {"编号": "R3"}, "field": "街道", "claimed": "三街", "evidence": "户口本", "exhibits": [{"id": sent["id"], "name": "proof.pdf"}],
    }  # fmt: skip
    raised = said(below.post(f"{here}/disputes", json=doubt))
    assert raised["current"] == "二街"
    dispute = until(lambda: next(iter(items(above, "/api/v1/sharing/disputes")), None))
    assert dispute["consumer"] == "civil@qingchuan"
    place = f"/api/v1/sharing/disputes/{dispute['id']}"
    assert above.get(f"{place}/exhibits/{sent['id']}").content == PDF
    said(above.post(f"{place}/acts", json={"act": "confirm"}))
    assert (
        city.import_text("residents", RESIDENTS.replace("R3,二街", "R3,三街"), "mended.csv")["state"]
        == "done"
    )
    said(above.post(f"{place}/acts", json={"act": "correct", "reason": "已核实"}))

    def corrected() -> dict[str, Any] | None:
        (found,) = items(below, f"{here}/disputes")
        assert found["fault"] is None, found
        return found if found["shown"] and found["shown"]["outcome"] == "corrected" else None

    assert until(corrected)["shown"]["answer"] == "已核实"
    until(lambda: said(below.get(here))["corrected"])
    query = {"sql": "select 街道 from residents where 编号 = 'R3'"}
    assert said(below.post(f"{here}/query", json=query))["items"] == [{"街道": "三街"}]


@pytest.mark.usefixtures("welfare")
def test_a_county_negotiates_and_fetches_by_the_dataspace_protocol(
    city: RunningNode, county: RunningNode
) -> None:
    """Both roles of ours, with people on both sides."""
    with city.client() as above, closing(known(county, "wang")) as below:
        secret = token_for_the_county(city)
        connector = {
            "id": "jiangzhou-dsp",
            "title": "江州市",
            "url": f"{city.url}/dsp/2025-1",
            "token": secret,
            "organisation": "civil",
        }
        said(below.post("/api/v1/sharing/connectors", json=connector))
        root = "/api/v1/sharing/connectors/jiangzhou-dsp"
        assert "residents" in {one["@id"] for one in said(below.get(f"{root}/catalogue"))["dataset"]}
        begun = said(below.post(f"{root}/negotiations", json={"dataset": "residents"}))
        path = f"/api/v1/sharing/negotiations/{begun['id']}"

        asked = until(
            lambda: next((one for one in items(above, "/api/v1/sharing/requests?state=checking")), None)
        )["id"]
        said(above.post(f"/api/v1/sharing/requests/{asked}/acts", json={"act": "forward"}))
        said(above.post(f"/api/v1/sharing/requests/{asked}/answer", json=ANSWER))
        offered = until(lambda: stands(below, path, "OFFERED"))
        assert set(offered["acts"]) == {"accept", "counter", "terminate"}
        said(below.post(f"{path}/acts", json={"act": "accept"}))
        final = until(lambda: stands(below, path, "FINALIZED"))
        assert [one["state"] for one in final["steps"]] == [
            "REQUESTED",
            "OFFERED",
            "ACCEPTED",
            "AGREED",
            "VERIFIED",
            "FINALIZED",
        ]

        transfer = said(below.post(f"{path}/transfers"))
        place = f"/api/v1/sharing/transfers/{transfer['id']}"
        until(lambda: stands(below, place, "STARTED"))
        assert [one["编号"] for one in said(below.get(f"{place}/data"))["items"]] == ["R1", "R2", "R3"]
        said(below.post(f"{place}/acts", json={"act": "complete"}))
        until(lambda: stands(below, place, "COMPLETED"))
        assert below.get(f"{place}/data").status_code == 409


def token_for_the_county(city: RunningNode) -> str:
    """Of an account that the city gives to a person of the county."""
    with closing(known(city, "admin")) as admin:
        said(admin.put("/api/v1/organisations/qingchuan", json={"name": "青川县"}))
        person = {
            "login": "county",
            "name": "青川",
            "organisation": "qingchuan",
            "roles": ["department_officer"],
        }
        made = said(admin.post("/api/v1/accounts", json=person))
    with closing(signed_in(city, "county", made["password"])) as officer:
        scopes = ["share.request", "share.use", "share.read", "catalogue.read"]
        secret: str = said(officer.post("/api/v1/tokens", json={"name": "dsp", "scopes": scopes, "days": 1}))[
            "secret"
        ]
    return secret


def stands(client: httpx.Client, path: str, state: str) -> dict[str, Any] | None:
    found: dict[str, Any] = said(client.get(path))
    assert not found["error"], found
    return found if found["state"] == state else None


@pytest.mark.parametrize("path", ["join", "messages", "mailbox"])
@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"messages":[],"time":"2026-11-21T00:00:00Z"}', b"[" * 5000]
)
def test_strangers_and_nonsense_are_refused_in_words(city: RunningNode, path: str, body: bytes) -> None:
    with city.client() as client:
        answer = client.post(f"/federation/v1/{path}", content=body)
    assert answer.status_code in {400, 403}, answer.text
    assert answer.json()["detail"]


def publish_residents(node: RunningNode, client: httpx.Client) -> None:
    done = node.import_text("residents", RESIDENTS, "residents.csv")
    assert done["state"] == "done", done
    path = "/api/v1/catalogue/residents"
    tag = client.get(path).headers["etag"]
    entry = {
        "title": "居民登记",
        "abstract": "登记",
        "organisation": "civil",
        "share_type": 2,
        "share_condition": "核对",
    }
    changed = client.patch(path, json=entry, headers={"if-match": tag})
    said(changed)
    said(client.post(f"{path}/publish", headers={"if-match": changed.headers["etag"]}))


def officer(node: RunningNode, body: str) -> httpx.Client:
    """Of a department that the administrator has entered on their first day."""
    once = re.search(r"one-time password (\S+)", node.output)
    assert once
    with closing(signed_in(node, "admin", once[1])) as admin:
        said(admin.put("/api/v1/organisations/civil", json={"name": body}))
        person = {"login": "wang", "name": "王丽", "organisation": "civil", "roles": ["department_officer"]}
        made = said(admin.post("/api/v1/accounts", json=person))
    return signed_in(node, "wang", made["password"])


def signed_in(node: RunningNode, login: str, password: str) -> httpx.Client:
    client = httpx.Client(base_url=node.url, headers={"x-requested-with": "quanyu"}, timeout=60)
    said(client.post("/api/v1/session", json={"login": login, "password": password}))
    said(client.post("/api/v1/session/password", json={"old": password, "new": PASSWORD}))
    return client


def known(node: RunningNode, login: str) -> httpx.Client:
    """Somebody who has a password of their own already."""
    client = httpx.Client(base_url=node.url, headers={"x-requested-with": "quanyu"}, timeout=60)
    said(client.post("/api/v1/session", json={"login": login, "password": PASSWORD}))
    return client


def items(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(path).json()["items"]
    return found


def shown(client: httpx.Client, path: str, state: str) -> dict[str, Any] | None:
    found = client.get(path).json()
    assert found["fault"] is None, found
    view: dict[str, Any] | None = found["shown"]
    return view if view and view["state"] == state else None


def received(client: httpx.Client, call: str) -> dict[str, Any] | None:
    """The consumer's word on what has arrived, once it is there; it is refused where the hashes differ."""
    found = [one for one in items(client, f"/api/v1/messages?about=call {call}") if one["direction"] == "in"]
    assert all(one["state"] == "accepted" for one in found), found
    return found[0] if found else None


def said(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


def settled(node: RunningNode) -> dict[str, Any] | None:
    """The first message that this node sent, once it has a receipt."""
    with node.client() as client:
        items = client.get("/api/v1/messages").json()["items"]
    return next((one for one in items if one["direction"] == "out" and one["receipt_hash"]), None)


def verified(proof: Path) -> bool:
    """Without a node and its data."""
    return subprocess.run([QUANYU, "evidence", "verify-proof", proof], check=False).returncode == 0


def found(node: RunningNode, message: str) -> dict[str, Any]:
    with node.client() as client:
        items = client.get("/api/v1/messages").json()["items"]
    return next(one for one in items if one["id"] == message)


def until(look: Callable[[], dict[str, Any] | None]) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if (seen := look()) is not None:
            return seen
        time.sleep(0.2)
    raise AssertionError("it does not come")
