"""People of a new node: the administrator's first day, the three administrators, officers, tokens, second factors."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pyotp
import pytest
from litestar import Litestar, Request
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler

from quanyu.app.problems import HANDLERS
from quanyu.core.actor import Actor, Resource, system_actor
from quanyu.identity import (
    IdentitySettings,
    any_password_set,
    authenticate,
    check,
    ensure_administrator,
    read_operator_token,
    renew_operator_token,
    reset_password_by_login,
    verify,
)
from quanyu.identity.http import routes
from quanyu.store import Database

SAME_SITE = {"x-requested-with": "quanyu"}
GOOD = "correct horse battery"


@dataclass
class Town:
    """A node with its administrator, and a clock that the test sets."""

    database: Database
    folder: Path
    tenant: str
    settings: IdentitySettings = field(default_factory=lambda: IdentitySettings(public_url="http://town"))
    now: datetime = datetime(2026, 11, 21, 8, tzinfo=UTC)
    admin_password: str = ""

    def clock(self) -> datetime:
        return self.now

    def browser(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.application())
        return httpx.AsyncClient(
            transport=transport, base_url="http://town", headers={**SAME_SITE, "accept-language": "en"}
        )

    def application(self) -> Litestar:
        async def ask(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
            actor = await authenticate(
                self.database, tenant=self.tenant, method=str(connection.scope.get("method", "GET")),
                headers=connection.headers, cookies=connection.cookies, clock=self.clock, settings=self.settings,
            )  # fmt: skip
            connection.scope["state"]["actor"] = actor
            check(actor, handler.opt["action"], Resource("route", str(connection.url.path)))

        return Litestar(
            routes,
            guards=[ask],
            dependencies={
                "actor": Provide(asker, sync_to_thread=False),
                "database": Provide(lambda: self.database, sync_to_thread=False),
                "folder": Provide(lambda: self.folder, sync_to_thread=False),
                "clock": Provide(lambda: self.clock, sync_to_thread=False),
                "identity": Provide(lambda: self.settings, sync_to_thread=False),
            },
            exception_handlers=HANDLERS,
            logging_config=None,
            openapi_config=None,
        )


def asker(request: Request[Any, Any, Any]) -> Actor:
    actor: Actor = request.scope["state"]["actor"]
    return actor


@pytest.fixture
async def town(database: Database, folder: Path, tenant: str) -> Town:
    town = Town(database, folder, tenant)
    async with database.tenant(tenant) as connection:
        first = await ensure_administrator(connection, tenant)
    assert first is not None
    town.admin_password = first.password
    return town


async def sign_in(browser: httpx.AsyncClient, login: str, password: str, code: str = "") -> httpx.Response:
    body = {"login": login, "password": password} | ({"code": code} if code else {})
    return await browser.post("/api/v1/session", json=body)


async def settle_in(town: Town, login: str, one_time: str, password: str = GOOD) -> httpx.AsyncClient:
    """Signs in for the first time and replaces the one-time password."""
    browser = town.browser()
    assert (await sign_in(browser, login, one_time)).status_code == 200
    answer = await browser.post("/api/v1/session/password", json={"old": one_time, "new": password})
    assert answer.status_code == 204, answer.text
    return browser


@pytest.fixture
async def admin(town: Town) -> httpx.AsyncClient:
    return await settle_in(town, "admin", town.admin_password)


async def make(admin: httpx.AsyncClient, login: str, *roles: str) -> tuple[str, str]:
    """Id and one-time password of a new account."""
    answer = await admin.post("/api/v1/accounts", json={"login": login, "name": login, "roles": list(roles)})
    assert answer.status_code == 201, answer.text
    return answer.json()["account"]["id"], answer.json()["password"]


async def test_the_administrator_can_do_nothing_before_replacing_the_one_time_password(town: Town) -> None:
    browser = town.browser()
    who = (await sign_in(browser, "admin", town.admin_password)).json()
    assert (who["must_change_password"], who["actions"]) == (
        True,
        ["public", "session.open", "account.own", "case.report", "node.exchange"],
    )
    assert (await browser.get("/api/v1/accounts")).status_code == 403
    assert not await any_password_set(town.database, town.tenant)


async def test_after_the_first_password_the_administrator_works_and_others_may_connect(
    town: Town, admin: httpx.AsyncClient
) -> None:
    assert await any_password_set(town.database, town.tenant)
    listed = (await admin.get("/api/v1/accounts")).json()
    assert [(one["login"], one["roles"]) for one in listed["items"]] == [
        ("admin", ["data_officer", "system_admin"])
    ]


async def test_a_second_start_makes_no_second_administrator(town: Town) -> None:
    async with town.database.tenant(town.tenant) as connection:
        assert await ensure_administrator(connection, town.tenant) is None


async def test_one_account_signs_in_three_times_at_once(town: Town) -> None:
    answers = await asyncio.gather(*(sign_in(town.browser(), "admin", town.admin_password) for _ in range(3)))
    assert [answer.status_code for answer in answers] == [200] * 3


async def test_signing_out_ends_the_session(admin: httpx.AsyncClient) -> None:
    cookies = dict(admin.cookies)
    assert (await admin.delete("/api/v1/session")).status_code == 204
    admin.cookies.update(cookies)
    assert (await admin.get("/api/v1/session")).json()["signed_in"] is False


async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(town: Town) -> None:
    set_cookie = (await sign_in(town.browser(), "admin", town.admin_password)).headers["set-cookie"].lower()
    assert "httponly" in set_cookie
    assert "samesite=strict" in set_cookie


async def test_a_page_of_another_site_cannot_act_with_the_cookie(
    town: Town, admin: httpx.AsyncClient
) -> None:
    admin.headers.pop("x-requested-with")
    assert (await admin.delete("/api/v1/session", headers={"origin": "http://evil"})).status_code == 403
    assert (await admin.delete("/api/v1/session")).status_code == 403
    assert (await admin.delete("/api/v1/session", headers={"origin": "http://town"})).status_code == 204


async def test_a_session_ends_when_it_is_not_used_and_at_the_end_of_the_day(
    town: Town, admin: httpx.AsyncClient
) -> None:
    for _ in range(11):
        town.now += timedelta(hours=1)
        assert (await admin.get("/api/v1/session")).json()["signed_in"]
    town.now += timedelta(hours=1, seconds=1)
    assert not (await admin.get("/api/v1/session")).json()["signed_in"]
    await sign_in(admin, "admin", GOOD)
    town.now += timedelta(hours=2, seconds=1)
    assert not (await admin.get("/api/v1/session")).json()["signed_in"]


async def test_signing_in_again_gives_a_new_session_and_ends_the_former(
    town: Town, admin: httpx.AsyncClient
) -> None:
    former = admin.cookies["quanyu_session"]
    await sign_in(admin, "admin", GOOD)
    assert admin.cookies["quanyu_session"] != former
    other = town.browser()
    other.cookies.set("quanyu_session", former)
    assert not (await other.get("/api/v1/session")).json()["signed_in"]


async def test_a_new_password_ends_all_other_sessions(town: Town, admin: httpx.AsyncClient) -> None:
    other = town.browser()
    await sign_in(other, "admin", GOOD)
    await admin.post("/api/v1/session/password", json={"old": GOOD, "new": "another long secret"})
    assert (await admin.get("/api/v1/session")).json()["signed_in"]
    assert not (await other.get("/api/v1/session")).json()["signed_in"]


async def test_an_unknown_name_and_a_wrong_password_are_answered_and_slowed_alike(
    town: Town, admin: httpx.AsyncClient
) -> None:
    answers: dict[str, list[tuple[int, str]]] = {"admin": [], "nobody": []}
    for login, seen in answers.items():
        for _ in range(5):
            answer = await sign_in(town.browser(), login, "wrong password")
            seen.append((answer.status_code, answer.json()["type"].rpartition(".")[2]))
    assert answers["admin"] == answers["nobody"] == [(401, "refused")] * 3 + [(401, "slow_down")] * 2


async def test_after_the_delay_the_right_password_opens_and_clears_the_count(
    town: Town, admin: httpx.AsyncClient
) -> None:
    for _ in range(3):
        await sign_in(town.browser(), "admin", "wrong password")
    assert (await sign_in(town.browser(), "admin", GOOD)).status_code == 401
    town.now += timedelta(seconds=3)
    assert (await sign_in(town.browser(), "ADMIN", GOOD)).status_code == 200
    assert (await sign_in(town.browser(), "admin", "wrong password")).json()["type"].endswith("refused")


async def test_attempts_at_the_same_moment_count_too(town: Town, admin: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(sign_in(town.browser(), "admin", "wrong password") for _ in range(10)))
    assert sum(answer.json()["type"].endswith("refused") for answer in answers) == 3


@pytest.mark.parametrize("password", ["short", "password123", "aaaaaaaaaaaaaa", "my admin secret", "x" * 257])
async def test_weak_passwords_are_refused_with_the_reason(admin: httpx.AsyncClient, password: str) -> None:
    answer = await admin.post("/api/v1/session/password", json={"old": GOOD, "new": password})
    assert answer.status_code == 400
    assert answer.json()["faults"]


async def test_no_account_holds_two_of_the_three_administrators(admin: httpx.AsyncClient) -> None:
    body = {"login": "both", "name": "both", "roles": ["security_admin", "audit_admin"]}
    assert (await admin.post("/api/v1/accounts", json=body)).status_code == 400


async def test_not_even_the_owner_of_the_database_gives_two_of_the_three(
    town: Town, admin: httpx.AsyncClient
) -> None:
    id, _ = await make(admin, "auditor", "audit_admin")
    with pytest.raises(asyncpg.UniqueViolationError):
        async with town.database.owner() as owner:
            await owner.execute(
                "insert into account_role (tenant, account, role, granted_by) values ($1, $2, 'system_admin', 'me')",
                town.tenant, id,
            )  # fmt: skip


async def test_the_system_administrator_appoints_the_first_guards_and_no_second(
    admin: httpx.AsyncClient,
) -> None:
    await make(admin, "guard", "security_admin")
    await make(admin, "auditor", "audit_admin")
    for role in ("security_admin", "audit_admin", "system_admin"):
        body = {"login": f"second-{role}", "name": "x", "roles": [role]}
        assert (await admin.post("/api/v1/accounts", json=body)).status_code == 403
    assert (await admin.get("/api/v1/accounts?q=second")).json()["items"] == []


async def test_who_is_searched_for_by_login_name_is_found_first_and_the_pages_go_on_from_there(
    admin: httpx.AsyncClient,
) -> None:
    for login in ("anna-li", "li", "li-wei"):
        await make(admin, login)
    found, after = list[str](), ""
    while after is not None:
        page = (await admin.get("/api/v1/accounts", params={"q": "LI", "limit": 1, "after": after})).json()
        found += (one["login"] for one in page["items"])
        after = page["next"]
    assert found == ["li", "li-wei", "anna-li"]


async def test_the_security_administrator_grants_what_the_system_administrator_may_not(
    town: Town, admin: httpx.AsyncClient
) -> None:
    _, one_time = await make(admin, "guard", "security_admin")
    id, _ = await make(admin, "second", "viewer")
    guard = await settle_in(town, "guard", one_time)
    answer = await guard.put(f"/api/v1/accounts/{id}/roles", json={"roles": ["system_admin"]})
    assert answer.json()["roles"] == ["system_admin"]
    assert (await guard.post("/api/v1/accounts", json={"login": "x", "name": "x"})).status_code == 403


async def test_nobody_changes_their_own_roles(admin: httpx.AsyncClient) -> None:
    id = (await admin.get("/api/v1/session")).json()["id"]
    answer = await admin.put(f"/api/v1/accounts/{id}/roles", json={"roles": ["data_officer"]})
    assert answer.status_code == 403


async def test_the_system_administrator_cannot_become_the_auditor_by_a_new_password(
    town: Town, admin: httpx.AsyncClient
) -> None:
    id, _ = await make(admin, "auditor", "audit_admin")
    assert (await admin.post(f"/api/v1/accounts/{id}/password")).status_code == 403
    assert (await admin.patch(f"/api/v1/accounts/{id}", json={"disabled": True})).status_code == 403


async def test_a_forgotten_password_is_replaced_on_the_machine_itself(
    town: Town, admin: httpx.AsyncClient
) -> None:
    async with town.database.tenant(town.tenant) as connection:
        made = await reset_password_by_login(connection, system_actor(town.tenant, "passwd"), "admin")
    assert not (await admin.get("/api/v1/session")).json()["signed_in"]
    assert (await sign_in(town.browser(), "admin", made.password)).json()["must_change_password"]
    assert made.password not in repr(made)


async def test_a_disabled_account_is_out_at_once(town: Town, admin: httpx.AsyncClient) -> None:
    id, one_time = await make(admin, "li", "viewer")
    li = await settle_in(town, "li", one_time)
    await admin.patch(f"/api/v1/accounts/{id}", json={"disabled": True})
    assert not (await li.get("/api/v1/session")).json()["signed_in"]
    assert (await sign_in(town.browser(), "li", GOOD)).json()["type"].endswith("refused")


async def test_extra_fields_do_not_make_anybody_an_administrator(admin: httpx.AsyncClient) -> None:
    body = {"login": "x", "name": "x", "state": "active", "is_admin": True}
    assert (await admin.post("/api/v1/accounts", json=body)).status_code == 400


async def test_the_second_factor_is_asked_for_and_each_code_works_once(
    town: Town, admin: httpx.AsyncClient
) -> None:
    totp, recovery = await enrol(town, admin)
    town.now += timedelta(minutes=1)
    answer = await sign_in(town.browser(), "admin", GOOD)
    assert (answer.status_code, answer.json()["type"]) == (
        401,
        "urn:quanyu:problem:identity.session.code_needed",
    )
    code = totp.at(town.now)
    assert (await sign_in(town.browser(), "admin", GOOD, code)).status_code == 200
    assert (await sign_in(town.browser(), "admin", GOOD, code)).status_code == 401
    assert (await sign_in(town.browser(), "admin", GOOD, recovery[0].upper())).status_code == 200
    assert (await sign_in(town.browser(), "admin", GOOD, recovery[0])).status_code == 401


async def test_asking_without_a_code_does_not_wipe_wrong_codes(town: Town, admin: httpx.AsyncClient) -> None:
    await enrol(town, admin)
    for _ in range(2):
        await sign_in(town.browser(), "admin", GOOD, "000000")
        await sign_in(town.browser(), "admin", GOOD)
    await sign_in(town.browser(), "admin", GOOD, "000000")
    assert (await sign_in(town.browser(), "admin", GOOD)).json()["type"].endswith("slow_down")


async def test_the_secret_of_the_second_factor_is_not_in_the_database(
    town: Town, admin: httpx.AsyncClient
) -> None:
    totp, _ = await enrol(town, admin)
    async with town.database.tenant(town.tenant) as connection:
        kept = await connection.fetchval("select totp_secret from account where login = 'admin'")
    assert totp.secret.encode() not in kept


async def test_ending_the_second_factor_asks_for_the_password(town: Town, admin: httpx.AsyncClient) -> None:
    await enrol(town, admin)
    path = "/api/v1/session/second-factor/disable"
    assert (await admin.post(path, json={"password": "a guess or two"})).status_code == 400
    assert (await admin.post(path, json={"password": GOOD})).status_code == 204
    assert (await sign_in(town.browser(), "admin", GOOD)).status_code == 200


async def test_a_token_carries_a_part_of_its_holders_rights_until_it_is_revoked(
    town: Town, admin: httpx.AsyncClient
) -> None:
    made = (await admin.post("/api/v1/tokens", json={"name": "feed", "scopes": ["organisation.read"]})).json()
    for value in (f"Bearer {made['secret']}", made["secret"]):
        program = town.browser()
        program.headers["authorization"] = value
        assert (await program.get("/api/v1/organisations")).status_code == 200
        assert (await program.get("/api/v1/accounts")).status_code == 403
        assert (
            await program.post("/api/v1/session/password", json={"old": "a", "new": "b"})
        ).status_code in (401, 403)
    await admin.delete(f"/api/v1/tokens/{made['token']['id']}")
    assert (await program.get("/api/v1/organisations")).status_code == 401


@pytest.mark.parametrize(
    "scope", ["evidence.read", "account.manage", "token.manage", "account.own", "nothing.such"]
)
async def test_a_token_gets_no_scope_that_its_holder_lacks_or_that_breeds(
    admin: httpx.AsyncClient, scope: str
) -> None:
    answer = await admin.post("/api/v1/tokens", json={"name": "feed", "scopes": ["map.read", scope]})
    assert [fault["where"] for fault in answer.json()["faults"]] == ["/scopes/1"]


async def test_a_token_ends_with_its_days(town: Town, admin: httpx.AsyncClient) -> None:
    body = {"name": "feed", "scopes": ["organisation.read"], "days": 2}
    program = town.browser()
    program.headers["authorization"] = (await admin.post("/api/v1/tokens", json=body)).json()["secret"]
    town.now += timedelta(days=2)
    assert (await program.get("/api/v1/organisations")).status_code == 401


async def test_the_operator_of_the_machine_needs_no_ceremony_until_the_next_start(town: Town) -> None:
    tokens = []
    for _ in range(2):
        async with town.database.tenant(town.tenant) as connection:
            await renew_operator_token(connection, town.tenant, town.folder, town.now)
        tokens.append(read_operator_token(town.folder))
    assert (town.folder / "run" / "operator.token").stat().st_mode & 0o777 == 0o600
    program = town.browser()
    program.headers["authorization"] = f"Bearer {tokens[1]}"
    assert (await program.get("/api/v1/session")).json()["name"] == "operator@local"
    program.headers["authorization"] = f"Bearer {tokens[0]}"
    assert (await program.get("/api/v1/session")).status_code == 401


async def test_organisations_come_from_a_table_in_any_order_and_all_or_none(admin: httpx.AsyncClient) -> None:
    table = "编码,名称,上级,统一社会信用代码\nclinic,社区医院,health,\nhealth,卫生健康委,,\n"
    assert (await admin.post("/api/v1/organisations/import", json={"csv": table})).json() == {
        "organisations": 2
    }
    listed = (await admin.get("/api/v1/organisations?parent=health")).json()["items"]
    assert [one["name"] for one in listed] == ["社区医院"]
    bad = "id,name,parent,credit_code\na,甲,b,\nb,乙,a,\nc,丙,nowhere,123\n"
    answer = await admin.post("/api/v1/organisations/import", json={"csv": bad})
    assert answer.status_code == 400
    assert "line 4" in answer.json()["faults"][0]["where"]
    assert len((await admin.get("/api/v1/organisations")).json()["items"]) == 2


async def test_a_circle_of_organisations_is_refused(admin: httpx.AsyncClient) -> None:
    answer = await admin.post(
        "/api/v1/organisations/import", json={"csv": "id,name,parent\na,甲,b\nb,乙,a\n"}
    )
    assert "circle" in answer.json()["faults"][0]["message"]


async def test_lists_are_read_page_by_page(admin: httpx.AsyncClient) -> None:
    table = "id,name\n" + "".join(f"o{index:02},部门{index}\n" for index in range(25))
    await admin.post("/api/v1/organisations/import", json={"csv": table})
    seen, after = [], ""
    while after is not None:
        page = (await admin.get("/api/v1/organisations", params={"limit": 10, "after": after})).json()
        seen += [one["id"] for one in page["items"]]
        after = page["next"]
    assert seen == [f"o{index:02}" for index in range(25)]


async def test_another_tenants_account_does_not_exist_here(
    town: Town, admin: httpx.AsyncClient, database: Database, folder: Path
) -> None:
    other = Town(database, folder, town.tenant + "x")
    async with database.tenant(other.tenant) as connection:
        made = await ensure_administrator(connection, other.tenant)
    assert made is not None
    assert (await admin.get(f"/api/v1/accounts/{made.account.id}")).status_code == 404
    assert (await sign_in(town.browser(), "admin", made.password)).status_code == 401


async def test_the_auditor_reads_who_did_what_and_verifies_it(town: Town, admin: httpx.AsyncClient) -> None:
    _, one_time = await make(admin, "auditor", "audit_admin")
    await sign_in(town.browser(), "somebody", "a wrong guess")
    auditor = await settle_in(town, "auditor", one_time)
    denied = (await auditor.get("/api/v1/evidence?outcome=denied&q=somebody")).json()["items"]
    assert [(one["action"], one["explanation"]) for one in denied] == [
        ("session.open", "Login name, password or code is not right")
    ]
    result = (await auditor.post("/api/v1/evidence/verify")).json()
    assert (result["whole"], result["fault"]) == (True, None)
    assert (await admin.get("/api/v1/evidence")).status_code == 403


async def test_evidence_is_read_backwards_page_by_page(town: Town, admin: httpx.AsyncClient) -> None:
    _, one_time = await make(admin, "auditor", "audit_admin")
    auditor = await settle_in(town, "auditor", one_time)
    first = (await auditor.get("/api/v1/evidence?limit=3")).json()
    second = (await auditor.get(f"/api/v1/evidence?limit=3&after={first['next']}")).json()
    numbers = [one["seq"] for one in first["items"] + second["items"]]
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) == 6


async def test_no_secret_is_in_the_evidence(town: Town, admin: httpx.AsyncClient) -> None:
    totp, recovery = await enrol(town, admin)
    token = (await admin.post("/api/v1/tokens", json={"name": "feed", "scopes": ["map.read"]})).json()[
        "secret"
    ]
    assert (await verify(town.database, town.folder, town.tenant)).whole
    async with town.database.tenant(town.tenant) as connection:
        rows = await connection.fetch("select evidence::text as row from evidence")
    written = "\n".join(row["row"] for row in rows)
    for secret in (GOOD, town.admin_password, totp.secret, token, *recovery, admin.cookies["quanyu_session"]):
        assert secret not in written


HOSTILE = [
    "\x00",
    "x" * 5000,
    "../../etc/passwd",
    "'; drop table account; --",
    "\u202e\ufeff",
    "%00",
    "🏙" * 300,
    "",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_text_anywhere_gets_an_answer_and_never_a_fault_of_ours(
    admin: httpx.AsyncClient, text: str
) -> None:
    bodies = {
        "/api/v1/session": {"login": text, "password": text, "code": text},
        "/api/v1/session/password": {"old": text, "new": text},
        "/api/v1/session/second-factor/confirm": {"code": text},
        "/api/v1/accounts": {"login": text, "name": text, "organisation": text, "roles": [text]},
        "/api/v1/tokens": {"name": text, "scopes": [text], "days": 1},
        "/api/v1/organisations/import": {"csv": f'id,name,parent\n"{text}",{text},{text}\n' * 40},
    }
    answers = [await admin.post(path, json=body) for path, body in bodies.items()]
    answers += [
        await admin.get(path, params={"q": text, "after": text, "parent": text, "code": text, "state": text})
        for path in ("/api/v1/accounts", "/api/v1/organisations", "/api/v1/evidence", "/api/v1/oidc/callback")
    ]
    answers.append(
        await admin.get("/api/v1/session", headers={"authorization": "Bearer " + text.encode().hex()})
    )
    assert [(one.request.url.path, one.status_code) for one in answers if one.status_code >= 500] == []


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b'{"login": "\\ud800"}', b"null", b"1" * 9999])
async def test_a_body_that_is_no_sign_in_is_refused_as_such(town: Town, body: bytes) -> None:
    answer = await town.browser().post(
        "/api/v1/session", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400


async def enrol(town: Town, browser: httpx.AsyncClient) -> tuple[pyotp.TOTP, list[str]]:
    begun = (await browser.post("/api/v1/session/second-factor")).json()
    totp = pyotp.TOTP(begun["secret"])
    answer = await browser.post("/api/v1/session/second-factor/confirm", json={"code": totp.at(town.now)})
    assert answer.status_code == 200, answer.text
    return totp, answer.json()["recovery_codes"]


async def test_a_body_is_found_by_its_english_name(admin: httpx.AsyncClient) -> None:
    body = {"name": "城市管理局", "name_en": "Urban Management Bureau"}
    (await admin.put("/api/v1/organisations/urban", json=body)).raise_for_status()
    found = (await admin.get("/api/v1/organisations", params={"q": "management"})).json()["items"]
    assert [one["id"] for one in found] == ["urban"]


async def test_an_answer_is_in_the_language_that_is_asked_for_else_in_that_of_the_account(
    admin: httpx.AsyncClient,
) -> None:
    async def spoken(wanted: str) -> str:
        answer = await admin.get("/api/v1/session", headers={"accept-language": wanted})
        return str(answer.json()["language"])

    assert [await spoken(wanted) for wanted in ("en", "zh", "fr")] == ["en", "zh-CN", "zh-CN"]
