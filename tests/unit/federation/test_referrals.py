"""A county's request for data of its province goes by way of the city between, which checks it with a clock of its own."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from quanyu.core.actor import ActorKind
from quanyu.core.clock import CITY_ZONE
from quanyu.core.errors import Conflict, Denied, Invalid
from quanyu.exchange.definitions import ensure_definitions
from quanyu.exchange.requests.model import Answer, Application, ItemAnswer, Referred, Request, Wish
from quanyu.exchange.requests.service import Requests
from quanyu.federation import _sql
from quanyu.federation.messages import Letter, Mail
from quanyu.federation.model import Level, Message, Receipts
from quanyu.federation.nodes import Nodes
from quanyu.federation.referrals import ONWARD, REFERRALS, referral_kinds
from quanyu.federation.referrals._sql import petition
from quanyu.federation.referrals.model import PASS, Passed, Referral, ReferralView
from quanyu.federation.referrals.service import Referrals
from quanyu.federation.sharing import REQUESTS, sharing_kinds
from quanyu.federation.sharing.model import REQUEST, Acted, Asked, ConsumerAct, Wanted
from quanyu.federation.sharing.service import act, ask, asked
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


@dataclass
class Way:
    province: Node
    city: Node
    county: Node

    async def carry(self) -> list[Receipts]:
        """What has moved is told, and everything that is written reaches whom it is for."""
        pairs = ((self.county, self.city), (self.city, self.province), (self.county, self.province))
        receipts = []
        for _ in range(3):
            for node in (self.province, self.city, self.county):
                await tell(node)
            for one, other in pairs:
                receipts += [await one.carry(other), await other.carry(one)]
        return receipts

    async def asks(self) -> str:
        async with self.county.database.tenant(self.county.tenant) as connection:
            made = await ask(mail(connection, self.county), self.county.actor, "hanjiang", "civil", WANTED)
        return made.id

    async def asked(self, id: str) -> Asked:
        async with self.county.database.tenant(self.county.tenant) as connection:
            return await asked(connection, id)

    async def desk(self) -> list[Referral]:
        async with self.city.database.tenant(self.city.tenant) as connection:
            page = await Referrals(mail(connection, self.city), self.city.actor).page(
                open=None, after=None, limit=9
            )
        return list(page.items)

    async def decides(self, act: str, opinion: str) -> ReferralView:
        (waiting,) = await self.desk()
        async with self.city.database.tenant(self.city.tenant) as connection:
            desk = Referrals(mail(connection, self.city), self.city.actor)
            await desk.decide(waiting.id, act, opinion)
            return await desk.view(waiting.id)

    async def requests(self) -> list[tuple[Request, Referred | None]]:
        async with self.province.database.tenant(self.province.tenant) as connection:
            desk = Requests(connection, self.province.actor, NOW, self.province.folder)
            page = await desk.page(None, side=None, dataset=None, state=None, open=None, after=None, limit=9)
            return [(one, (await desk.view(one.id)).referred) for one in page.items]


def mail(connection: Connection, node: Node) -> Mail:
    return Mail(connection, node.tenant, node.folder, NOW)


async def tell(node: Node) -> None:
    for matter in (REQUESTS, REFERRALS, ONWARD):
        async with node.database.tenant(node.tenant) as connection:
            await matter.tell(mail(connection, node))


async def evidence(node: Node, about: str) -> list[str]:
    async with node.database.tenant(node.tenant) as connection:
        rows = await connection.fetch(
            "select action from evidence_pending where resource = $1 order by id", about
        )
    return [row["action"] for row in rows]


async def lead(node: Node, to: str, through: str) -> None:
    async with node.database.tenant(node.tenant) as connection:
        await Nodes(connection, node.actor, node.folder, NOW).lead(to, through=through)


@pytest.fixture
async def way(database: Database, tmp_path: Path, tenant: str) -> Way:
    folder = tmp_path / tenant
    province = await make(database, folder, "hanjiang", Level.PROVINCE, "https://province.example")
    city = await make(database, folder, "jiangzhou", Level.CITY, "https://city.example")
    county = await make(database, folder, "qingchuan", Level.COUNTY)
    await introduce(province, city, Level.CITY)
    await introduce(city, county, Level.COUNTY)
    await introduce(province, county, Level.COUNTY)
    await lead(county, "hanjiang", "jiangzhou")
    await lead(province, "qingchuan", "jiangzhou")
    for node in (province, city, county):
        kinds = (kind(node.tenant, node.folder, lambda: NOW) for kind in (sharing_kinds, referral_kinds))
        node.more = {name: handler for each in kinds for name, handler in each.items()}
        async with database.tenant(node.tenant) as connection:
            await ensure_definitions(connection, node.tenant, now=NOW)
    async with database.tenant(province.tenant) as connection:
        facts = Facts(records=9, score=91.5, grade=Grade.GENERAL_1, grade_confirmed=True)
        draft = await catalogue.create(
            connection, province.tenant, name="residents", said=RESIDENTS, facts=facts, author="t", at=NOW
        )
        await catalogue.publish(
            connection, province.tenant, "residents", version=draft.version, author="t", at=NOW
        )
    return Way(province, city, county)


async def test_the_city_has_two_working_days_and_the_county_sees_until_when(way: Way) -> None:
    id = await way.asks()
    await way.carry()
    found = await way.asked(id)
    assert found.checked is not None
    assert found.checked.shown is not None
    due = found.checked.shown.due
    assert due is not None
    assert (found.node, found.checked.node, found.shown) == ("hanjiang", "jiangzhou", None)
    assert due.astimezone(CITY_ZONE).date().isoformat() == "2026-11-24"  # asked on a Saturday
    assert await way.requests() == []


async def test_what_the_city_passes_on_is_answered_to_the_county_and_shown_to_the_city(way: Way) -> None:
    id = await way.asks()
    await way.carry()
    view = await way.decides("pass_on", "情况属实")
    assert (view.referral.state, view.referral.opinion, view.acts) == ("passed", "情况属实", ())
    await way.carry()
    assert await evidence(way.city, view.referral.id) == ["share.referral.taken", "share.referral.pass_on"]
    [(request, referred)] = await way.requests()
    assert await evidence(way.province, request.id) == ["share.request.submitted"]
    assert (request.consumer.desk, request.state) == ("civil@qingchuan", "checking")
    assert referred is not None
    assert (referred.node, referred.opinion) == ("jiangzhou", "情况属实")
    async with way.province.database.tenant(way.province.tenant) as connection:
        desk = Requests(connection, way.province.actor, NOW, way.province.folder)
        await desk.act(request.id, "forward")
        await desk.answer(request.id, ANSWER)
    await way.carry()
    found = await way.asked(id)
    assert found.checked is not None
    assert found.checked.shown is not None
    assert (found.checked.shown.outcome, found.checked.shown.opinion) == ("passed", "情况属实")
    assert found.shown is not None
    assert (found.shown.state, "sign" in found.shown.acts) == ("offered", True)
    async with way.city.database.tenant(way.city.tenant) as connection:
        seen = await Referrals(mail(connection, way.city), way.city.actor).view(view.referral.id)
    assert seen.onward is not None
    assert seen.onward.answer is not None
    assert (seen.onward.state, [one.granted for one in seen.onward.answer.items]) == (
        "offered",
        [True, False],
    )


async def test_what_the_city_refuses_never_reaches_the_province(way: Way) -> None:
    id = await way.asks()
    await way.carry()
    with pytest.raises(Invalid):
        await way.decides("reject", "")
    await way.decides("reject", "缺少法律依据")
    await way.carry()
    found = await way.asked(id)
    assert found.checked is not None
    assert found.checked.shown is not None
    assert (found.checked.shown.outcome, found.checked.shown.opinion) == ("rejected", "缺少法律依据")
    assert await way.requests() == []
    with pytest.raises(Conflict):
        await way.decides("pass_on", "")


async def test_the_county_takes_it_back_while_the_city_has_it(way: Way) -> None:
    id = await way.asks()
    await way.carry()
    said = Acted(local=id, act=ConsumerAct.WITHDRAW, person="王丽", reason="不再需要")
    async with way.county.database.tenant(way.county.tenant) as connection:
        await act(mail(connection, way.county), way.county.actor, said)
    await way.carry()
    assert [one.outcome for one in await way.desk()] == ["withdrawn"]


async def test_why_the_province_does_not_take_it_is_told_to_the_county(way: Way) -> None:
    async with way.province.database.tenant(way.province.tenant) as connection:
        entry = await catalogue.find(connection, "residents")
        await catalogue.withdraw(
            connection,
            way.province.tenant,
            "residents",
            version=entry.version,
            author="t",
            at=NOW,
        )
    id = await way.asks()
    await way.carry()
    await way.decides("pass_on", "")
    await way.carry()
    found = await way.asked(id)
    assert found.checked is not None
    assert found.checked.shown is not None
    assert "residents" in str(found.checked.shown.fault)


async def test_asked_directly_the_province_says_by_way_of_whom(way: Way) -> None:
    await lead(way.county, "hanjiang", "")
    id = await way.asks()
    await way.carry()
    assert "jiangzhou" in str((await way.asked(id)).fault)
    assert await way.requests() == []


@pytest.mark.parametrize("wrong", ["another way", "another word", "another kind", "twice", "for another"])
async def test_a_city_passes_on_only_what_the_county_has_signed_to_it(way: Way, wrong: str) -> None:
    await way.asks()
    await way.carry()
    (waiting,) = await way.desk()
    async with way.city.database.tenant(way.city.tenant) as connection:
        whole = await petition(connection, waiting.id)
    if wrong == "another way":
        await lead(way.province, "qingchuan", "")
    if wrong == "twice":
        await way.decides("pass_on", "")
        await way.carry()
    before = len(await way.requests())
    said = Passed(local="T1", petition=await forged(way, whole, wrong), person="赵刚", opinion="")
    async with way.city.database.tenant(way.city.tenant) as connection:
        letter = Letter(to="hanjiang", kind=PASS, about="onward T1", payload=said)
        await mail(connection, way.city).send(way.city.actor, letter)
    (receipt,) = (await way.city.carry(way.province)).receipts
    assert receipt.body.outcome == "refused", receipt
    assert len(await way.requests()) == before


async def forged(way: Way, whole: Message, wrong: str) -> Message:
    if wrong == "another word":
        payload = bytes(whole.payload).replace("低保核对".encode(), "商业推广".encode())
        return msgspec.structs.replace(whole, payload=msgspec.Raw(payload))
    if wrong == "another kind":
        return await sent(way.county, "jiangzhou", REQUEST)
    if wrong == "for another":
        payload = bytes(whole.payload).replace(b"hanjiang", b"donghai1")
        return msgspec.structs.replace(whole, payload=msgspec.Raw(payload))
    return whole


async def sent(node: Node, to: str, kind: str) -> Message:
    async with node.database.tenant(node.tenant) as connection:
        wanted = Wanted(local="X1", organisation="civil", application=WANTED)
        letter = Letter(to=to, kind=kind, about="request X1", payload=wanted)
        await mail(connection, node).send(node.actor, letter)
        return (await _sql.waiting_for(connection, to, NOW, 100))[-1]


async def test_a_department_sees_nothing_of_what_passes_through(way: Way) -> None:
    await way.asks()
    await way.carry()
    (waiting,) = await way.desk()
    officer = replace(
        way.city.actor, kind=ActorKind.ACCOUNT, roles=frozenset({"department_officer"}), organisation="civil"
    )
    async with way.city.database.tenant(way.city.tenant) as connection:
        desk = Referrals(mail(connection, way.city), officer)
        with pytest.raises(Denied):
            await desk.page(open=None, after=None, limit=9)
        with pytest.raises(Denied):
            await desk.view(waiting.id)
        with pytest.raises(Denied):
            await desk.decide(waiting.id, "pass_on", "")
