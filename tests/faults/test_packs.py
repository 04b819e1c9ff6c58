"""A pack that others made is broken in every way that a handler can be: its own requests fail, everybody else goes on."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from quanyu.packs.scaffold import make
from tests.running import RunningNode, node_in

_BASE = "/api/v1/packs/broken"
_SECONDS = 3
_MEMORY = 768 * 1024**2
_RUN = "/ogc/processes/broken.{}/execution"

_CODE = """
import os, re, time
from litestar import get, post
from quanyu.packs import Algorithm, Asker, Pack, TheDatabase, things
from quanyu.core.errors import Denied, Invalid

_READ = {"action": "entity.read"}

@get("/api/v1/packs/broken/well", opt=_READ)
async def well(actor: Asker, database: TheDatabase, word: str = "well") -> dict[str, str]:
    async with database.tenant(actor.tenant) as connection:
        await things(connection, actor.tenant, "Nothing")
    return {"said": word, "by": actor.id, "process": str(os.getpid())}

@post("/api/v1/packs/broken/echo", opt={"action": "entity.write"})
async def echo(data: dict[str, int]) -> dict[str, int]:
    return data

@get("/api/v1/packs/broken/wait", opt=_READ)
async def wait() -> None:
    time.sleep(600)

@get("/api/v1/packs/broken/compute", opt=_READ)
async def compute() -> None:
    while True:
        pass

@get("/api/v1/packs/broken/backtrack", opt=_READ)
async def backtrack() -> None:
    re.match("(a*)*b", "a" * 40)

@get("/api/v1/packs/broken/leave", opt=_READ)
async def leave() -> None:
    os._exit(7)

@get("/api/v1/packs/broken/eat", opt=_READ)
async def eat() -> None:
    eaten = []
    while True:
        eaten.append(bytearray(32 * 1024**2))

@get("/api/v1/packs/broken/eat-at-once", opt=_READ)
async def eat_at_once() -> None:
    import numpy
    numpy.ones(10 * 1024**3, dtype=numpy.uint8)

@get("/api/v1/packs/broken/fail", opt=_READ)
async def fail() -> None:
    raise RuntimeError("of the pack")

@get("/api/v1/packs/broken/refuse", opt=_READ)
async def refuse() -> None:
    raise Invalid("packs.thing.moment")

def hold_up(connection, handler) -> None:
    time.sleep(600)

@get("/api/v1/packs/broken/guarded", opt=_READ, guards=[hold_up])
async def guarded() -> None: ...

def add(numbers, times=1):
    if not numbers:
        raise ValueError("no numbers")
    return {"sum": sum(numbers) * times, "process": os.getpid()}

def hang(numbers, times=1):
    time.sleep(600)

def swallow(numbers, times=1):
    return {"sum": bytearray(10 * 1024**3), "process": 0}

def forget(numbers, times=1):
    return {"sum": 0}

def algorithm(run):
    return Algorithm(
        name=run.__name__, titles={"zh-CN": "求和", "en": "Sum"}, version="3", run=run,
        inputs={"numbers": {"type": "array"}, "times": {"type": "integer", "default": 1}},
        outputs={"sum": {"type": "number"}, "process": {"type": "integer"}},
    )

pack = Pack(
    name="broken", version="1.0", package=__name__, titles={"zh-CN": "坏包", "en": "Broken"},
    routes=(well, echo, wait, compute, backtrack, leave, eat, eat_at_once, fail, refuse, guarded),
    algorithms=tuple(map(algorithm, (add, hang, swallow, forget))),
)
"""


_MEAN = """
def _mean(values, digits=1):
    return {"mean": round(sum(values) / len(values), digits)}


MEAN = Algorithm(
    name="mean", titles={"zh-CN": "均值", "en": "Mean"}, version="2", run=_mean,
    inputs={"values": {"type": "array"}, "digits": {"type": "integer", "default": 1}}, outputs={"mean": {"type": "number"}},
)
"""

_CROOKED = """
from litestar import get, put
from quanyu.packs import Pack

@put("/api/v1/packs/crooked/state", opt={"action": "pack.manage"})
async def state() -> None: ...

@get("/api/v1/cases", opt={"action": "public"})
async def cases() -> None: ...

@get("/api/v1/packs/crooked/unsaid", opt={"action": "entity.read"})
async def unsaid(what): ...

pack = Pack(name="crooked", version="1.0", package=__name__, titles={"zh-CN": "歪包", "en": "Crooked"}, routes=(state, cases, unsaid))
"""


def _install(folder: Path, name: str, code: str) -> None:
    (folder / f"quanyu_{name}").mkdir(parents=True)
    (folder / f"quanyu_{name}" / "__init__.py").write_text(code, encoding="utf-8")
    _lay_down(folder, name)


def _install_made(folder: Path, name: str) -> None:
    """What `quanyu pack new` makes, with an algorithm besides."""
    made = make(name, folder / "made") / "src" / f"quanyu_{name}"
    value = (made / "__init__.py").read_text(encoding="utf-8")
    value = value.replace("import DatasetRule", "import Algorithm, DatasetRule")
    value = value.replace("pack = Pack(", f"{_MEAN}\n\npack = Pack(\n    algorithms=(MEAN,),")
    (made / "__init__.py").write_text(value, encoding="utf-8")
    made.rename(folder / made.name)
    _lay_down(folder, name)


def _lay_down(folder: Path, name: str) -> None:
    """As pip does with a distribution, in a folder of the search path."""
    facts = folder / f"quanyu_{name}-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: quanyu-{name}\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(f"[quanyu.packs]\n{name} = quanyu_{name}:pack\n")


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNode]:
    folder = tmp_path_factory.mktemp("broken")
    _install(folder, "broken", _CODE)
    _install(folder, "leaving", "raise SystemExit(3)")
    _install(folder, "crooked", _CROOKED)
    _install_made(folder, "swim")
    environment = {
        "PYTHONPATH": str(folder),
        "QUANYU_PACK_SECONDS": str(_SECONDS),
        "QUANYU_PACK_MEMORY": str(_MEMORY),
    }
    with node_in(folder / "data", environment=os.environ | environment) as running:
        with running.client() as client:
            assert client.put(f"{_BASE}/state", json={"enabled": True}).status_code == 200
            assert client.put("/api/v1/packs/swim/state", json={"enabled": True}).json()["grade"] == "gold"
        lamps = str(folder / "quanyu_swim" / "demo" / "lamps.csv")
        assert running.command("import", lamps, "--dataset", "swim-lamps").returncode == 0
        yield running


def test_a_pack_as_new_makes_it_is_installed_switched_on_filled_and_asked_in_sql(node: RunningNode) -> None:
    asked = 'select m.mean, count(*) as lamps from "swim-lamps" l join swim_mean((select longitude as values from "swim-lamps"), digits => 3) m on true group by m.mean'
    with node.client() as client:
        assert client.get("/api/v1/packs/swim/lamps").json() == {"lamps": 2}
        answer = client.post("/api/v1/workbench/query", json={"sql": asked}).json()
        assert answer["items"] == [{"mean": 121.505, "lamps": 2}]
        run = client.get(f"/api/v1/compute/runs/{answer['runs'][0]}").json()
        assert (run["process"], run["version"]) == ("swim.mean", "2")


def _sum(client: httpx.Client, function: str) -> httpx.Response:
    sql = f'select * from broken_{function}((select 3 as numbers from "swim-lamps"), times => 2)'
    return client.post("/api/v1/workbench/query", json={"sql": sql})


def test_an_algorithm_in_sql_runs_in_the_packs_own_process_and_fails_alone(node: RunningNode) -> None:
    with node.client() as client:
        own = int(client.get(f"{_BASE}/well").json()["process"])
        assert _sum(client, "add").json()["items"] == [{"sum": 12, "process": own}]
        failed = {name: _sum(client, name).json()["type"] for name in ("hang", "swallow", "forget")}
        assert {name: one.rpartition(":")[2] for name, one in failed.items()} == {
            "hang": "app.pack.late", "swallow": "app.pack.memory", "forget": "packs.algorithm.failed",
        }  # fmt: skip
        assert _sum(client, "add").json()["items"][0]["sum"] == 12


def _slowest_while(node: RunningNode, path: str) -> tuple[httpx.Response, float]:
    """The answer of the broken route, and the longest that another had to wait for the node meanwhile."""
    with ThreadPoolExecutor(1) as asking, node.client() as broken, node.client() as other:
        asked, slowest = asking.submit(broken.get, path), 0.0
        while not asked.done():
            began = time.monotonic()
            assert other.get("/api/v1/packs").status_code == 200
            slowest = max(slowest, time.monotonic() - began)
        return asked.result(), slowest


@pytest.mark.parametrize("how", ["wait", "compute", "backtrack", "guarded"])
def test_while_a_pack_hangs_everybody_else_is_answered_and_the_next_request_begins_it_anew(
    node: RunningNode, how: str
) -> None:
    with node.client() as client:
        before = client.get(f"{_BASE}/well").json()
        answer, slowest = _slowest_while(node, f"{_BASE}/{how}")
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:quanyu:problem:app.pack.late")
        assert slowest < _SECONDS
        after = client.get(f"{_BASE}/well").json()
        assert after["said"] == "well"
        assert after["process"] != before["process"]
        trouble = client.get(_BASE).json()["trouble"]
        assert (trouble["reason"], trouble["where"]) == ("late", f"GET {_BASE}/{how}")


def test_a_pack_that_ends_its_process_ends_nothing_else(node: RunningNode) -> None:
    with node.client() as client:
        answer = client.get(f"{_BASE}/leave")
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:quanyu:problem:app.pack.ended")
        assert client.get(f"{_BASE}/well", params={"word": "again"}).json()["said"] == "again"
        assert client.get(_BASE).json()["trouble"]["reason"] == "ended"


@pytest.mark.parametrize("how", ["eat", "eat-at-once"])
def test_a_pack_that_eats_memory_is_ended_at_its_limit_while_everybody_else_is_answered(
    node: RunningNode, how: str
) -> None:
    with node.client() as client:
        answer, slowest = _slowest_while(node, f"{_BASE}/{how}")
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:quanyu:problem:app.pack.memory")
        assert slowest < _SECONDS
        assert client.get(f"{_BASE}/well").json()["said"] == "well"
        trouble = client.get(_BASE).json()["trouble"]
        assert (trouble["reason"], trouble["where"]) == ("memory", f"GET {_BASE}/{how}")
        assert f"GET {_BASE}/{how}" in node.command("pack", "list", "--json").stdout


def test_an_algorithm_of_a_pack_is_a_process_that_runs_in_the_packs_own_and_is_kept_with_its_version(
    node: RunningNode,
) -> None:
    with node.client() as client:
        well = client.get(f"{_BASE}/well").json()
        listed = {one["id"]: one for one in client.get("/ogc/processes").json()["processes"]}
        assert {"route", "broken.add"} <= listed.keys()
        told = client.get("/ogc/processes/broken.add").json()
        assert (told["version"], told["inputs"]["numbers"]) == ("3", {"type": "array"})
        done = client.post(_RUN.format("add"), json={"inputs": {"numbers": [1, 2], "times": 2}})
        assert done.json() == {"sum": 6, "process": int(well["process"])}
        newest = client.get("/api/v1/compute/runs").json()["items"][0]
        run = client.get(f"/api/v1/compute/runs/{newest['id']}").json()
        assert (run["process"], run["version"]) == ("broken.add", "3")
        assert (run["inputs"], run["outputs"]["sum"]) == ({"numbers": [1, 2], "times": 2}, 6)
        assert run["metrics"]["seconds"] > 0


def test_what_an_algorithm_cannot_take_is_named_and_one_that_fails_fails_alone(node: RunningNode) -> None:
    with node.client() as client:
        wrong = client.post(_RUN.format("add"), json={"inputs": {"times": "x", "more": 1}})
        assert wrong.status_code == 400
        assert {one["where"] for one in wrong.json()["faults"]} == {"/numbers", "/times", "/more"}
        refused = client.post(_RUN.format("add"), json={"inputs": {"numbers": []}})
        assert (refused.status_code, "no numbers" in refused.text) == (400, True)
        failed = {
            name: client.post(_RUN.format(name), json={"inputs": {"numbers": [1]}})
            for name in ("hang", "swallow", "forget")
        }
        assert {name: one.json()["type"].rpartition(":")[2] for name, one in failed.items()} == {
            "hang": "app.pack.late", "swallow": "app.pack.memory", "forget": "packs.algorithm.failed",
        }  # fmt: skip
        assert {one.status_code for one in failed.values()} == {503}
        assert client.post(_RUN.format("none"), json={"inputs": {}}).status_code == 404
        assert client.post(_RUN.format("add"), json={"inputs": {"numbers": [1]}}).json()["sum"] == 1


def test_an_algorithm_of_a_pack_that_is_off_does_not_exist(node: RunningNode) -> None:
    with node.client() as client:
        client.put(f"{_BASE}/state", json={"enabled": False})
        try:
            assert "broken.add" not in client.get("/ogc/processes").text
            assert client.get("/ogc/processes/broken.add").status_code == 404
            assert client.post(_RUN.format("add"), json={"inputs": {"numbers": [1]}}).status_code == 404
        finally:
            client.put(f"{_BASE}/state", json={"enabled": True})


def test_what_was_asked_besides_a_handler_that_hangs_is_told_that_the_process_ended(
    node: RunningNode,
) -> None:
    with ThreadPoolExecutor(2) as asking, node.client() as one, node.client() as two:
        one.get(f"{_BASE}/well")
        hanging = asking.submit(one.get, f"{_BASE}/wait")
        time.sleep(0.5)
        beside = asking.submit(two.get, f"{_BASE}/well")
        assert hanging.result().json()["type"] == "urn:quanyu:problem:app.pack.late"
        assert beside.result().status_code == 503
        assert one.get(_BASE).json()["trouble"]["where"] == f"GET {_BASE}/wait"


def test_faults_refusals_and_bodies_come_back_as_from_the_node_itself(node: RunningNode) -> None:
    with node.client() as client:
        failed = client.get(f"{_BASE}/fail")
        assert (failed.status_code, "of the pack" in failed.text) == (500, False)
        refused = client.get(f"{_BASE}/refuse")
        assert refused.json()["type"] == "urn:quanyu:problem:packs.thing.moment"
        assert client.post(f"{_BASE}/echo", json={"a": 1}).json() == {"a": 1}
        wrong = client.post(f"{_BASE}/echo", json={"a": "x"})
        assert (wrong.status_code, wrong.headers["content-type"]) == (400, "application/problem+json")
        assert "/api/v1/packs/broken/echo" in client.get("/api/v1/openapi/openapi.json").json()["paths"]


def test_who_may_not_ask_is_refused_before_the_pack_hears_of_it(node: RunningNode) -> None:
    assert httpx.post(f"{node.url}{_BASE}/echo", json={"a": 1}).status_code == 401


def test_a_pack_whose_module_leaves_python_is_shown_as_broken(node: RunningNode) -> None:
    with node.client() as client:
        listed = {one["name"]: one for one in client.get("/api/v1/packs").json()["items"]}
    assert listed["leaving"]["state"] == "broken"
    assert "SystemExit: 3" in listed["leaving"]["fault"]


def test_routes_that_cannot_be_mounted_keep_no_node_from_starting_and_hide_none_of_its_own(
    node: RunningNode,
) -> None:
    with node.client() as client:
        refused = client.put("/api/v1/packs/crooked/state", json={"enabled": True})
        assert {fault["where"] for fault in refused.json()["faults"]} >= {
            "/api/v1/packs/crooked/state",
            "/api/v1/cases",
            "/routes",
        }
        assert "items" in client.get("/api/v1/cases").json()


def test_trouble_is_listed_and_is_over_when_the_pack_is_switched_on_anew(node: RunningNode) -> None:
    with node.client() as client:
        client.get(f"{_BASE}/leave")
        assert f"GET {_BASE}/leave" in node.command("pack", "list", "--json").stdout
        client.put(f"{_BASE}/state", json={"enabled": False})
        assert client.put(f"{_BASE}/state", json={"enabled": True}).json()["trouble"] is None


def test_what_a_city_never_had_is_refused_in_words_when_it_is_switched_off_or_charged(
    node: RunningNode,
) -> None:
    with node.client() as client:
        assert client.put("/api/v1/packs/nothing/state", json={"enabled": False}).status_code == 404
        refused = client.put("/api/v1/packs/broken/settings", json={"body": "no-such-body"})
    assert (refused.status_code, refused.json()["faults"][0]["where"]) == (400, "/body")
    assert "no-such-body" in refused.json()["faults"][0]["message"]
