from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest_asyncio

from quanyu.core.actor import system_actor
from quanyu.govern.mapping import http as mapping_http
from quanyu.govern.standards import http
from quanyu.store import Database
from tests.doors import door


def _now() -> datetime:
    return datetime(2026, 7, 1, tzinfo=UTC)


@pytest_asyncio.fixture
async def client(database: Database, tenant: str, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    routes = [*http.routes, *mapping_http.routes]
    actor = system_actor(tenant, "test")
    async with door(routes, actor=actor, database=database, folder=folder, clock=_now) as opened:
        yield opened


async def test_the_built_in_models_and_lists_are_shown(client: httpx.AsyncClient) -> None:
    models = (await client.get("/api/v1/standards/models")).json()["items"]
    assert {"OffStreetParking", "Hospital", "ServiceRequest"} <= {one["name"] for one in models}
    one = (await client.get("/api/v1/standards/code-lists/share-types")).json()
    assert [entry["name"] for entry in one["entries"]] == ["无条件共享", "有条件共享", "不予共享"]


async def test_a_list_is_imported_from_csv_and_exported_again(client: httpx.AsyncClient) -> None:
    where = "/api/v1/standards/code-lists/lamp-kinds"
    done = await client.post(
        f"{where}/import?version=1&effective_from=2026-01-01", content="code,name\n1,路灯\n"
    )
    assert done.json() == {"read": 1, "added": 1}
    assert "1,路灯" in (await client.get(f"{where}/export?format=csv")).text
    assert (await client.get(f"{where}/export")).json()["version"] == "1"
    assert [one["version"] for one in (await client.get(f"{where}/versions")).json()["items"]] == ["1"]


async def test_a_version_holds_from_the_midnight_of_the_city(
    database: Database, tenant: str, folder: Path
) -> None:
    """Hours before the day begins in Greenwich."""
    where = "/api/v1/standards/code-lists/lamp-kinds"
    versions = []
    for hour in (15, 16):

        def clock(hour: int = hour) -> datetime:
            return datetime(2026, 6, 30, hour, tzinfo=UTC)

        who = system_actor(tenant, "test")
        async with door(http.routes, actor=who, database=database, folder=folder, clock=clock) as client:
            for version, since in (("old", "2026-01-01"), ("new", "2026-07-01")):
                await client.post(
                    f"{where}/import?version={version}&effective_from={since}", content="code,name\n1,路灯\n"
                )
            versions.append((await client.get(where)).json()["version"])
    assert versions == ["old", "new"]


async def test_bad_input_is_a_problem_and_never_a_fault_of_ours(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/standards/wishes")).status_code == 404
    assert (await client.get("/api/v1/standards/models/Nothing")).status_code == 404
    assert (await client.get("/api/v1/standards/models?at=yesterday")).status_code == 400
    for body in (b"", b"{", b"[1]", b'{"name": "x"}', b"\xff\xfe"):
        assert (await client.put("/api/v1/standards/models/x", content=body)).status_code == 400
        assert (
            await client.post(
                "/api/v1/standards/code-lists/x/import?version=1&effective_from=2026-01-01", content=body
            )
        ).status_code == 400
        assert (await client.put("/api/v1/datasets/gone/mapping", content=body)).status_code == 400


async def test_regions_are_uploaded_and_listed(client: httpx.AsyncClient) -> None:
    files = {"data": ("areas.csv", "code,name\n99,东海省\n9901,江州市\n990101,城中区\n")}
    done = await client.post("/api/v1/standards/regions/import?as_of=2026-01-01", files=files)
    assert done.json() == {"codes": 3, "spans": 3, "ended": 0}
    items = (await client.get("/api/v1/standards/regions?parent=990100")).json()["items"]
    assert [(one["code"], one["level"]) for one in items] == [("990101", "county")]


async def test_names_and_contents_of_uploads_can_do_no_harm(client: httpx.AsyncClient) -> None:
    for name in ("..", "../../etc/passwd", "\u0000", "x" * 300, "a/b.csv.gz"):
        answer = await client.post("/api/v1/standards/regions/import", files={"data": (name, b"\xff\x00")})
        assert answer.status_code == 400


async def test_a_mapping_is_proposed_for_columns(client: httpx.AsyncClient) -> None:
    columns = [
        {
            "name": "a",
            "label": "停车场名称",
            "type": "text",
            "rows": 2,
            "distinct": 2,
            "examples": ["北", "南"],
        },
        {"name": "b", "label": "总车位", "type": "integer", "rows": 2, "distinct": 2, "mean": 200.0},
        {"name": "c", "label": "剩余车位", "type": "integer", "rows": 2, "distinct": 2, "mean": 20.0},
    ]
    answer = (
        await client.post("/api/v1/mapping/propose", json={"columns": columns, "dataset": "车场"})
    ).json()
    assert answer["mapping"]["model"] == "OffStreetParking"
    assert [one["attribute"] for one in answer["columns"]] == [
        "name",
        "totalSpotNumber",
        "availableSpotNumber",
    ]
    assert "总车位" in answer["columns"][1]["why"]
