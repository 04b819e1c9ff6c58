"""A county and its city lose each other for twenty minutes, and change their keys while they talk: both work on, and afterwards nothing is
missing and nothing there twice."""

import faulthandler
import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.line import Line, line_to
from tests.flows.levels import ALLOWED, CITY, COUNTY, administrator, signed_in
from tests.flows.sharing_steps import items, said, until
from tests.running import RunningNode, node_in

SLOW = bool(os.environ.get("QUANYU_SLOW_FAULTS"))
CUT_SECONDS = 20 * 60 if SLOW else 10
"""All of it in `make faults`."""
CASES = 20 if SLOW else 5
"""Handed up while the line is cut."""
ROTATIONS = 20 if SLOW else 4

DRIFT = {"channel": "hotline", "description": "跨界河道漂浮物", "class": "E01001"}
ACCEPT, FILE = {"name": "accept"}, {"name": "file"}


POSTS = ["acceptor", "shift_chief", "dispatcher", "handler", "supervisor"]


@dataclass(frozen=True)
class Side:
    """A node as its event centre and as its administrator see it."""

    desk: httpx.Client
    admin: httpx.Client

    def case(self, *acts: dict[str, str]) -> str:
        made: str = said(self.desk.post("/api/v1/reports", json=DRIFT))["id"]
        for act in acts:
            said(self.desk.post(f"/api/v1/cases/{made}/acts", json=act))
        return made

    def shared(self) -> dict[str, tuple[str, Any]]:
        """Every case that another node has too, by its one name: its number here, and what all have done with it."""
        listed = [one["id"] for one in items(self.desk, "/api/v1/cases?limit=200")]
        views = {id: said(self.desk.get(f"/api/v1/cases/{id}/nodes")) for id in listed}
        found = [(view["shared"], (id, view["timeline"])) for id, view in views.items() if view["nodes"]]
        assert len(dict(found)) == len(found), "a case is there twice"
        return dict(found)

    def receipts(self) -> dict[str, str] | None:
        """The hash of the receipt of every message, once none waits. None is refused."""
        page = said(self.admin.get("/api/v1/messages", params={"limit": 100}))
        found = page["items"]
        while page["next"]:
            page = said(self.admin.get("/api/v1/messages", params={"limit": 100, "after": page["next"]}))
            found += page["items"]
        states = {one["state"] for one in found}
        assert states <= {"accepted", "waiting"}, found
        return None if "waiting" in states else {one["id"]: one["receipt_hash"] for one in found}


@dataclass(frozen=True)
class Pair:
    """The county calls the city over the line, and nobody can call the county."""

    city: Side
    county: Side
    line: Line

    def hands_up(self) -> str:
        """A case that is the city's; how the two call it together."""
        handed = {"name": "raise", "organisation": "city-water", "reason": "超出本县"}
        return f"qingchuan/{self.county.case(ACCEPT, FILE, handed)}"

    def works_on(self, shared: str, act: dict[str, str]) -> None:
        """The city, with what it was handed."""
        number, _ = self.city.shared()[shared]
        said(self.city.desk.post(f"/api/v1/cases/{number}/acts", json=act))

    def agree_on(self, wanted: set[str]) -> None:
        """In the end: the same cases with the same timelines, and the same receipt of every message."""

        def same() -> bool:
            above, below = (
                {name: told for name, (_, told) in side.shared().items()} for side in (self.city, self.county)
            )
            return above.keys() == wanted and above == below

        until(same)
        until(lambda: (kept := self.county.receipts()) is not None and kept == self.city.receipts())


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with (
        node_in(tmp_path / "city", environment=ALLOWED) as city,
        node_in(tmp_path / "county", environment=ALLOWED) as county,
        line_to(city.url) as line,
        side_of(city, CITY, url=line.url) as above,
        side_of(county, COUNTY) as below,
    ):
        invited = said(above.admin.post("/api/v1/nodes/invitations", json={"level": "county"}))
        said(below.admin.post("/api/v1/nodes/join", json=invited))
        said(below.admin.put("/api/v1/organisations/city-water", json={"name": "市水务局"}))
        said(below.admin.put("/api/v1/nodes/jiangzhou/bodies", json={"organisations": ["city-water"]}))
        yield Pair(above, below, line)


@contextmanager
def side_of(node: RunningNode, named: tuple[str, str, str], **address: str) -> Iterator[Side]:
    id, name, level = named
    with closing(administrator(node)) as admin:
        said(admin.post("/api/v1/nodes/self", json={"id": id, "name": name, "level": level, **address}))
        person = {"login": "desk", "name": "王丽", "roles": POSTS}
        once = said(admin.post("/api/v1/accounts", json=person))["password"]
        with closing(signed_in(node, "desk", once)) as desk:
            yield Side(desk, admin)


def test_a_cut_of_twenty_minutes_loses_nothing_and_doubles_nothing(pair: Pair) -> None:
    faulthandler.dump_traceback_later(
        CUT_SECONDS + 600, exit=True
    )  # by itself a test is ended after ten minutes
    first = pair.hands_up()
    pair.agree_on({first})
    pair.line.cut()
    pair.works_on(first, ACCEPT)
    wanted = {first}
    for _ in range(CASES):
        wanted.add(pair.hands_up())
        time.sleep(CUT_SECONDS / CASES)
    pair.works_on(first, FILE)
    assert pair.city.shared().keys() == {first}
    until(
        lambda: (
            [one["id"] for one in items(pair.county.admin, "/api/v1/nodes") if one["fault"]] == ["jiangzhou"]
        )
    )
    pair.line.mend()
    pair.agree_on(wanted)


def test_keys_that_change_under_traffic_break_no_message(pair: Pair) -> None:
    """A new one for each in turn, of either suite, while cases go up and answers come down."""
    wanted = set()
    for number in range(ROTATIONS):
        wanted.add(pair.hands_up())
        whose = pair.county if number % 2 else pair.city
        suite = ("ed25519", "sm2")[number // 2 % 2]
        said(whose.admin.post("/api/v1/nodes/self/keys", json={"suite": suite}))
        wanted.add(pair.hands_up())
    pair.agree_on(wanted)
