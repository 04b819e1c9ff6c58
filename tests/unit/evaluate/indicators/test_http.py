"""One flow over the API: published, counted, shown, followed to its records, and seen in the twin."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient
from litestar import Litestar, Request
from litestar.di import Provide

from quanyu.app.problems import HANDLERS
from quanyu.core.actor import Actor, ActorKind
from quanyu.core.clock import city_day, utc_now
from quanyu.core.errors import NotFound
from quanyu.evaluate.indicators.definitions import ensure_shipped
from quanyu.evaluate.indicators.http import routes
from quanyu.evaluate.indicators.rerun import JOB, Bureau, counting_of
from quanyu.identity.organisations.model import Organisation
from quanyu.identity.organisations.service import put_organisations
from quanyu.query import DuckEngine
from quanyu.store import Database
from quanyu.twin import Writer, retrieve
from tests.unit.evaluate.indicators.rows import put_rows, row
from tests.unit.evaluate.indicators.test_definitions import said

OWN = said("share(late of cases where valid)", unit="%", direction="down", thresholds={"green": 0.1, "yellow": 0.6}, dimensions=["department"])  # fmt: skip


@pytest.fixture
async def client(database: Database, tenant: str, folder: Path) -> AsyncIterator[AsyncClient]:
    def actor(request: Request[Any, Any, Any]) -> Actor:
        roles = frozenset(request.headers.get("x-roles", "data_officer").split())
        return Actor(
            id="me", tenant=tenant, kind=ActorKind.ACCOUNT, roles=roles, organisation="roads", language="en"
        )

    values: dict[str, Any] = {
        "database": database,
        "clock": utc_now,
        "folder": folder,
        "engine": DuckEngine(folder),
    }
    application = Litestar(
        route_handlers=[*routes],
        dependencies={name: given(value) for name, value in values.items()}
        | {"actor": Provide(actor, sync_to_thread=False)},
        exception_handlers=HANDLERS, logging_config=None, openapi_config=None,
    )  # fmt: skip
    async with AsyncClient(transport=ASGITransport(application), base_url="http://node/api/v1") as opened:
        yield opened


def given(value: Any) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)


async def worked_off(database: Database, tenant: str, folder: Path, job: int) -> None:
    """The job as the node does it."""
    async with database.tenant(tenant) as connection:
        body = await connection.fetchval("select body from job where id = $1 and kind = $2", job, JOB)
    writer = Writer(database)
    bureau = Bureau(database=database, writer=writer, tenant=tenant, folder=folder, clock=utc_now)
    await bureau.count(counting_of(body))
    await writer.close()


async def test_from_a_definition_to_the_cases_behind_its_number(
    client: AsyncClient, database: Database, tenant: str, folder: Path
) -> None:
    now = utc_now()
    async with database.tenant(tenant) as connection:
        rows = [
            row(str(n), now - timedelta(microseconds=n), handled_by="roads", late=n < 2) for n in range(4)
        ]
        await put_rows(connection, tenant, rows)
        await put_organisations(connection, Actor(id="me", tenant=tenant, kind=ActorKind.SYSTEM), [Organisation(id="roads", name="路政局")])  # fmt: skip
    checked = await client.post("/indicators/check", json=OWN)
    assert checked.json() == {"formula": OWN["formula"], "sources": ["cases"], "refers_to": []}
    made = await client.post("/indicators", json=OWN)
    assert (made.status_code, made.json()) == (201, {"code": "own.cases", "version": 1})
    wrong = {"from": "2026-11-02", "until": "2026-11-01"}
    assert (await client.post("/indicators/compute", json=wrong)).status_code == 400
    begun = await client.post("/indicators/compute", json={"codes": ["own.cases"]})
    await worked_off(database, tenant, folder, begun.json()["job"])

    shown = (await client.get("/indicators/own.cases")).json()
    latest = shown["indicator"]["latest"]
    assert (latest["value"], latest["status"], latest["stale"], latest["version"]) == (
        0.5,
        "yellow",
        False,
        1,
    )
    assert shown["measures"] == [{"number": 0, "text": OWN["formula"], "source": "cases"}]
    listed = (await client.get("/indicators", params={"domain": ""})).json()["items"]
    assert [one["code"] for one in listed] == ["own.cases"]
    values = (await client.get("/indicators/own.cases/values", params={"dimension": "department"})).json()[
        "items"
    ]
    assert [(one["key"], one["name"], one["value"]) for one in values] == [("roads", "路政局", 0.5)]
    asked = {
        "dimension": "department",
        "key": "roads",
        "part": "part",
        "limit": 1,
        "start": str(city_day(now)),
    }
    page = (await client.get("/indicators/own.cases/records", params=asked)).json()
    assert (page["total"], page["items"][0]["facts"]["late"], page["next"] is None) == (2, True, False)
    async with database.tenant(tenant) as connection:
        entity = await retrieve(
            connection, tenant, "urn:ngsi-ld:KeyPerformanceIndicator:own.cases:department:roads"
        )
    assert entity.types == ("KeyPerformanceIndicator",)
    assert (entity.document["kpiValue"]["value"], entity.document["currentStanding"]["value"]) == (
        0.5,
        "fair",
    )


async def test_the_parts_of_a_number_go_on_page_by_page(
    client: AsyncClient, database: Database, tenant: str
) -> None:
    assert (await client.post("/indicators", json=OWN)).status_code == 201
    async with database.tenant(tenant) as connection:
        await connection.execute(
            """insert into evaluate_value (tenant, code, dimension, key, start, value, version, computed)
            select $1, 'own.cases', 'department', 'body-' || n % 4, date '2026-01-01' + n / 4, n, 1, now() from generate_series(0, 7) n""",
            tenant,
        )
    found, after = list[tuple[str, str]](), ""
    while not found or after:
        asked = {"dimension": "department", "limit": 3} | ({"after": after} if after else {})
        page = (await client.get("/indicators/own.cases/values", params=asked)).json()
        found += ((one["start"], one["key"]) for one in page["items"])
        after = page["next"]
    assert found == [(day, f"body-{n}") for day in ("2026-01-02", "2026-01-01") for n in range(4)]


async def test_boards_grade_bodies_best_first(
    client: AsyncClient, database: Database, tenant: str, folder: Path
) -> None:
    now = utc_now()
    async with database.tenant(tenant) as connection:
        ended = {"outcome": "archived", "closed": now}
        rows = [row(f"a{n}", now, handled_by="roads", **ended) for n in range(3)]
        await put_rows(
            connection,
            tenant,
            [*rows, *(row(f"b{n}", now, handled_by="water", late=True, **ended) for n in range(3))],
        )
    await worked_off(database, tenant, folder, await a_job(database, tenant))
    board = (await client.get("/boards/department")).json()
    assert [(one["key"], one["score"], one["grade"]) for one in board["rows"]] == [
        ("roads", 100, "A"),
        ("water", 70, "C"),
    ]
    assert board["rows"][1]["values"]["case.on_time_rate"] == 0
    assert now <= datetime.fromisoformat(board["at"]) <= utc_now()
    assert "cases" in board["sources"]
    assert (await client.get("/boards/department", params={"start": "2020-01-01"})).json()["at"] is None
    assert (await client.get("/boards/weather")).status_code == 400


async def test_ten_thousand_people_stand_on_a_board_page_by_page_each_once_with_all_their_figures(
    client: AsyncClient, database: Database, tenant: str
) -> None:
    async with database.tenant(tenant) as connection:
        await ensure_shipped(connection, tenant, now=utc_now())
        await connection.execute(
            """insert into evaluate_value (tenant, code, dimension, key, start, value, version, computed)
            select $1, code, 'person', 'collector/p' || lpad(n::text, 5, '0'), date '2026-01-01',
              case when n > 2 or code <> 'post.score' then n % 100 end, 1, now()
            from generate_series(1, 10000) n, unnest(array['post.score', 'post.valid_report_rate', 'post.handled_on_time_rate']) code""",
            tenant,
        )
        await connection.execute(
            "insert into account (tenant, id, login, name, state) values ($1, 'p09876', 'li', '李志强', 'active')",
            tenant,
        )
    rows, after = list[dict[str, Any]](), ""
    while not rows or after:
        asked = {"start": "2026-01-01", "limit": "500"} | ({"after": after} if after else {})
        page = (await client.get("/boards/person", params=asked)).json()
        assert page["total"] == 10_000
        rows += page["rows"]
        after = page["next"]
    assert len({one["key"] for one in rows}) == len(rows) == 10_000
    assert [one["score"] for one in rows[:-2]] == sorted((one["score"] for one in rows[:-2]), reverse=True)
    assert [one["score"] for one in rows[-2:]] == [None, None]
    assert {len(one["values"]) for one in rows} == {3}
    found = (await client.get("/boards/person", params={"start": "2026-01-01", "q": "志强"})).json()
    assert ([one["key"] for one in found["rows"]], found["total"]) == (["collector/p09876"], 1)


async def a_job(database: Database, tenant: str) -> int:
    async with database.tenant(tenant) as connection:
        number: int = await connection.fetchval("insert into job (tenant, kind, body) values ($1, $2, '{}') returning id", tenant, JOB)  # fmt: skip
    return number


async def test_what_has_no_data_any_more_leaves_the_twin(
    client: AsyncClient, database: Database, tenant: str, folder: Path
) -> None:
    async with database.tenant(tenant) as connection:
        await put_rows(connection, tenant, [row("1", utc_now(), late=True)])
    await client.post("/indicators", json=OWN)
    await worked_off(database, tenant, folder, await a_job(database, tenant))
    async with database.tenant(tenant) as connection:
        assert await retrieve(connection, tenant, "urn:ngsi-ld:KeyPerformanceIndicator:own.cases")
        await connection.execute("update case_record set outcome = 'void', changed = now()")
    await worked_off(database, tenant, folder, await a_job(database, tenant))
    async with database.tenant(tenant) as connection:
        with pytest.raises(NotFound):
            await retrieve(connection, tenant, "urn:ngsi-ld:KeyPerformanceIndicator:own.cases")


async def test_what_the_twin_was_not_told_it_is_told_with_the_next_count(
    client: AsyncClient, database: Database, tenant: str, folder: Path
) -> None:
    async with database.tenant(tenant) as connection:
        await put_rows(connection, tenant, [row("1", utc_now(), late=True)])
    await client.post("/indicators", json=OWN)
    for _ in range(2):
        await worked_off(database, tenant, folder, await a_job(database, tenant))
        async with database.tenant(tenant) as connection:
            assert await retrieve(connection, tenant, "urn:ngsi-ld:KeyPerformanceIndicator:own.cases")
            await connection.execute("delete from entity")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/indicators/own.none", 404), ("GET", "/indicators/own.none/values", 404), ("GET", "/boards/area?start=9999-12-31", 400), ("GET", "/hot-spots?from=2026-01-01T00:00:00Z&until=2026-01-02T00:00:00", 400),
     ("GET", "/hot-spots?from=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", 400), ("POST", "/indicators", 400), ("POST", "/indicators/compute", 400)],
)  # fmt: skip
async def test_what_makes_no_sense_is_refused_in_words(
    client: AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path, json=7 if method == "POST" else None)
    assert answer.status_code == status
    assert answer.json()["detail"]


async def test_who_sees_only_the_cases_of_a_body_sees_numbers_but_no_records(client: AsyncClient) -> None:
    await client.post("/indicators", json=OWN)
    seen = {"x-roles": "handler viewer"}
    assert (await client.get("/indicators/own.cases", headers=seen)).status_code == 200
    assert (await client.get("/indicators/own.cases/records", headers=seen)).status_code == 403
    span = {"from": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"}
    assert (await client.get("/unmet-needs", headers=seen, params=span)).status_code == 403
    assert (await client.get("/hot-spots", params=span)).json() == {"items": []}
