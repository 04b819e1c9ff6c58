"""Nodes of several levels that pass requests on; the highest has a register."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import combinations
from pathlib import Path

from quanyu.exchange.definitions import ensure_definitions
from quanyu.exchange.requests.model import Answer, Application, ItemAnswer, Referred, Request, Wish
from quanyu.exchange.requests.service import Requests
from quanyu.federation.messages import Mail
from quanyu.federation.model import Level, Receipts
from quanyu.federation.nodes import Nodes
from quanyu.federation.referrals import ONWARD, REFERRALS, referral_kinds
from quanyu.federation.referrals.model import Referral, ReferralView
from quanyu.federation.referrals.service import Referrals
from quanyu.federation.sharing import REQUESTS, sharing_kinds
from quanyu.federation.sharing.model import Asked
from quanyu.federation.sharing.service import ask, asked
from quanyu.govern.catalogue import service as catalogue
from quanyu.govern.catalogue.model import DataItem, Description, Facts, ShareType
from quanyu.govern.grading.model import Grade
from quanyu.store import Connection, Database
from tests.unit.federation.carrying import NOW, Node, introduce, make

RESIDENTS = Description(
    title="低保边缘家庭", abstract="登记", share_type=ShareType.CONDITIONAL, share_condition="核对", organisation="civil", organisation_name="省民政厅",
    items=tuple(DataItem(name=name, label=name, type="text") for name in ("编号", "收入")),
)  # fmt: skip
WANTED = Application(
    dataset="residents", title="核对", items=(Wish(name="编号"), Wish(name="收入")), purpose="低保核对", basis="办法",
    starts=NOW, ends=NOW + timedelta(days=30),
)  # fmt: skip
ANSWER = Answer(
    items=(ItemAnswer(name="编号", granted=True), ItemAnswer(name="收入", granted=False, reason="超出用途"))
)


def mail(connection: Connection, node: Node) -> Mail:
    return Mail(connection, node.tenant, node.folder, NOW)


async def lead(node: Node, to: str, through: str) -> None:
    async with node.database.tenant(node.tenant) as connection:
        await Nodes(connection, node.actor, node.folder, NOW).lead(to, through=through)


async def prepare(node: Node) -> None:
    """It knows the messages and the clocks of requests that are passed on."""
    kinds = (kind(node.tenant, node.folder, lambda: NOW) for kind in (sharing_kinds, referral_kinds))
    node.more = {name: handler for each in kinds for name, handler in each.items()}
    async with node.database.tenant(node.tenant) as connection:
        await ensure_definitions(connection, node.tenant, now=NOW)


async def publish(node: Node) -> None:
    async with node.database.tenant(node.tenant) as connection:
        facts = Facts(records=9, score=91.5, grade=Grade.GENERAL_1, grade_confirmed=True)
        draft = await catalogue.create(
            connection, node.tenant, name="residents", said=RESIDENTS, facts=facts, author="t", at=NOW
        )
        await catalogue.publish(
            connection, node.tenant, "residents", version=draft.version, author="t", at=NOW
        )


async def three_levels(database: Database, folder: Path) -> tuple[Node, Node, Node]:
    """Province, city and county, who know each other; the county asks the province by way of the city."""
    province = await make(database, folder, "hanjiang", Level.PROVINCE, "https://province.example")
    city = await make(database, folder, "jiangzhou", Level.CITY, "https://city.example")
    county = await make(database, folder, "qingchuan", Level.COUNTY)
    await introduce(province, city, Level.CITY)
    await introduce(city, county, Level.COUNTY)
    await introduce(province, county, Level.COUNTY)
    await lead(county, "hanjiang", "jiangzhou")
    await lead(province, "qingchuan", "jiangzhou")
    for node in (province, city, county):
        await prepare(node)
    await publish(province)
    return province, city, county


async def carry(nodes: Sequence[Node]) -> list[Receipts]:
    """What has moved is told, and everything that is written reaches whom it is for."""
    receipts = []
    for _ in nodes:
        for node in nodes:
            await tell(node)
        for one, other in combinations(nodes, 2):
            receipts += [await one.carry(other), await other.carry(one)]
    return receipts


async def tell(node: Node) -> None:
    for matter in (REQUESTS, REFERRALS, ONWARD):
        async with node.database.tenant(node.tenant) as connection:
            await matter.tell(mail(connection, node))


async def asks(node: Node, owner: str) -> str:
    async with node.database.tenant(node.tenant) as connection:
        return (await ask(mail(connection, node), node.actor, owner, "civil", WANTED)).id


async def asked_at(node: Node, id: str) -> Asked:
    async with node.database.tenant(node.tenant) as connection:
        return await asked(connection, id)


async def desk_of(node: Node) -> list[Referral]:
    async with node.database.tenant(node.tenant) as connection:
        page = await Referrals(mail(connection, node), node.actor).page(open=None, after=None, limit=9)
    return list(page.items)


async def decides(node: Node, act: str, opinion: str = "") -> ReferralView:
    (waiting,) = await desk_of(node)
    async with node.database.tenant(node.tenant) as connection:
        desk = Referrals(mail(connection, node), node.actor)
        await desk.decide(waiting.id, act, opinion)
        return await desk.view(waiting.id)


async def requests_at(node: Node) -> list[tuple[Request, tuple[Referred, ...]]]:
    async with node.database.tenant(node.tenant) as connection:
        desk = Requests(connection, node.actor, NOW, node.folder)
        page = await desk.page(None, side=None, dataset=None, state=None, open=None, after=None, limit=9)
        return [(one, (await desk.view(one.id)).referred) for one in page.items]
