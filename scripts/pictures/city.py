"""The city whose pages are taken: a demonstration node, people of each post, and the ids that detail pages need."""

import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.running import RunningNode, node_in

PASSWORD = "Blue-harbour-2026!"  # noqa: S105  of a city that is thrown away
DESK = ("acceptor", "shift_chief", "dispatcher", "handler", "patroller", "callback_agent", "supervisor")
_CREW = "jz-water"
# Who looks at which pages: the administrator who is there from the start, and those that are made here.
PEOPLE = {
    "desk": ("王丽", None, (*DESK, "data_officer")),
    "crew": ("刘建国", _CREW, ("handler",)),
    "audit": ("赵敏", None, ("audit_admin",)),
    "safety": ("孙洁", None, ("security_admin",)),
    "consumer": ("陈晨", "jz-transport", ("department_officer",)),
    "provider": ("李娜", "jz-urban", ("department_officer",)),
    "viewer": ("周宁", "jz-market", ("department_officer",)),
    "stranger": ("钱宁", None, ()),
}
_DATASETS = {"service-requests", "car-parks", "roads", "manholes", "air-quality", "ambulances"}
_SENSORS = {"demo-air", "demo-manholes"}
_WAIT_SECONDS = 360


@dataclass(frozen=True)
class City:
    """`folder`: of the data of its node, where it was started here."""

    url: str
    clients: dict[str, httpx.Client]
    folder: Path | None = None

    @property
    def data(self) -> Path:
        assert self.folder is not None
        return self.folder

    def get(self, path: str, who: str = "admin", **query: Any) -> Any:
        return self.clients[who].get(f"/api/v1{path}", params=query).raise_for_status().json()

    def tell(self, path: str, said: object, *, who: str = "admin", method: str = "POST") -> Any:
        answer = self.clients[who].request(method, f"/api/v1{path}", json=said)
        if answer.is_error:
            raise SystemExit(f"{method} {path} as {who}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None


@contextmanager
def demonstration(address: str | None) -> Iterator[City]:
    """One in a folder that is thrown away, or the one at the address, whose administrator has PASSWORD."""
    with ExitStack() as stack:
        if address is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="quanyu-pictures-")))
            node = stack.enter_context(stopping_node(folder / "data", "--demo"))
            take_over(node)
            address = node.url
        city = City(address, {"admin": stack.enter_context(signed_in(address, "admin"))})
        _await_data(city)
        _let_in(city, stack, *PEOPLE)
        yield city


@contextmanager
def empty_city() -> Iterator[City]:
    """A node with nothing in it but its administrator, and people who belong to no body."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="quanyu-empty-"))
        node = stack.enter_context(stopping_node(Path(folder) / "data"))
        take_over(node)
        city = City(node.url, {"admin": stack.enter_context(signed_in(node.url, "admin"))}, node.data)
        _let_in(city, stack, *(login for login, (_, body, _) in PEOPLE.items() if body is None))
        yield city


def packs_on(city: City) -> None:
    """So that their pages are there, with nothing to show."""
    for pack in city.get("/packs")["items"]:
        city.tell(f"/packs/{pack['name']}/state", {"enabled": True}, method="PUT")


@contextmanager
def stopping_node(data: Path, *flags: str, **settings: str) -> Iterator[RunningNode]:
    """Stopped, not killed: the database of a killed one still writes while its folder is thrown away."""
    with node_in(data, *flags, environment=settings) as node:
        try:
            yield node
        finally:
            node.stop()


def take_over(node: RunningNode) -> None:
    """The administrator replaces the password of the first start."""
    found = re.search(r"one-time password (\S+)", node.output)
    if found is None:
        raise SystemExit(node.output)
    _replace(node.url, "admin", found[1])


def _await_data(city: City) -> None:
    """Until the departments have delivered, the packs have theirs, the crew has a task, and the sensors' figures are counted."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline:
        known = {one["name"] for one in city.get("/datasets")["items"]}
        busy = any(one["state"] in {"waiting", "running"} for one in city.get("/imports")["items"])
        arrived = known >= _DATASETS and not busy and _sensors_are_counted(city)
        if arrived and city.get("/cases", open=True, organisation=_CREW)["items"]:
            return
        time.sleep(1)
    raise SystemExit("the city's data does not arrive")


def _sensors_are_counted(city: City) -> bool:
    heard = {one["name"] for one in city.get("/sources")["items"] if one["records"]}
    counted = [one["latest"] for one in city.get("/indicators")["items"] if "entities" in one["sources"]]
    return heard >= _SENSORS and any(counted)


def _let_in(city: City, stack: ExitStack, *logins: str) -> None:
    for login in logins:
        _engage(city, login)
        city.clients[login] = stack.enter_context(signed_in(city.url, login))


def _engage(city: City, login: str) -> None:
    known = {one["login"] for one in city.get("/accounts", limit=500)["items"]}
    if login in known:
        return
    name, organisation, roles = PEOPLE[login]
    made = city.tell("/accounts", {"login": login, "name": name, "organisation": organisation})
    who = "safety" if login == "audit" and "safety" in city.clients else "admin"
    city.tell(f"/accounts/{made['account']['id']}/roles", {"roles": list(roles)}, who=who, method="PUT")
    _replace(city.url, login, made["password"])


def _replace(url: str, login: str, password: str) -> None:
    with signed_in(url, login, password) as client:
        client.post("/api/v1/session/password", json={"old": password, "new": PASSWORD}).raise_for_status()


@contextmanager
def signed_in(url: str, login: str, password: str = PASSWORD) -> Iterator[httpx.Client]:
    own = {"x-requested-with": "portal", "origin": url}
    with httpx.Client(base_url=url, headers=own, timeout=60) as client:
        client.post("/api/v1/session", json={"login": login, "password": password}).raise_for_status()
        yield client
