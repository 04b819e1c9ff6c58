"""A county's request for data of its province goes by way of the city between, which checks it with a clock of its own."""

from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import pytest

from quanyu.core.actor import ActorKind
from quanyu.core.clock import CITY_ZONE
from quanyu.core.errors import Conflict, Denied, Invalid
from quanyu.exchange.requests.model import Referred, Request
from quanyu.exchange.requests.service import Requests
from quanyu.federation import _sql
from quanyu.federation.messages import Letter
from quanyu.federation.model import Message, Receipts
from quanyu.federation.referrals._sql import message
from quanyu.federation.referrals.model import PASS, Passed, Referral, ReferralView
from quanyu.federation.referrals.service import Referrals
from quanyu.federation.sharing.model import REQUEST, Acted, Asked, ConsumerAct, Wanted
from quanyu.federation.sharing.service import act
from quanyu.govern.catalogue import service as catalogue
from quanyu.store import Database
from tests.unit.federation import referring
from tests.unit.federation.carrying import NOW, Node


@dataclass
class Way:
    province: Node
    city: Node
    county: Node

    async def carry(self) -> list[Receipts]:
        return await referring.carry((self.province, self.city, self.county))

    async def asks(self) -> str:
        return await referring.asks(self.county, "hanjiang")

    async def asked(self, id: str) -> Asked:
        return await referring.asked_at(self.county, id)

    async def desk(self) -> list[Referral]:
        return await referring.desk_of(self.city)

    async def decides(self, act: str, opinion: str) -> ReferralView:
        return await referring.decides(self.city, act, opinion)

    async def requests(self) -> list[tuple[Request, tuple[Referred, ...]]]:
        return await referring.requests_at(self.province)


async def evidence(node: Node, about: str) -> list[str]:
    async with node.database.tenant(node.tenant) as connection:
        rows = await connection.fetch(
            "select action from evidence_pending where resource = $1 order by id", about
        )
    return [row["action"] for row in rows]


@pytest.fixture
async def way(database: Database, tmp_path: Path, tenant: str) -> Way:
    return Way(*await referring.three_levels(database, tmp_path / tenant))


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
    assert [(one.node, one.opinion) for one in referred] == [("jiangzhou", "情况属实")]
    async with way.province.database.tenant(way.province.tenant) as connection:
        desk = Requests(connection, way.province.actor, NOW, way.province.folder)
        await desk.act(request.id, "forward")
        await desk.answer(request.id, referring.ANSWER)
    await way.carry()
    found = await way.asked(id)
    assert found.checked is not None
    assert found.checked.shown is not None
    assert (found.checked.shown.outcome, found.checked.shown.opinion) == ("passed", "情况属实")
    assert found.shown is not None
    assert (found.shown.state, "sign" in found.shown.acts) == ("offered", True)
    async with way.city.database.tenant(way.city.tenant) as connection:
        seen = await Referrals(referring.mail(connection, way.city), way.city.actor).view(view.referral.id)
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
        await act(referring.mail(connection, way.county), way.county.actor, said)
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
    await referring.lead(way.county, "hanjiang", "")
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
        whole = await message(connection, waiting.id)
    if wrong == "another way":
        await referring.lead(way.province, "qingchuan", "")
    if wrong == "twice":
        await way.decides("pass_on", "")
        await way.carry()
    before = len(await way.requests())
    said = Passed(local="T1", petition=await forged(way, whole, wrong), person="赵刚", opinion="")
    async with way.city.database.tenant(way.city.tenant) as connection:
        letter = Letter(to="hanjiang", kind=PASS, about="onward T1", payload=said)
        await referring.mail(connection, way.city).send(way.city.actor, letter)
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
        wanted = Wanted(local="X1", organisation="civil", application=referring.WANTED)
        letter = Letter(to=to, kind=kind, about="request X1", payload=wanted)
        await referring.mail(connection, node).send(node.actor, letter)
        return (await _sql.waiting_for(connection, to, NOW, 100))[-1]


async def test_a_department_sees_nothing_of_what_passes_through(way: Way) -> None:
    await way.asks()
    await way.carry()
    (waiting,) = await way.desk()
    officer = replace(
        way.city.actor, kind=ActorKind.ACCOUNT, roles=frozenset({"department_officer"}), organisation="civil"
    )
    async with way.city.database.tenant(way.city.tenant) as connection:
        desk = Referrals(referring.mail(connection, way.city), officer)
        with pytest.raises(Denied):
            await desk.page(open=None, after=None, limit=9)
        with pytest.raises(Denied):
            await desk.view(waiting.id)
        with pytest.raises(Denied):
            await desk.decide(waiting.id, "pass_on", "")
