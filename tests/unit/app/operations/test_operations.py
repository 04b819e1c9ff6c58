"""Looking after a node without a shell: why somebody may, what was given up, which backups there are, what is set."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar, Request
from litestar.datastructures import State
from litestar.di import Provide

from quanyu.app.operations.backups import listed
from quanyu.app.operations.http import routes
from quanyu.app.operations.settings_http import routes as setting_routes
from quanyu.app.operations.shown_settings import shown
from quanyu.app.problems import HANDLERS
from quanyu.app.settings import VARIABLES, Settings, parse
from quanyu.core.actor import Actor, ActorKind, system_actor
from quanyu.core.messages import text
from quanyu.identity import EvidenceWriter, ensure_tenant
from quanyu.identity.accounts import _sql as accounts
from quanyu.identity.accounts.model import AccountState, NewAccount
from quanyu.identity.accounts.service import create_account
from quanyu.identity.organisations.model import Organisation
from quanyu.identity.organisations.service import put_organisations
from quanyu.store import Database, enqueue
from quanyu.store.backup.archive import written
from quanyu.store.backup.manifest import FORMAT, FileEntry, Manifest, Schema


def provided(value: Any) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)


@pytest.fixture
def office(database: Database, tenant: str, folder: Path) -> httpx.AsyncClient:
    def actor(request: Request[Any, Any, Any]) -> Actor:
        return Actor(id="chief", tenant=tenant, kind=ActorKind.ACCOUNT, roles=frozenset({"system_admin"}))

    node = SimpleNamespace(settings=Settings(oidc_client_secret="hush"), evidence=EvidenceWriter(database))
    given = {"database": database, "folder": folder, "node": node, "upload_limit": 10**6}
    door = Litestar(
        route_handlers=[*routes, *setting_routes], exception_handlers=HANDLERS, logging_config=None, openapi_config=None, state=State({"node": node}),
        dependencies={"actor": Provide(actor, sync_to_thread=False)}
        | {name: provided(value) for name, value in given.items()},
    )  # fmt: skip
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(door), base_url="http://node", headers={"accept-language": "en"}
    )


async def account(database: Database, tenant: str, role: str, organisation: str | None) -> str:
    system = system_actor(tenant, "test")
    async with database.tenant(tenant) as connection:
        await ensure_tenant(connection, tenant)
        await put_organisations(
            connection,
            system,
            [Organisation.parse(id=one, name=f"{one} bureau") for one in ("roads", "parks")],
        )
        new = NewAccount.parse(login=role, name=role, organisation=organisation, language="en")
        made = await create_account(connection, system, new, roles=[role])
        await accounts.set_password(connection, tenant, made.account.id, "", AccountState.ACTIVE)
    return made.account.id


async def test_a_reason_names_role_and_reach_and_who_else_may(
    office: httpx.AsyncClient, database: Database, tenant: str
) -> None:
    person = await account(database, tenant, "handler", "roads")
    path = f"/api/v1/accounts/{person}/reason"
    own = (await office.get(path, params={"action": "case.read"})).json()
    assert (own["allowed"], own["reach"]) == (True, "organisation")
    assert {"role": "supervisor", "reach": "tenant", "held": False} in own["roles"]
    assert {"role": "handler", "reach": "organisation", "held": True} in own["roles"]
    never = (await office.get(path, params={"action": "evidence.read"})).json()
    assert (never["allowed"], never["reach"]) == (False, "none")
    assert "Read the evidence chain" in never["reason"]


async def test_a_reason_about_a_thing_that_is_not_there_is_no_reason(
    office: httpx.AsyncClient, database: Database, tenant: str
) -> None:
    person = await account(database, tenant, "viewer", None)
    for asked in ({"action": "case.read", "thing": "nowhere"}, {"action": "fly"}):
        assert (await office.get(f"/api/v1/accounts/{person}/reason", params=asked)).status_code == 404
    unknown = await office.get("/api/v1/accounts/nobody/reason", params={"action": "case.read"})
    assert unknown.status_code == 404


async def test_what_was_given_up_is_shown_begun_anew_and_forgotten(
    office: httpx.AsyncClient, database: Database, tenant: str
) -> None:
    async with database.tenant(tenant) as connection:
        first, second = [await enqueue(connection, tenant, "no.such", {"secret": "hush"}) for _ in range(2)]
        await connection.execute(
            "update job set state = 'dead', fault = 'Broken: x', tries = 8 where tenant = $1", tenant
        )
    shown_jobs = await office.get("/api/v1/jobs")
    assert [one["id"] for one in shown_jobs.json()["items"]] == [second, first]
    assert "hush" not in shown_jobs.text
    assert (await office.post("/api/v1/jobs/again", json={"ids": [first]})).json() == {"count": 1}
    (waiting,) = (await office.get("/api/v1/jobs", params={"state": "waiting"})).json()["items"]
    assert (waiting["id"], waiting["tries"]) == (first, 0)
    assert (await office.delete(f"/api/v1/jobs/{first}")).status_code == 404
    assert (await office.delete(f"/api/v1/jobs/{second}")).status_code == 204


async def test_a_backup_is_asked_for_once_and_archives_are_listed(
    office: httpx.AsyncClient, folder: Path, database: Database, tenant: str
) -> None:
    asked = [(await office.post("/api/v1/backups", json={"keys": False})).json()["count"] for _ in range(2)]
    assert asked[0] == asked[1]
    (folder / "backups").mkdir()
    (folder / "backups" / "quanyu-20260101T000000Z.keys.tar.zst").write_bytes(b"archive")
    (one,) = (await office.get("/api/v1/backups")).json()["items"]
    assert (one["bytes"], one["keys"]) == (7, True)
    assert (await office.delete("/api/v1/backups/..%2Fkeys")).status_code == 404
    assert (await office.delete(f"/api/v1/backups/{one['name']}")).status_code == 204
    assert listed(folder) == []
    async with database.tenant(tenant) as connection:  # nothing else of this run shall be asked to make it
        await connection.execute("delete from job where tenant = $1", tenant)


def archive(path: Path, *files: str, swapped: bool = False) -> bytes:
    """What a backup of no rows looks like; `swapped`: its files are others than its manifest says."""
    content = b"kept"
    schema = Schema(
        format=FORMAT, snapshot=datetime(2026, 3, 1, tzinfo=UTC), migrations=[], tables=[], indexes={}
    )
    said = FileEntry(bytes=len(content), sha256=hashlib.sha256(b"other" if swapped else content).hexdigest())
    kept = dict.fromkeys(files, said)
    with written(path) as made:
        made.add("schema.json", msgspec.json.encode(schema))
        for name in files:
            made.add(f"files/{name}", content)
        made.add(
            "manifest.json", msgspec.json.encode(Manifest(tables={}, sequences={}, files=kept, vanished=[]))
        )
    return path.read_bytes()


async def test_a_backup_is_taken_away_and_brought_back(
    office: httpx.AsyncClient, folder: Path, tmp_path: Path
) -> None:
    """Whatever it was called meanwhile, it has the name and the time of what is in it."""
    content = archive(tmp_path / "copy (1).zst", "keys/seal.key")
    one = (await office.post("/api/v1/backups/file", files={"file": ("copy (1).zst", content)})).json()
    assert (one["name"], one["keys"]) == ("quanyu-20260301T000000Z.keys.tar.zst", True)
    assert one["made"].startswith("2026-03-01T00:00:00")
    assert (await office.post("/api/v1/backups/file", content=content)).status_code == 409
    away = await office.get(f"/api/v1/backups/{one['name']}/file")
    assert (away.content, one["name"] in away.headers["content-disposition"]) == (content, True)
    assert (await office.get("/api/v1/backups/..%2Fkeys/file")).status_code == 404


async def test_only_a_whole_backup_is_taken_in(
    office: httpx.AsyncClient, folder: Path, tmp_path: Path
) -> None:
    content = archive(tmp_path / "whole.zst")
    for broken in (b"no archive", content[: len(content) // 2], b""):
        assert (await office.post("/api/v1/backups/file", content=broken)).status_code == 400
    assert list((folder / "backups").iterdir()) == []


async def test_a_backup_is_checked_where_it_lies(
    office: httpx.AsyncClient, folder: Path, tmp_path: Path
) -> None:
    """A file in it that is another than the one that was backed up is found before anybody needs it."""
    content = archive(tmp_path / "whole.zst", "keys/seal.key")
    one = (await office.post("/api/v1/backups/file", content=content)).json()
    found = (await office.post(f"/api/v1/backups/{one['name']}/check")).json()
    assert (found["files"], found["snapshot"]) == (1, "2026-03-01T00:00:00Z")
    archive(Path(one["path"]), "keys/seal.key", swapped=True)
    answer = await office.post(f"/api/v1/backups/{one['name']}/check")
    assert (answer.status_code, "keys/seal.key" in answer.json()["detail"]) == (400, True)
    assert (await office.post("/api/v1/backups/nothing/check")).status_code == 404


async def test_settings_are_shown_with_their_meaning_and_without_secrets(office: httpx.AsyncClient) -> None:
    answer = await office.get("/api/v1/settings")
    said = {one["name"]: one for one in answer.json()["items"]}
    assert "hush" not in answer.text
    secret = said["QUANYU_OIDC_CLIENT_SECRET"]
    assert (secret["secret"], secret["given"], secret["value"]) == (True, True, None)


def test_the_password_of_a_database_is_not_shown() -> None:
    settings = parse({"QUANYU_DATABASE_URL": "postgresql://city:hush@db.example:5433/quanyu"})
    (one,) = [one for one in shown(settings, "en") if one.name == "QUANYU_DATABASE_URL"]
    assert one.value == "postgresql://db.example:5433/quanyu"


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_setting_has_a_meaning(language: str) -> None:
    for variable in VARIABLES:
        assert text(f"app.setting.{variable.name}", language) != f"app.setting.{variable.name}"
