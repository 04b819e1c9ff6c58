"""An office: the routes of this package over a real database and folder, the real engine, one officer at work."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient, Response

from quanyu.core.actor import Actor, ActorKind
from quanyu.core.clock import utc_now
from quanyu.govern.imports.commit import NoHooks
from quanyu.govern.imports.http import routes as import_routes
from quanyu.govern.imports.model import Import
from quanyu.govern.imports.run import run_import
from quanyu.govern.quarantine.http import routes as quarantine_routes
from quanyu.govern.scores.http import routes as score_routes
from quanyu.govern.trace.http import routes as trace_routes
from quanyu.query import DuckEngine
from quanyu.store import Database
from tests.doors import door
from tests.engine import run_here


def lots(number: int = 40, **spaces: str) -> str:
    """A register of car parks; `P004="sixty"` gives that one other spaces."""
    lines = ["编号,名称,车位数,经度,纬度,联系电话"]
    for index in range(1, number + 1):
        code = f"P{index:03}"
        place = f"{121.4 + index / 1000:.4f},{31.2 + index / 1000:.4f}"
        lines.append(
            f"{code},第{index}停车场,{spaces.get(code, str(50 + index))},{place},1381234{5600 + index}"
        )
    return "\n".join(lines) + "\n"


class Office:
    def __init__(self, client: AsyncClient, database: Database, folder: Path, actor: Actor) -> None:
        self.client, self.database, self.folder, self.actor = client, database, folder, actor

    async def sends(self, content: str | bytes, *, dataset: str = "lots", **query: Any) -> dict[str, Any]:
        """Uploaded, worked on, and shown as it came out."""
        answer = await self.posts(content, dataset=dataset, **query)
        assert answer.status_code == 202, answer.text
        import_id = answer.json()["import"]
        await self.works_on(import_id)
        done: dict[str, Any] = (await self.client.get(f"/api/v1/imports/{import_id}")).json()
        return done

    async def posts(self, content: str | bytes, *, dataset: str = "lots", **query: Any) -> Response:
        query = {"filename": f"{dataset}.csv", "key": "编号"} | query
        return await self.client.post(f"/api/v1/datasets/{dataset}/imports", params=query, content=content)

    async def works_on(self, import_id: str) -> Import:
        return await run_import(
            self.database, self.folder, tenant=self.actor.tenant, import_id=import_id,
            run_engine=run_here, hooks=NoHooks(), clock=utc_now,
        )  # fmt: skip

    async def gets(self, path: str, **query: Any) -> Any:
        answer = await self.client.get(f"/api/v1{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(name="lots")
def _lots() -> Any:
    return lots


@pytest.fixture
def officer(tenant: str) -> Actor:
    return Actor(
        id="zhang",
        tenant=tenant,
        kind=ActorKind.ACCOUNT,
        organisation="traffic",
        roles=frozenset({"data_officer"}),
    )


@pytest.fixture
async def office(database: Database, folder: Path, officer: Actor) -> AsyncIterator[Office]:
    async with _client(database, folder, officer) as client:
        yield Office(client, database, folder, officer)


@pytest.fixture
async def operator(database: Database, folder: Path, officer: Actor) -> AsyncIterator[Office]:
    """Somebody who reads everything and looks after nothing."""
    actor = Actor(id="li", tenant=officer.tenant, kind=ActorKind.ACCOUNT, roles=frozenset({"operator"}))
    async with _client(database, folder, actor) as client:
        yield Office(client, database, folder, actor)


@pytest.fixture
async def small_limit(database: Database, folder: Path, officer: Actor) -> AsyncIterator[Office]:
    """The officer at a node that takes uploads of 1,000 bytes."""
    async with _client(database, folder, officer, upload_limit=1000) as client:
        yield Office(client, database, folder, officer)


@pytest.fixture
async def neighbour(database: Database, folder: Path, officer: Actor) -> AsyncIterator[Office]:
    """Somebody of the same city in another department."""
    actor = Actor(
        id="wang", tenant=officer.tenant, kind=ActorKind.ACCOUNT, organisation="parks",
        roles=frozenset({"department_officer"}),
    )  # fmt: skip
    async with _client(database, folder, actor) as client:
        yield Office(client, database, folder, actor)


def _client(database: Database, folder: Path, actor: Actor, **more: Any) -> AsyncClient:
    return door(
        [*import_routes, *quarantine_routes, *score_routes, *trace_routes],
        actor=actor, database=database, folder=folder, clock=utc_now, engine=DuckEngine(folder), run_engine=run_here, **more,
    )  # fmt: skip
