"""A street's request for data of its province goes by way of county and city: each checks it, with a clock of its own."""

from itertools import combinations
from pathlib import Path

import msgspec
import pytest

from quanyu.core.errors import Conflict
from quanyu.exchange.requests.service import Requests
from quanyu.federation.messages import Letter
from quanyu.federation.model import Envelope, Level, Message, Signed
from quanyu.federation.referrals._sql import message
from quanyu.federation.referrals.model import PASS, Checked, Passed
from quanyu.federation.referrals.service import Referrals
from quanyu.federation.referrals.way import MOST
from quanyu.federation.sharing.model import Acted, ConsumerAct
from quanyu.federation.sharing.service import act
from quanyu.store import Database
from tests.unit.federation import referring
from tests.unit.federation.carrying import NOW, Node, introduce, make

NAMES = ("hanjiang", "jiangzhou", "qingchuan", "beimen")
LEVELS = (Level.PROVINCE, Level.CITY, Level.COUNTY, Level.STREET)


@pytest.fixture
async def levels(database: Database, tmp_path: Path, tenant: str) -> list[Node]:
    """Province, city, county and street, who all know each other; each asks by way of the next one up."""
    nodes = [
        await make(database, tmp_path / tenant, name, level, f"https://{name}.example")
        for name, level in zip(NAMES, LEVELS, strict=True)
    ]
    for (upper, _), (lower, level) in combinations(zip(nodes, LEVELS, strict=True), 2):
        await introduce(upper, lower, level)
    province, city, county, street = nodes
    await referring.lead(street, "hanjiang", "qingchuan")
    await referring.lead(county, "hanjiang", "jiangzhou")
    await referring.lead(city, "beimen", "qingchuan")
    await referring.lead(province, "beimen", "jiangzhou")
    for node in nodes:
        await referring.prepare(node)
    await referring.publish(province)
    return nodes


async def checks(street: Node, id: str) -> list[Checked]:
    """Each level's, as the street sees them."""
    found, one = [], (await referring.asked_at(street, id)).checked
    while one is not None:
        found.append(one)
        one = one.shown and one.shown.beyond
    return found


def states(seen: list[Checked]) -> list[tuple[str, str | None]]:
    return [(one.node, one.shown and one.shown.state) for one in seen]


async def test_each_level_checks_it_with_a_clock_of_its_own(levels: list[Node]) -> None:
    province, city, county, street = levels
    id = await referring.asks(street, "hanjiang")
    await referring.carry(levels)
    assert states(await checks(street, id)) == [("qingchuan", "checking")]
    assert await referring.desk_of(city) == []
    await referring.decides(county, "pass_on", "辖区属实")
    await referring.carry(levels)
    seen = await checks(street, id)
    assert states(seen) == [("qingchuan", "passed"), ("jiangzhou", "checking")]
    assert all(one.shown and (one.shown.due is not None) == (one.shown.outcome is None) for one in seen)
    assert await referring.requests_at(province) == []
    view = await referring.decides(city, "pass_on", "情况属实")
    assert (view.referral.peer, view.referral.way) == ("beimen", ("beimen", "qingchuan"))
    assert [(one.node, one.opinion) for one in view.passed] == [("qingchuan", "辖区属实")]
    await referring.carry(levels)
    [(request, referred)] = await referring.requests_at(province)
    assert request.consumer.desk == "civil@beimen"
    opinions = [("qingchuan", "辖区属实"), ("jiangzhou", "情况属实")]
    assert [(one.node, one.opinion) for one in referred] == opinions


async def test_every_level_sees_how_it_ends(levels: list[Node]) -> None:
    province, city, county, street = levels
    id = await referring.asks(street, "hanjiang")
    for node in (county, city):
        await referring.carry(levels)
        await referring.decides(node, "pass_on")
    await referring.carry(levels)
    [(request, _)] = await referring.requests_at(province)
    async with province.database.tenant(province.tenant) as connection:
        desk = Requests(connection, province.actor, NOW, province.folder)
        await desk.act(request.id, "forward")
        await desk.answer(request.id, referring.ANSWER)
    await referring.carry(levels)
    found = await referring.asked_at(street, id)
    assert found.shown is not None
    assert found.shown.state == "offered"
    for node in (county, city):
        (known,) = await referring.desk_of(node)
        async with node.database.tenant(node.tenant) as connection:
            view = await Referrals(referring.mail(connection, node), node.actor).view(known.id)
        assert view.onward is not None
        assert (view.onward.request, view.onward.state) == (request.id, "offered")


async def test_what_a_level_further_on_rejects_is_told_to_who_asks(levels: list[Node]) -> None:
    _, city, county, street = levels
    id = await referring.asks(street, "hanjiang")
    await referring.carry(levels)
    await referring.decides(county, "pass_on")
    await referring.carry(levels)
    await referring.decides(city, "reject", "缺少法律依据")
    await referring.carry(levels)
    last = (await checks(street, id))[-1]
    assert last.shown is not None
    assert (last.shown.outcome, last.shown.opinion) == ("rejected", "缺少法律依据")
    assert not (await checks(street, id))[0].is_open


async def test_the_street_takes_it_back_from_whoever_has_it(levels: list[Node]) -> None:
    _, city, county, street = levels
    id = await referring.asks(street, "hanjiang")
    await referring.carry(levels)
    await referring.decides(county, "pass_on")
    await referring.carry(levels)
    said = Acted(local=id, act=ConsumerAct.WITHDRAW, person="王丽", reason="不再需要")
    async with street.database.tenant(street.tenant) as connection:
        await act(referring.mail(connection, street), street.actor, said)
    await referring.carry(levels)
    assert [one.state for one in await referring.desk_of(city)] == ["withdrawn"]
    assert states(await checks(street, id)) == [("qingchuan", "passed"), ("jiangzhou", "withdrawn")]


async def test_a_way_that_leads_back_is_refused_in_words(levels: list[Node]) -> None:
    _, city, county, street = levels
    await referring.lead(city, "hanjiang", "qingchuan")
    id = await referring.asks(street, "hanjiang")
    await referring.carry(levels)
    await referring.decides(county, "pass_on")
    await referring.carry(levels)
    assert await referring.desk_of(city) == []
    *_, last = await checks(street, id)
    assert (last.node, last.shown) == ("jiangzhou", None)
    assert "beimen → qingchuan → jiangzhou" in str(last.fault)


async def test_a_way_that_is_led_back_meanwhile_is_not_decided_upon(levels: list[Node]) -> None:
    _, city, county, street = levels
    await referring.asks(street, "hanjiang")
    await referring.carry(levels)
    await referring.decides(county, "pass_on")
    await referring.carry(levels)
    await referring.lead(city, "hanjiang", "qingchuan")
    with pytest.raises(Conflict, match="qingchuan"):
        await referring.decides(city, "pass_on")
    assert [one.state for one in await referring.desk_of(city)] == ["checking"]


async def test_a_request_that_was_passed_on_too_often_is_refused_in_words(levels: list[Node]) -> None:
    _, city, county, street = levels
    await referring.asks(street, "hanjiang")
    await referring.carry(levels)
    (waiting,) = await referring.desk_of(county)
    async with county.database.tenant(county.tenant) as connection:
        whole = await message(connection, waiting.id)
    for number in range(MOST + 1):
        whole = await passed(county, whole, f"T{number}")
    reasons = {one.body.message: one.body.reason for one in (await county.carry(city)).receipts}
    assert str(MOST) in reasons[whole.id]
    assert len(await referring.desk_of(city)) == 1  # the first, as it should be


@pytest.mark.parametrize("wrong", ["opinion", "purpose"])
async def test_a_level_changes_nothing_of_what_those_before_it_have_said(
    levels: list[Node], wrong: str
) -> None:
    province, city, county, street = levels
    await referring.asks(street, "hanjiang")
    await referring.carry(levels)
    await referring.decides(county, "pass_on", "辖区属实")
    await referring.carry(levels)
    (waiting,) = await referring.desk_of(city)
    async with city.database.tenant(city.tenant) as connection:
        whole = await message(connection, waiting.id)
    was, now = {"opinion": ("辖区属实", "极力支持"), "purpose": ("低保核对", "商业推广")}[wrong]
    payload = bytes(whole.payload).replace(was.encode(), now.encode())
    assert payload != bytes(whole.payload)
    await passed(city, msgspec.structs.replace(whole, payload=msgspec.Raw(payload)), "T1", to="hanjiang")
    (receipt,) = (await city.carry(province)).receipts
    assert (receipt.body.outcome, "qingchuan" in receipt.body.reason) == ("refused", True)
    assert await referring.requests_at(province) == []


async def passed(node: Node, whole: Message, local: str, to: str = "jiangzhou") -> Message:
    """What this node sends as what it was given, and as it then lies with it."""
    async with node.database.tenant(node.tenant) as connection:
        said = Passed(local=local, petition=whole, person="赵刚", opinion="")
        letter = Letter(to=to, kind=PASS, about=f"referral {local}", payload=said)
        id = await referring.mail(connection, node).send(node.actor, letter)
        row = await connection.fetchrow(
            "select envelope from federation_message where id = $1 and direction = 'out'", id
        )
    envelope = msgspec.convert(row["envelope"], Signed[Envelope])
    return Message(envelope=envelope, payload=msgspec.Raw(msgspec.json.encode(said)))
