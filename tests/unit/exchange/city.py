"""A city of departments over real doors: civil affairs have the register of residents, the county asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from litestar import Litestar

from quanyu.app.flow import Stages
from quanyu.app.http import application
from quanyu.app.node import Node
from quanyu.app.settings import Settings
from quanyu.connect.outgoing import Outgoing
from quanyu.core.actor import Actor, ActorKind, system_actor
from quanyu.core.clock import utc_now
from quanyu.exchange.contracts.service import Contracts
from quanyu.exchange.definitions import ensure_definitions
from quanyu.exchange.parties import Deal, Party
from quanyu.exchange.policy import Terms, Way
from quanyu.govern.imports.run import run_import
from quanyu.identity import EvidenceWriter, IdentitySettings, ensure_tenant
from quanyu.identity.accounts import _sql as accounts
from quanyu.identity.accounts.model import AccountState, NewAccount
from quanyu.identity.accounts.service import create_account
from quanyu.identity.organisations.model import Organisation
from quanyu.identity.organisations.service import put_organisations
from quanyu.identity.sessions.sign_in import open_session
from quanyu.store import Database
from quanyu.twin import Twin, Writer
from tests.engine import run_here

PEOPLE = {
    "authority": ("data_officer", None),
    "civil": ("department_officer", "civil"),
    "county": ("department_officer", "county"),
    "health": ("department_officer", "health"),
    "audit": ("audit_admin", None),
    "resident": ("citizen", None),
}
RESIDENTS = "residents"
COLUMNS = ("编号", "街道", "年龄段", "收入", "登记日期", "状态")
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # a Monday, nine o'clock in Shanghai
ALL_WAYS = tuple(Way)


def residents(number: int = 120, **mended: str) -> str:
    """`R007="2500"` gives that one another income. Street 3 has two residents only."""
    lines = [",".join(COLUMNS)]
    for index in range(1, number + 1):
        code = f"R{index:03}"
        street = "三街" if index <= 2 else f"{'一二'[index % 2]}街"
        day = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=index)
        income = mended.get(code, str(1000 + index * 10))
        lines.append(
            f"{code},{street},{20 + index % 5 * 10},{income},{day:%Y-%m-%d},{'低保边缘' if index % 3 else '正常'}"
        )
    return "\n".join(lines) + "\n"


@dataclass
class City:
    node: Node
    door: Litestar
    clients: dict[str, httpx.AsyncClient]
    now: datetime = START
    actors: dict[str, Actor] = field(default_factory=dict)
    imported: int = 0

    @property
    def tenant(self) -> str:
        return self.node.tenant

    async def moves_to(self, now: datetime) -> None:
        """Everybody signs in anew: sessions do not last as long as contracts."""
        if self.now == now and "civil" in self.clients:
            return
        self.now = now
        for login, actor in self.actors.items():
            secret = await open_session(
                self.node.database, self.tenant, actor.id, name=login, settings=self.node.identity, now=now
            )
            self.clients[login] = _client(self.door, cookie=f"quanyu_session={secret}")

    async def asks(self, who: str, method: str, path: str, *, expect: int = 200, **call: Any) -> Any:
        answer = await self.clients[who].request(method, f"/api/v1/sharing{path}", **call)
        assert answer.status_code == expect, (answer.status_code, answer.text)
        return answer.json() if answer.content and "json" in answer.headers["content-type"] else answer

    async def imports(self, text: str, dataset: str = RESIDENTS) -> None:
        """Each a moment after the one before, wherever the clock of a test stands: the order of imports is that of their times."""
        self.imported += 1
        here, self.now = self.now, START + timedelta(milliseconds=self.imported)
        begun = await self.clients["civil"].post(
            f"/api/v1/datasets/{dataset}/imports", params={"filename": f"{dataset}.csv", "key": "编号"}, content=text.encode()
        )  # fmt: skip
        self.now = here
        assert begun.status_code == 202, begun.text
        await run_import(
            self.node.database, self.node.folder, tenant=self.tenant, import_id=begun.json()["import"],
            run_engine=run_here, hooks=Stages(self.node), clock=utc_now,
        )  # fmt: skip

    async def mends(self) -> None:
        """The register is as it was, whatever tests have imported: by a file of its own, as the same one again changes nothing."""
        await self.imports(residents() + "\n" * (self.imported + 1))

    async def withdraws(self, import_id: str) -> None:
        """So that imports of other tests do not wait for one that nobody works off."""
        answer = await self.clients["civil"].post(f"/api/v1/imports/{import_id}/cancel")
        assert answer.status_code == 200, answer.text

    async def describes(self, dataset: str = RESIDENTS, **changes: Any) -> None:
        """Changes the entry and publishes it."""
        client, path = self.clients["authority"], f"/api/v1/catalogue/{dataset}"
        version = (await client.get(path)).headers["etag"]
        changed = await client.patch(path, json=changes, headers={"if-match": version})
        assert changed.status_code == 200, changed.text
        if changed.json()["state"] != "published":
            answer = await client.post(f"{path}/publish", headers={"if-match": changed.headers["etag"]})
            assert answer.status_code == 200, answer.text

    async def contract(self, *, consumer: str = "county", **changes: Any) -> str:
        """In force at once, with terms that allow everything but what `changes` say."""
        said = terms(**changes)
        civil = self.actors["civil"]
        async with self.node.database.tenant(self.tenant) as connection:
            desk = Contracts(connection, civil, self.now)
            deal = Deal(provider="civil", consumer=Party(organisation=consumer))
            made = await desk.draft(deal, RESIDENTS, self.node.folder)
            version = await desk.propose(made.id, said, by="civil", columns=COLUMNS)
            await desk.decide(made.id, version, accept=True, by=consumer)
        return made.id

    async def ends(self, id: str) -> None:
        """So that contracts of one test do not cover the calls of another."""
        async with self.node.database.tenant(self.tenant) as connection:
            await Contracts(connection, self.actors["civil"], self.now).terminate(id, "done")


def terms(**changes: Any) -> Terms:
    usual: Mapping[str, Any] = {
        "columns": COLUMNS, "purpose": "低保核对", "basis": "社会救助暂行办法 第十七条",
        "starts": START - timedelta(days=1), "ends": START + timedelta(days=30), "ways": ALL_WAYS, "check_key": ("编号",),
    }  # fmt: skip
    return Terms(**{**usual, **changes})


async def built(database: Database, tenant: str, folder: Path) -> City:
    for name in ("datasets", "uploads", "keys", "run", "tmp"):
        (folder / name).mkdir()
    made: list[City] = []
    node = Node(
        settings=Settings(data=folder, tenant=tenant), identity=IdentitySettings(), database=database, postgres=None,
        evidence=EvidenceWriter(database), twin=Twin(Writer(database)), outgoing=Outgoing(),
        clock=lambda: made[0].now if made else START,
    )  # fmt: skip
    door = application(node)
    city = City(node, door, {"nobody": _client(door)})
    made.append(city)
    system = system_actor(tenant, "test")
    async with database.tenant(tenant) as connection:
        await ensure_tenant(connection, tenant)
        await ensure_definitions(connection, tenant, now=START)
        bodies = [Organisation.parse(id=one, name=one) for one in ("civil", "county", "health")]
        await put_organisations(connection, system, bodies)
    for login, (role, organisation) in PEOPLE.items():
        city.actors[login] = await _account(node, system, login, role, organisation)
    await city.moves_to(START)
    await city.imports(residents())
    await city.describes(
        title="居民登记", abstract="登记", organisation="civil", share_type=2, share_condition="核对低保"
    )
    return city


async def _account(node: Node, system: Actor, login: str, role: str, organisation: str | None) -> Actor:
    new = NewAccount.parse(login=login, name=login, organisation=organisation, language="en")
    async with node.database.tenant(node.tenant) as connection:
        made = await create_account(connection, system, new, roles=[role])
        await accounts.set_password(connection, node.tenant, made.account.id, "", AccountState.ACTIVE)
    return Actor(
        id=made.account.id, tenant=node.tenant, kind=ActorKind.ACCOUNT, name=login, organisation=organisation,
        roles=frozenset({role}),
    )  # fmt: skip


def _client(door: Litestar, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(door, raise_app_exceptions=False)  # type: ignore[arg-type]
    return httpx.AsyncClient(
        transport=transport, base_url="http://node", headers={"x-requested-with": "quanyu", "accept-language": "en", **headers}
    )  # fmt: skip
