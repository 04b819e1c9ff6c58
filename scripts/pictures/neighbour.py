"""A county below the city, as a node of its own that only calls out: it publishes a register, and is asked for it."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from scripts.pictures.city import City, signed_in, stopping_node, take_over
from tests.running import RunningNode

_ID, _DATASET = "yunling-county", "farm-roads"
_CITY = {
    "id": "jiangzhou",
    "name": "江州市",
    "name_en": "Jiangzhou",
    "level": "city",
    "region": "990100",
    "suite": "ed25519",
}
_COUNTY = {
    "id": _ID,
    "name": "云岭县",
    "name_en": "Yunling County",
    "level": "county",
    "region": "990104",
    "suite": "ed25519",
}
_ROADS = "路段编号,路名,所属乡镇,长度米,路面\n" + "".join(
    f"YL{number:03},云岭{number}号村道,{'松风镇石桥镇枫林乡'[number % 3 * 3 : number % 3 * 3 + 3]},{number * 37 % 900 + 120},"
    f"{'水泥沥青砂石'[number % 3 * 2 : number % 3 * 2 + 2]}\n"
    for number in range(1, 61)
)  # fmt: skip
_ALLOWED = {"QUANYU_ALLOWED_HOSTS": "127.0.0.1"}
_WAIT_SECONDS = 180


@contextmanager
def county(city: City) -> Iterator[dict[str, str]]:
    """Joined for as long as the pictures are taken; returns the ids that its pages need."""
    with (
        tempfile.TemporaryDirectory(prefix="quanyu-county-") as folder,
        stopping_node(Path(folder) / "data", **_ALLOWED) as node,
    ):
        take_over(node)
        with signed_in(node.url, "admin") as county:
            _join(city, county)
            _publish(node, county)
        city.tell(f"/nodes/{_ID}/subscription", {"on": True}, method="PUT")
        _await_listing(city)
        yield {"node": _ID, "listed": _DATASET, "asked": _ask(city)}


def _join(city: City, county: httpx.Client) -> None:
    city.tell("/nodes/self", _CITY | {"url": city.url})
    invitation = city.tell("/nodes/invitations", {"level": "county"})["invitation"]
    county.post("/api/v1/nodes/self", json=_COUNTY).raise_for_status()
    county.post("/api/v1/nodes/join", json={"invitation": invitation}).raise_for_status()


def _publish(node: RunningNode, county: httpx.Client) -> None:
    node.import_text(_DATASET, _ROADS, "农村公路.csv")
    county.put("/api/v1/organisations/yl-transport", json={"name": "云岭县交通运输局"}).raise_for_status()
    path = f"/api/v1/catalogue/{_DATASET}"
    known = county.get(path)
    said = {
        "title": "农村公路台账", "abstract": "县乡村道路的编号、长度与路面类型", "organisation": "yl-transport",
        "share_type": 2, "share_condition": "用于道路养护与救援路径",
    }  # fmt: skip
    changed = county.patch(path, json=said, headers={"if-match": known.headers["etag"]}).raise_for_status()
    county.post(f"{path}/publish", headers={"if-match": changed.headers["etag"]}).raise_for_status()


def _await_listing(city: City) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline:
        if any(line["entry"]["node"] == _ID for line in city.get("/cascade")["items"]):
            return
        time.sleep(0.5)
    raise SystemExit("the county's catalogue does not arrive")


def _ask(city: City) -> str:
    now = datetime.now(UTC)
    said = {
        "dataset": _DATASET, "items": [{"name": "路段编号"}, {"name": "长度米"}], "title": "救护车路径规划",
        "purpose": "山区急救路径按路面类型计算", "basis": "东海省政务数据共享条例 第十五条",
        "starts": now.isoformat(), "ends": (now + timedelta(days=180)).isoformat(),
    }  # fmt: skip
    return str(city.tell(f"/nodes/{_ID}/requests", said, who="consumer")["id"])
