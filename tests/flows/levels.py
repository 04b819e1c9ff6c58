"""Installations of several levels that know each other, their people, and a small register that they share."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.flows.sharing_steps import said
from tests.running import PLAIN, RunningNode, node_in

ALLOWED = {"QUANYU_ALLOWED_HOSTS": "127.0.0.1"}
PASSWORD = "Blue-harbour-2026!"

PROVINCE, CITY, COUNTY, STREET = (
    ("hanjiang", "汉江省", "province"),
    ("jiangzhou", "江州市", "city"),
    ("qingchuan", "青川县", "county"),
    ("beimen", "北门街道", "street"),
)

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


@dataclass(frozen=True, slots=True)
class Level:
    """One installation, and its administrator."""

    id: str
    level: str
    node: RunningNode
    admin: httpx.Client


@contextmanager
def levels_in(
    folder: Path, *named: tuple[str, str, str], reached: bool = False
) -> Iterator[tuple[Level, ...]]:
    """Id, name and level of each, the highest first; unless it is `reached` the last has no address and only calls out. By the API, as
    each start of a command takes seconds."""
    with ExitStack() as stack:
        made = []
        for id, name, level in named:
            node = stack.enter_context(node_in(folder / id, environment=ALLOWED))
            admin = stack.enter_context(closing(administrator(node)))
            address = {"url": node.url} if reached or id != named[-1][0] else {}
            said(admin.post("/api/v1/nodes/self", json={"id": id, "name": name, "level": level, **address}))
            made.append(Level(id, level, node, admin))
        yield tuple(made)


def join(lower: Level, upper: Level) -> None:
    invited = said(upper.admin.post("/api/v1/nodes/invitations", json={"level": lower.level}))
    said(lower.admin.post("/api/v1/nodes/join", json=invited))


def lead(at: Level, to: Level, through: Level | None) -> None:
    """By way of whom requests to that one go from here, and those from it come."""
    said(at.admin.put(f"/api/v1/nodes/{to.id}/through", json={"node": through and through.id}))


def administrator(node: RunningNode) -> httpx.Client:
    """On their first day."""
    once = re.search(r"one-time password (\S+)", node.output)
    assert once
    return signed_in(node, "admin", once[1])


def officer(
    node: RunningNode, admin: httpx.Client, body: str = "民政局", role: str = "department_officer"
) -> httpx.Client:
    """Wang of civil affairs, whom the administrator has entered."""
    said(admin.put("/api/v1/organisations/civil", json={"name": body}))
    person = {"login": "wang", "name": "王丽", "organisation": "civil", "roles": [role]}
    return signed_in(node, "wang", said(admin.post("/api/v1/accounts", json=person))["password"])


def signed_in(node: RunningNode, login: str, password: str) -> httpx.Client:
    """With a password of their own from now on."""
    client = _client(node)
    said(client.post("/api/v1/session", json={"login": login, "password": password}))
    said(client.post("/api/v1/session/password", json={"old": password, "new": PASSWORD}))
    return client


def known(node: RunningNode, login: str) -> httpx.Client:
    """Somebody who has a password of their own already."""
    client = _client(node)
    said(client.post("/api/v1/session", json={"login": login, "password": PASSWORD}))
    return client


def _client(node: RunningNode) -> httpx.Client:
    return httpx.Client(base_url=node.url, headers={"x-requested-with": "quanyu"}, timeout=60, verify=PLAIN)


def publish_residents(node: RunningNode) -> None:
    publish(node, "residents", "居民登记", RESIDENTS)


def publish(node: RunningNode, dataset: str, title: str, text: str) -> None:
    """As civil affairs give it, under a condition."""
    assert node.import_text(dataset, text, f"{dataset}.csv")["state"] == "done"
    path = f"/api/v1/catalogue/{dataset}"
    entry = {
        "title": title, "abstract": "登记", "organisation": "civil", "share_type": 2, "share_condition": "核对",
    }  # fmt: skip
    with node.client() as client:
        changed = client.patch(path, json=entry, headers={"if-match": client.get(path).headers["etag"]})
        said(changed)
        said(client.post(f"{path}/publish", headers={"if-match": changed.headers["etag"]}))
