"""A town whose water office keeps a list of persons on duty, and people who come to its doors."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from quanyu.core.actor import Actor, ActorKind
from quanyu.core.clock import utc_now
from quanyu.govern.catalogue.http import routes as catalogue_routes
from quanyu.govern.catalogue.open_files import none_open
from quanyu.govern.catalogue.publication import publish_import
from quanyu.govern.catalogue.warned import no_warnings
from quanyu.govern.imports import service
from quanyu.govern.imports.commit import Committed, NoHooks
from quanyu.govern.imports.http import routes as import_routes
from quanyu.govern.imports.model import About, ImportState, Options
from quanyu.govern.imports.run import run_import
from quanyu.govern.imports.upload import hash_file
from quanyu.govern.quarantine.http import routes as quarantine_routes
from quanyu.govern.scores.http import routes as score_routes
from quanyu.govern.trace.http import routes as trace_routes
from quanyu.identity.organisations.model import Organisation
from quanyu.identity.organisations.service import put_organisations
from quanyu.query import DuckEngine
from quanyu.store import Connection, Database
from tests.doors import door
from tests.engine import run_here

PUMPS = """编号,泵站,联系人,联系电话,备注
1,城东泵站,张伟,13800138000,夜间无人
2,城西泵站,李小红,13912345678,业主13800138000来电
3,城南泵站,王芳,13700001111,
4,城北泵站,赵敏,13600002222,
"""

OPENED = {"abstract": "全市泵站值班表。", "share_type": 1, "is_open": True}


class Cataloguing(NoHooks):
    async def committed(self, connection: Connection, committed: Committed) -> None:
        await publish_import(
            connection, committed.tenant, committed.dataset, committed.report,
            import_id=committed.part_id, author=committed.actor,
        )  # fmt: skip


class Town:
    def __init__(self, database: Database, folder: Path, officer: Actor) -> None:
        self.database, self.folder, self.officer = database, folder, officer
        self.tenant = officer.tenant
        self._clients: list[httpx.AsyncClient] = []

    def door(self, actor: Actor, **more: Any) -> httpx.AsyncClient:
        """The node as it is to somebody."""
        given = {
            "clock": utc_now,
            "engine": DuckEngine(self.folder),
            "open_files": none_open,
            "publish_warnings": no_warnings,
        } | more
        routes = [*catalogue_routes, *import_routes, *quarantine_routes, *score_routes, *trace_routes]
        self._clients.append(door(routes, actor=actor, database=self.database, folder=self.folder, **given))
        return self._clients[-1]

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()

    async def sends(
        self, text: str = PUMPS, *, name: str = "pumps", model: str | None = None, **about: Any
    ) -> None:
        path = self.folder / "uploads" / f"{name}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        file = await hash_file(path, path.name)
        said = About(**({"owner": "water", "region": "440310"} | about))
        async with self.database.tenant(self.tenant) as connection:
            begun = await service.begin_import(
                connection, actor=self.officer, dataset=name, files=[file], options=Options(model=model),
                about=said, now=datetime.now(UTC),
            )  # fmt: skip
        done = await run_import(
            self.database, self.folder, tenant=self.tenant, import_id=begun.import_id,
            run_engine=run_here, hooks=Cataloguing(), clock=utc_now,
        )  # fmt: skip
        assert done.state is ImportState.DONE, done.fault

    async def describes(self, name: str = "pumps", **said: Any) -> httpx.Response:
        """Graded, described and published, or the answer that says why not."""
        client = self.door(self.officer)
        await client.post(f"/api/v1/catalogue/{name}/grade/confirm", json={})
        await client.patch(f"/api/v1/catalogue/{name}", json=OPENED | said, headers={"If-Match": '"1"'})
        return await client.post(f"/api/v1/catalogue/{name}/publish", headers={"If-Match": '"2"'})

    async def gates(self, gate: float, name: str = "pumps") -> None:
        answer = await self.door(self.officer).patch(f"/api/v1/datasets/{name}", json={"gate": gate})
        assert answer.status_code == 200, answer.text

    async def knows(self, id: str, name: str, name_en: str | None = None) -> None:
        async with self.database.tenant(self.tenant) as connection:
            await put_organisations(
                connection, self.officer, [Organisation(id=id, name=name, name_en=name_en)]
            )

    async def evidence(self) -> list[dict[str, Any]]:
        async with self.database.tenant(self.tenant) as connection:
            rows = await connection.fetch("select * from evidence_pending where tenant = $1", self.tenant)
        return [dict(row) for row in rows]


@pytest.fixture
async def town(database: Database, folder: Path, tenant: str) -> AsyncIterator[Town]:
    officer = Actor(
        id="zhang", tenant=tenant, kind=ActorKind.ACCOUNT, organisation="water", roles=frozenset({"data_officer"}),
    )  # fmt: skip
    made = Town(database, folder, officer)
    yield made
    await made.close()


@pytest.fixture
async def opened(town: Town) -> Town:
    """The pumps are open data."""
    await town.sends(title="泵站值班表")
    answer = await town.describes()
    assert answer.status_code == 200, answer.text
    return town
