"""Installations of a county that can only call out, its city and its province; what they tell each other can be proven."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from quanyu.app.cli import run_command
from tests.flows import sharing_steps as steps
from tests.flows.endpoint import endpoint
from tests.flows.levels import (
    ALLOWED,
    ANSWER,
    administrator,
    known,
    officer,
    publish_residents,
    signed_in,
)
from tests.flows.page import run_samples
from tests.flows.sharing_steps import items, said, until, verified
from tests.ports import free_port
from tests.running import RunningNode, node_in

PAGE = Path(__file__).parents[2] / "docs" / "sharing-by-command.md"


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
def officers(city: RunningNode, county: RunningNode) -> None:
    """Of civil affairs, at both."""
    enter_officer(city, "市民政局")
    enter_officer(county, "县民政局")


@pytest.fixture(scope="module")
def welfare(city: RunningNode, officers: None) -> None:
    """The city's have published their register."""
    publish_residents(city)


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


@pytest.mark.usefixtures("officers")
def test_a_county_uses_what_its_province_has_from_the_search_to_the_effect(
    city: RunningNode, county: RunningNode, real_data: Path, tmp_path: Path
) -> None:
    """J2 over three levels, with a real register; the city between them learns what there is, and reads nothing."""
    content = (real_data / "hospitals-beijing-designated" / "designated_institutions.csv").read_text("utf-8")
    with province_in(tmp_path) as province, province.client() as above, endpoint() as (url, told):
        enter_officer(province, "省民政厅")
        steps.publish(province, above, content)
        joined(city, province, "city")
        assert city.command("node", "subscribe", "hanjiang").returncode == 0
        assert county.command("node", "subscribe", "jiangzhou").returncode == 0
        with closing(known(county, "wang")) as below:
            steps.find(below)
            joined(county, province, "county")
            sides, request = steps.ask(steps.Sides(province, above, county, below))
            steps.answer(sides, request)
            contract = steps.sign(sides, request)
            steps.keep(sides, steps.deliver(sides))
            type = steps.look(sides)
            whole = steps.synchronise(sides)
            assert len(whole["items"]) == len(content.splitlines()) - 1
            steps.reconcile(sides, contract, calls=8)
            subscription = steps.listen(sides, type, url)
            steps.dispute(sides, content.replace(*mended(content)))
            steps.is_told(told)
            changed = steps.synchronise(sides, whole["next"])
            assert [(one["机构编码"], one["所属区"]) for one in changed["items"]] == [
                (steps.RECORD, steps.RIGHT)
            ]
            steps.give_back(sides)
            steps.follow(sides, contract, changed["next"])
            steps.fall_silent(sides, contract, subscription, told, content)
            steps.use_up(sides, contract)
            with city.client() as beside:
                assert beside.get(sides.here).status_code == 404
            over = steps.run_out(sides, contract)
            with closing(over.above):
                steps.end(over, request)
            with county.client() as operator:
                steps.prove(operator, tmp_path)


def mended(content: str) -> tuple[str, str]:
    """The line of the disputed record, before and after."""
    line = next(one for one in content.splitlines() if one.startswith(steps.RECORD))
    return line, line.replace(steps.WRONG, steps.RIGHT)


@contextmanager
def province_in(folder: Path) -> Iterator[RunningNode]:
    with node_in(folder / "province", environment=ALLOWED, port=free_port()) as node:
        said = node.command("node", "init", "hanjiang", "汉江省", "--level", "province", "--url", node.url)
        assert said.returncode == 0, said.stderr
        yield node


def joined(lower: RunningNode, upper: RunningNode, level: str) -> None:
    """By an invitation for one use."""
    said = lower.command("node", "join", upper.command("node", "invite", level).stdout.strip())
    assert said.returncode == 0, said.stderr


@pytest.mark.usefixtures("officers")
def test_the_commands_of_the_page_do_what_it_says(
    city: RunningNode,
    county: RunningNode,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In this process, as thirty starts of the command would take longer than what they do."""
    for name, node in (("city", city), ("county", county)):
        (tmp_path / name).symlink_to(node.data)
    monkeypatch.chdir(tmp_path)

    def run(command: list[str], environment: dict[str, str]) -> str:
        with monkeypatch.context() as given:
            for name, value in environment.items():
                given.setenv(name, value)
            code = run_command(command)
        printed = capsys.readouterr()
        assert code == 0, (command, printed)
        return printed.out

    kept = run_samples(PAGE, tmp_path, run, T=token_of_an_officer(county))
    assert (tmp_path / "copy.csv").read_text("utf-8").splitlines()[1] == '"R1","一街"'
    with city.client() as above:
        done = said(above.get(f"/api/v1/sharing/requests/{kept['R']}"))["request"]
    assert (done["state"], done["outcome"]) == ("done", "done")


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


def token_of_an_officer(county: RunningNode) -> str:
    with closing(known(county, "wang")) as officer:
        wanted = {"name": "page", "scopes": ["share.request", "share.use", "share.read"], "days": 1}
        secret: str = said(officer.post("/api/v1/tokens", json=wanted))["secret"]
    return secret


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


def enter_officer(node: RunningNode, body: str) -> None:
    with closing(administrator(node)) as admin:
        officer(node, admin, body).close()


def settled(node: RunningNode) -> dict[str, Any] | None:
    """The first message that this node sent, once it has a receipt."""
    with node.client() as client:
        items = client.get("/api/v1/messages").json()["items"]
    return next((one for one in items if one["direction"] == "out" and one["receipt_hash"]), None)


def found(node: RunningNode, message: str) -> dict[str, Any]:
    with node.client() as client:
        items = client.get("/api/v1/messages").json()["items"]
    return next(one for one in items if one["id"] == message)
