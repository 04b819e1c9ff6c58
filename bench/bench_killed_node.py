"""Desks send lists over HTTP to a node that is killed again and again; whoever got no answer sends the same again.

Run: python -m bench killed_node; python bench/bench_killed_node.py [cases]

First it says how many transitions a second a whole node makes over HTTP, in lists of 200 on four connections, each durable
when it is answered. Then comes one wave of work after another, and in the middle of each, after so many answers as chance will have it, the
node is killed. In the end every case and every line of every timeline is counted.
"""

import asyncio
import os
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Coroutine, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.running import RunningNode

LIST, DESKS, SENDERS, KILLS, PAGE = 200, 4, 16, 5, 500
POSTS = ["acceptor", "shift_chief", "dispatcher"]
PASSWORD = "a bench is no secret 7"  # noqa: S105
ACCEPT, FILE, DISPATCH = {"name": "accept"}, {"name": "file"}, {"name": "dispatch", "organisation": "roads"}
WAY = ["open", "accept", "file", "dispatch"]
_CHANCE = random.Random(2)
AGAIN = 0.1
"""So many that were answered are sent again all the same."""


@dataclass(slots=True)
class Desk:
    """`ids` are the cases by what was reported; `reached` is set after `until` more answers."""

    node: RunningNode
    session: str
    ids: dict[str, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    until: int = 0
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    _chance: random.Random = field(default_factory=lambda: random.Random(1))

    async def report(self, names: Iterable[str]) -> None:
        waiting = iter(names)

        async def sender(client: httpx.AsyncClient) -> None:
            for name in waiting:
                said = {"channel": "hotline", "description": name, "class": "C01003"}
                for made in await self._sent(client, "/api/v1/reports", said, key=name):
                    assert self.ids.setdefault(name, made["id"]) == made["id"], "a report became two cases"

        await self._each(SENDERS, sender)

    async def act(self, names: Iterable[str], act: dict[str, str]) -> None:
        ids = [self.ids[name] for name in names]
        waiting = iter([ids[start : start + LIST] for start in range(0, len(ids), LIST)])

        async def sender(client: httpx.AsyncClient) -> None:
            for part in waiting:
                key = f"{act['name']} {part[0]}"
                for answer in await self._sent(
                    client, "/api/v1/cases/acts", {"cases": part, "act": act}, key=key
                ):
                    assert answer["done"] == len(part), answer["items"][:3]

        await self._each(DESKS, sender)

    async def look(self) -> tuple[Counter[str], int]:
        """How many cases there are by their way so far, and how many lines of timelines."""
        ways, lines, seen = Counter[str](), 0, set[str]()
        async with self._client() as client:
            wanted: dict[str, Any] | None = {"limit": PAGE}
            while wanted is not None:
                page = (await client.get("/api/v1/cases", params=wanted)).raise_for_status().json()
                for one in page["items"]:
                    shown = (await client.get(f"/api/v1/cases/{one['id']}")).raise_for_status().json()
                    acts = [step["act"] for step in shown["timeline"]]
                    assert [step["number"] for step in shown["timeline"]] == list(range(1, len(acts) + 1))
                    ways[" ".join(acts)] += 1
                    lines += len(acts)
                    seen.add(one["id"])
                wanted = {"limit": PAGE, "after": page["next"]} if page["next"] else None
        assert seen == set(self.ids.values()), "a case that nobody was told of, or one that is gone"
        return ways, lines

    async def _each(self, number: int, sender: Any) -> None:
        async with self._client() as client:
            await asyncio.gather(*(sender(client) for _ in range(number)))

    async def _sent(
        self, client: httpx.AsyncClient, path: str, said: dict[str, Any], *, key: str
    ) -> list[dict[str, Any]]:
        """Until there is an answer, and sometimes once more; a node that was killed has another address afterwards."""
        answers: list[dict[str, Any]] = []
        wanted = 2 if self._chance.random() < AGAIN else 1
        while len(answers) < wanted:
            headers = {"idempotency-key": key, "origin": self.node.url}
            try:
                answer = await client.post(self.node.url + path, json=said, headers=headers)
            except httpx.HTTPError:
                answer = None
            if answer is None or answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                self.counts["without an answer"] += 1
                await asyncio.sleep(0.2)
                continue
            assert answer.is_success, answer.text
            answers.append(answer.json())
            self._count()
        return answers

    def _count(self) -> None:
        self.until -= 1
        if self.until == 0:
            self.reached.set()

    def _client(self) -> httpx.AsyncClient:
        headers = {"x-requested-with": "bench", "cookie": f"quanyu_session={self.session}"}
        return httpx.AsyncClient(base_url=self.node.url, timeout=120, headers=headers)


async def killed_meanwhile(desk: Desk, work: Coroutine[Any, Any, None], *, after: int) -> None:
    """The node, and its database with it, once so many requests of the work are answered."""
    desk.until, desk.reached = after, asyncio.Event()
    doing = asyncio.create_task(work)
    await desk.reached.wait()
    assert not doing.done(), "nothing was left to be killed"
    await asyncio.to_thread(desk.node.kill)
    desk.counts["kills"] += 1
    await asyncio.to_thread(_start, desk.node)
    await doing


@contextmanager
def running(data: Path) -> Iterator[RunningNode]:
    node = RunningNode(data)
    _start(node)
    try:
        yield node
    finally:
        node.stop()


def _start(node: RunningNode) -> None:
    """On a machine that is busy with other things it may need more than one try."""
    while True:
        try:
            node.start()
        except AssertionError:
            node.kill()
        else:
            return


def signed_in(node: RunningNode) -> str:
    """The session of a desk with all posts, in a city with one body."""
    found = re.search(r"one-time password (\S+)", node.output)
    assert found, node.output
    with _entered(node, "admin", found[1]) as office:
        made = (
            office.post("/api/v1/accounts", json={"login": "desk", "name": "desk"}).raise_for_status().json()
        )
        roles = f"/api/v1/accounts/{made['account']['id']}/roles"
        office.put(roles, json={"roles": POSTS}).raise_for_status()
        office.put("/api/v1/organisations/roads", json={"name": "roads"}).raise_for_status()
    with _entered(node, "desk", made["password"]) as desk:
        return str(desk.cookies["quanyu_session"])


@contextmanager
def _entered(node: RunningNode, login: str, one_time: str) -> Iterator[httpx.Client]:
    """With a password of one's own from now on."""
    own = {"x-requested-with": "bench", "origin": node.url}
    with httpx.Client(base_url=node.url, headers=own, timeout=60) as client:

        def sign_in(password: str) -> None:
            said = {"login": login, "password": password}
            client.post("/api/v1/session", json=said).raise_for_status()

        sign_in(one_time)
        client.post("/api/v1/session/password", json={"old": one_time, "new": PASSWORD}).raise_for_status()
        sign_in(PASSWORD)
        yield client


async def main(cases: int) -> int:
    names = [f"hole {number}" for number in range(cases)]
    before, during = names[: -cases // 5], names[-cases // 5 :]
    with tempfile.TemporaryDirectory() as name, running(Path(name) / "data") as node:
        desk = Desk(node, signed_in(node))
        await desk.report(before)
        began, own = time.perf_counter(), _cpu(node)
        await desk.act(before, ACCEPT)
        seconds, spent = time.perf_counter() - began, _cpu(node) - own
        print(
            f"{len(before) / seconds:,.0f} transitions/s over HTTP on {os.cpu_count()} cores, "
            f"{spent / len(before) * 1000:.2f} ms CPU of the node's process each (goal 2,000/s)", flush=True,
        )  # fmt: skip

        for wave in range(KILLS):
            known, fresh = before[wave::KILLS], during[wave::KILLS]
            await killed_meanwhile(desk, _wave(desk, known, fresh), after=_CHANCE.randint(1, len(fresh)))
        ways, lines = await desk.look()
    print(f"{dict(desk.counts)}; {len(desk.ids)} reports; {dict(ways)}, {lines} lines of timelines")
    return int(ways != {" ".join(WAY): cases} or len(desk.ids) != cases)


async def _wave(desk: Desk, known: list[str], fresh: list[str]) -> None:
    await asyncio.gather(desk.report(fresh), desk.act(known, FILE))
    await asyncio.gather(desk.act(known, DISPATCH), desk.act(fresh, ACCEPT))
    for act in (FILE, DISPATCH):
        await desk.act(fresh, act)


def _cpu(node: RunningNode) -> float:
    """Seconds that the node's own process has used."""
    told = Path(f"/proc/{node.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 4_000)))
