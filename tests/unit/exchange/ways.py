"""Every way in which a contract gives data, asked through its door; what came is told in the columns of the dataset."""

import asyncio
import io
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow.parquet as pq

from tests.patience import PATIENCE_SECONDS
from tests.unit.exchange.city import RESIDENTS, City

ATTRIBUTES = {"requestCode": "编号", "streetName": "街道", "requestStatus": "状态"}
"""What the model calls columns as entities have them."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Came:
    """`status` as the door answered; `said` why not."""

    status: int
    rows: tuple[Row, ...] = ()
    said: str = ""

    def by_key(self) -> dict[str, Row]:
        return {one["编号"]: one for one in self.rows}

    def column(self, name: str) -> set[Any]:
        return {one[name] for one in self.rows if name in one}


Way = Callable[[City, str], Awaitable[Came]]


async def _page(city: City, path: str, method: str = "GET", **call: Any) -> Came:
    answer = await city.clients["county"].request(method, path, **call)
    body = answer.json()
    found = body if isinstance(body, list) else body.get("items", [body])
    return Came(answer.status_code, tuple(found) if answer.is_success else (), answer.text)


async def records(city: City, id: str) -> Came:
    return await _page(city, f"/api/v1/sharing/contracts/{id}/records", params={"limit": 500})


async def sql(city: City, id: str, query: str = f"select * from {RESIDENTS}") -> Came:
    return await _page(city, "/api/v1/sharing/query", "POST", json={"sql": query, "contracts": [id]})


async def file(city: City, id: str) -> Came:
    answer = await city.clients["county"].get(f"/api/v1/sharing/contracts/{id}/file")
    if not answer.is_success:
        return Came(answer.status_code, said=answer.text)
    rows = pq.read_table(io.BytesIO(answer.content)).to_pylist()
    return Came(200, tuple(msgspec.to_builtins(rows)))


async def changes(city: City, id: str) -> Came:
    return await _page(city, f"/api/v1/sharing/contracts/{id}/changes")


async def events(city: City, id: str) -> Came:
    """The first portion of an open line, which is then left."""
    status, told = await _opened(city, f"/api/v1/sharing/contracts/{id}/events")
    if status != 200:
        return Came(status, said=told)
    fields = dict(line.split(": ", 1) for line in told.strip().splitlines() if ": " in line)
    said = msgspec.json.decode(fields["data"])
    refused = fields["event"] != "changes"
    return Came(403 if refused else 200, () if refused else tuple(said["items"]), fields["data"])


async def entities(city: City, id: str, query: str = "") -> Came:
    path = f"/api/v1/sharing/entities/{id}/ngsi-ld/v1/entities?type=ServiceRequest&options=simplified&limit=1000{query}"
    came = await _page(city, path)
    return Came(came.status, tuple(_as_row(one) for one in came.rows), came.said)


async def check(city: City, id: str, claims: Mapping[str, str] | None = None) -> Came:
    asked = {"claims": claims or {"编号": "R001"}}
    return await _page(city, f"/api/v1/sharing/contracts/{id}/check", "POST", json=asked)


async def sandbox(city: City, id: str, query: str = f"select count(*) as n from {RESIDENTS}") -> Came:
    """What the provider sees of it."""
    path = "/api/v1/sharing/trials"
    made = await _page(city, f"/api/v1/sharing/contracts/{id}/trials", "POST", json={"sql": query})
    if made.status != 201:
        return made
    trial = (await city.clients["civil"].get(f"{path}/{made.rows[0]['id']}")).json()
    return Came(200, tuple(trial["result"]), str(trial))


RECORDS: Mapping[str, Way] = {
    "records": records, "sql": sql, "file": file, "changes": changes, "events": events, "entities": entities
}  # fmt: skip
"""Those that give records as they are, one by one."""

WAYS: Mapping[str, Way] = {**RECORDS, "check": check, "sandbox": sandbox}


def _as_row(entity: Row) -> Row:
    shown = {
        ATTRIBUTES.get(name, name): value for name, value in entity.items() if name not in ("id", "type")
    }
    return {name: one["@value"] if isinstance(one, dict) else one for name, one in shown.items()}


async def _opened(city: City, path: str) -> tuple[int, str]:
    """Status and first piece of an answer that goes on."""
    client, first = city.clients["county"], asyncio.Event()
    told: list[Mapping[str, Any]] = []
    request = client.build_request("GET", path)

    async def receive() -> Mapping[str, Any]:
        await first.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        told.append(message)
        if message["type"] == "http.response.body":
            first.set()

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http", "path": path,
        "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": request.headers.raw,
        "client": ("127.0.0.1", 1), "server": ("node", 80),
    }  # fmt: skip
    scope["headers"] = [(name.lower(), value) for name, value in request.headers.raw]
    line = asyncio.create_task(city.door(scope, receive, send))  # type: ignore[arg-type]
    await asyncio.wait_for(first.wait(), PATIENCE_SECONDS)
    line.cancel()
    await asyncio.wait({line})
    return told[0]["status"], bytes(told[1]["body"]).decode()
