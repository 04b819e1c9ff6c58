"""Cases of another system go on here, once each, and no line is lost."""

import json
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient
from litestar import Litestar

from quanyu.act.imports import service
from quanyu.act.imports.service import work_off
from quanyu.core.clock import utc_now
from quanyu.store import Database
from tests.unit.act.conftest import As

IMPORTS = "/api/v1/cases/imports"
MAPPING = {
    "system": "old", "states": {"done": "archived", "open": "handling", "new": "reported"}, "classes": {"": "C01003"},
    "columns": {"number": "no", "reported": "in", "closed": "out", "due": "due", "state": "state", "description": ["text"],
                "organisation": "dept"},
}  # fmt: skip
FILE = """no,in,out,due,state,text,dept
1,2026-01-01T00:00:00Z,2026-01-05T00:00:00Z,2026-01-03T00:00:00Z,done,hole,roads
2,2026-01-01T00:00:00Z,,2026-01-03T00:00:00Z,open,leak,water
3,2026-01-01T00:00:00Z,,,new,noise,
4,never,,,new,bad time,
1,2026-01-01T00:00:00Z,,,new,twice,
"""


@pytest.fixture
def folder(application: Litestar) -> Path:
    return Path(application.dependencies["folder"].dependency())  # type: ignore[union-attr]


async def begun(client: AsyncClient, text: str = FILE, mapping: object = MAPPING) -> str:
    answer = await client.post(
        IMPORTS, files={"file": ("cases.csv", text.encode())}, data={"mapping": json.dumps(mapping)}
    )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def counted(client: AsyncClient, id: str) -> dict[str, Any]:
    known = (await client.get(f"{IMPORTS}/{id}")).json()
    return {name: known[name] for name in ("read", "made", "known", "refused")}


async def test_cases_stand_where_they_stood(
    asking: As, database: Database, tenant: str, folder: Path
) -> None:
    officer, desk = asking("data_officer"), asking("acceptor")
    id = await begun(officer)
    await work_off(database, folder, tenant, id, clock=utc_now)
    assert await counted(officer, id) == {"read": 5, "made": 3, "known": 1, "refused": 1}
    listed = {one["external"]: one for one in (await desk.get("/api/v1/cases")).json()["items"]}
    done, open_, new = (listed[f"old:{number}"] for number in (1, 2, 3))
    assert (done["state"], done["closed"], done["reported"]) == (
        "archived",
        "2026-01-05T00:00:00Z",
        "2026-01-01T00:00:00Z",
    )
    assert (open_["state"], open_["organisation"], open_["due"]) == (
        "handling",
        "water",
        "2026-01-03T00:00:00Z",
    )
    assert (new["state"], new["organisation"]) == ("reported", None)
    shown = (await desk.get(f"/api/v1/cases/{done['id']}")).json()
    assert [(step["act"], step["target"]) for step in shown["timeline"]] == [
        ("import", "reported"), ("import", "handling"), ("import", "archived"),
    ]  # fmt: skip
    assert shown["work"]["late"] == ["handling"]
    (line,) = (await officer.get(f"{IMPORTS}/{id}/refused")).json()["items"]
    assert (line["line"], line["content"]["text"], len(line["reasons"])) == (5, "bad time", 1)


async def test_the_same_file_again_makes_nothing(
    asking: As, database: Database, tenant: str, folder: Path
) -> None:
    officer = asking("data_officer")
    for made in (3, 0):
        id = await begun(officer)
        assert (await work_off(database, folder, tenant, id, clock=utc_now)).made == made
        assert (await work_off(database, folder, tenant, id, clock=utc_now)).read == 5


async def test_after_a_kill_it_goes_on_behind_the_last_batch(
    asking: As, database: Database, tenant: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "BATCH", 2)
    taken = service._Batch.take

    async def cut(self: Any, batch: Any) -> None:
        if batch[0][0] > 2:
            raise KeyboardInterrupt
        await taken(self, batch)

    officer = asking("data_officer")
    id = await begun(officer)
    with monkeypatch.context() as killed:
        killed.setattr(service._Batch, "take", cut)
        with pytest.raises(KeyboardInterrupt):
            await work_off(database, folder, tenant, id, clock=utc_now)
    assert (await counted(officer, id))["read"] == 2
    await work_off(database, folder, tenant, id, clock=utc_now)
    assert await counted(officer, id) == {"read": 5, "made": 3, "known": 1, "refused": 1}


async def test_an_imported_case_goes_on_here(
    asking: As, database: Database, tenant: str, folder: Path
) -> None:
    await work_off(database, folder, tenant, await begun(asking("data_officer")), clock=utc_now)
    listed = (await asking("acceptor").get("/api/v1/cases", params={"state": "handling"})).json()["items"]
    act = {"name": "handled", "reason": "done", "evidence": ["seen"]}
    handler = asking("handler", organisation="water")
    moved = await handler.post(f"/api/v1/cases/{listed[0]['id']}/acts", json=act)
    assert (moved.status_code, moved.json()["case"]["state"]) == (200, "checking")


@pytest.mark.parametrize(
    "mapping", [{"system": "old"}, MAPPING | {"states": {"x": "moon"}}, MAPPING | {"through": "raised"}]
)
async def test_a_mapping_that_leads_nowhere_is_refused(asking: As, folder: Path, mapping: object) -> None:
    answer = await asking("data_officer").post(
        IMPORTS, files={"file": ("cases.csv", b"no\n1\n")}, data={"mapping": json.dumps(mapping)}
    )
    assert answer.status_code == 400
    assert not any((folder / service.FOLDER).glob("*/*"))


async def test_a_file_without_the_columns_ends_with_the_reason(
    asking: As, database: Database, tenant: str, folder: Path
) -> None:
    id = await begun(asking("data_officer"), "a,b\n1,2\n")
    assert "dept" in ((await work_off(database, folder, tenant, id, clock=utc_now)).fault or "")
