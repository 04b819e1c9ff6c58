"""The node's own doors, as everybody outside reaches them: HTTP with the token of the local operator."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec

from quanyu.app.demo.files import Delivered
from quanyu.app.node import Node
from quanyu.identity import read_operator_token

_PATIENCE = httpx.Timeout(10.0, read=60.0)
_LOOK_SECONDS = 0.5
_PUBLISHED, _OFFLINE = "published", "offline"
_OVER = frozenset(("done", "failed", "cancelled"))


class Door:
    """Raises httpx.HTTPError for every refusal; who calls tries again later."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def wait(self) -> None:
        """Until the node answers."""
        while True:
            with contextlib.suppress(httpx.HTTPError):
                await self._ask("GET", "/readyz")
                return
            await asyncio.sleep(_LOOK_SECONDS)

    async def send_file(self, dataset: str, file: Delivered) -> str:
        """The upload of the portal. Returns the import, the earlier one if the file is known."""
        path = f"/api/v1/datasets/{dataset}/imports"
        form = {"options": msgspec.json.encode(file.said).decode()}
        answer = await self._ask("POST", path, files=[("file", (file.name, file.content))], data=form)
        return str(answer["import"])

    async def until_over(self, import_id: str) -> str:
        """The state in which the import ended."""
        while True:
            known = await self._ask("GET", f"/api/v1/imports/{import_id}")
            if known["state"] in _OVER:
                return str(known["state"])
            await asyncio.sleep(_LOOK_SECONDS)

    async def until_all_over(self, datasets: Collection[str]) -> None:
        """The imports of these that are under way, which are among the newest."""
        known = await self._ask("GET", "/api/v1/imports", params={"limit": 200})
        for one in known["items"]:
            if one["dataset"] in datasets and one["state"] not in _OVER:
                await self.until_over(one["id"])

    async def holds(self, dataset: str) -> bool:
        """Whether records are there."""
        known = await self._find(f"/api/v1/datasets/{dataset}")
        return bool(known and known["records"])

    async def versions(self, dataset: str) -> int:
        """How often its content changed."""
        return int((await self._ask("GET", f"/api/v1/datasets/{dataset}"))["version"])

    async def remove(self, dataset: str) -> None:
        """Comes back when what grew from it is gone as well, or it has begun anew.

        Its entry tells: one that was published goes offline, one that never was is forgotten.
        """
        await self._ask("DELETE", f"/api/v1/datasets/{dataset}")
        while not await self.holds(dataset):
            known = await self._find(f"/api/v1/catalogue/{dataset}")
            if known is None or known["entry"]["state"] == _OFFLINE:
                return
            await asyncio.sleep(_LOOK_SECONDS)

    async def entry(self, dataset: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self._ask("GET", f"/api/v1/catalogue/{dataset}"))["entry"]
        return found

    async def describe(self, dataset: str, said: dict[str, Any]) -> None:
        entry = await self.entry(dataset)
        await self._ask("PATCH", f"/api/v1/catalogue/{dataset}", json=said, headers=_as_read(entry))

    async def confirm_grade(self, dataset: str) -> None:
        """As suggested; without it nothing is open."""
        await self._ask("POST", f"/api/v1/catalogue/{dataset}/grade/confirm", json={})

    async def publish(self, dataset: str) -> None:
        entry = await self.entry(dataset)
        if entry["state"] != _PUBLISHED:
            await self._ask("POST", f"/api/v1/catalogue/{dataset}/publish", headers=_as_read(entry))

    async def release(self, dataset: str) -> None:
        """Files of open data, the first time."""
        path = f"/api/v1/catalogue/{dataset}/releases"
        if not (await self._ask("GET", path))["items"]:
            await self._ask("POST", path, json={})

    async def match(self, job: str, said: dict[str, Any]) -> None:
        """Sets the job and runs it, the first time."""
        known = await self._ask("GET", "/api/v1/fusion/jobs")
        if all(one["name"] != job for one in known["items"]):
            await self._ask("PUT", f"/api/v1/fusion/jobs/{job}", json=said)
            await self._ask("POST", f"/api/v1/fusion/jobs/{job}/run")

    async def keep_rule(self, said: dict[str, Any]) -> None:
        """Publishes the rule and switches it on, the first time."""
        known = await self._ask("GET", "/api/v1/rules", params={"q": said["name"]})
        if all(one["name"] != said["name"] for one in known["items"]):
            await self._ask("POST", "/api/v1/rules", json=said)
            await self.switch_rule(said["name"], on=True)

    async def is_on(self, pack: str) -> bool:
        return bool((await self._ask("GET", f"/api/v1/packs/{pack}"))["state"] == "on")

    async def was_switched(self, pack: str) -> bool:
        """Ever."""
        return (await self._ask("GET", f"/api/v1/packs/{pack}"))["changed"] is not None

    async def switch(self, pack: str, *, on: bool) -> None:
        await self._ask("PUT", f"/api/v1/packs/{pack}/state", json={"enabled": on})

    async def tell(self, method: str, path: str, **call: Any) -> Any:
        """A door of a pack."""
        return await self._ask(method, path, **call)

    async def switch_rule(self, name: str, *, on: bool) -> None:
        await self._ask("PUT", f"/api/v1/rules/{name}/state", json={"state": "on" if on else "off"})

    async def sources_of(self, datasets: Collection[str]) -> list[str]:
        names: list[str] = []
        asked: dict[str, Any] | None = {}
        while asked is not None:
            part = await self._ask("GET", "/api/v1/sources", params=asked)
            names += [one["name"] for one in part["items"] if one["dataset"] in datasets]
            asked = {"after": part["next"]} if part["next"] else None
        return names

    async def remove_at(self, path: str) -> None:
        await self._ask("DELETE", path)

    async def update(self, entities: Sequence[dict[str, Any]]) -> None:
        """Entities that are not there are none of our business: their file is not imported yet, or was refused."""
        if entities:
            await self._ask("POST", "/ngsi-ld/v1/entityOperations/update", json=list(entities))

    async def _find(self, path: str) -> Any | None:
        """None: there is no such thing."""
        try:
            return await self._ask("GET", path)
        except httpx.HTTPStatusError as error:
            if error.response.status_code == httpx.codes.NOT_FOUND:
                return None
            raise

    async def _ask(self, method: str, path: str, **call: Any) -> Any:
        response = await self._client.request(method, path, **call)
        response.raise_for_status()
        return msgspec.json.decode(response.content) if response.content else None


@asynccontextmanager
async def open_door(node: Node) -> AsyncIterator[Door]:
    headers = {"authorization": f"Bearer {read_operator_token(node.folder)}"}
    async with httpx.AsyncClient(
        base_url=node.settings.local_url, headers=headers, timeout=_PATIENCE, trust_env=False
    ) as client:
        yield Door(client)


def _as_read(entry: dict[str, Any]) -> dict[str, str]:
    return {"if-match": f'"{entry["version"]}"'}
