"""A dispute over the border with its exhibits, and an outside node that reads nothing and disputes nothing."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from quanyu.core.errors import Denied
from quanyu.exchange import exhibits
from quanyu.exchange.contracts.model import State, Usage
from quanyu.exchange.contracts.service import Contracts
from quanyu.exchange.definitions import ensure_definitions
from quanyu.exchange.delivery.questions import Inquiry
from quanyu.exchange.disputes.model import Doubt
from quanyu.exchange.disputes.service import Disputes
from quanyu.exchange.exhibits import Named
from quanyu.exchange.parties import Deal, Party
from quanyu.exchange.policy import Terms
from quanyu.exchange.requests.model import Application, Wish
from quanyu.federation.disputes.model import RAISE, Attached, Raised, RemoteDispute
from quanyu.federation.disputes.service import DISPUTES, act, dispute_kinds, raise_, raised
from quanyu.federation.messages import Letter, Mail
from quanyu.federation.model import Level, Outcome, Poll, Signed
from quanyu.federation.sharing.model import Asked, Question, SharedContract, Shown
from quanyu.federation.sharing.questions import believe
from quanyu.store import Database
from tests.unit.federation.carrying import NOW, Node, introduce, make

PDF = b"%PDF-1.7\n%%EOF\n"
TERMS = Terms(
    columns=("编号", "街道"), purpose="核对", basis="办法", starts=NOW, ends=NOW + timedelta(days=30)
)


@pytest.fixture
async def three(database: Database, tmp_path: Path, tenant: str) -> tuple[Node, Node, Node]:
    """A province, its county, and a city beside them."""
    folder = tmp_path / tenant
    province = await make(database, folder, "province", Level.PROVINCE, "https://province.example")
    county = await make(database, folder, "qingchuan", Level.COUNTY)
    beside = await make(database, folder, "donghai", Level.CITY)
    for node, level in ((county, Level.COUNTY), (beside, Level.CITY)):
        await introduce(province, node, level)
    for node in (province, county, beside):
        node.more = dispute_kinds(node.tenant, node.folder, lambda: NOW)
        async with database.tenant(node.tenant) as connection:
            await ensure_definitions(connection, node.tenant, now=NOW)
    return province, county, beside


async def contract(province: Node) -> str:
    async with province.database.tenant(province.tenant) as connection:
        desk = Contracts(connection, province.actor, NOW)
        deal = Deal(provider="civil", consumer=Party(organisation="welfare", node="qingchuan"))
        made = await desk.draft(deal, "residents", province.folder)
        version = await desk.propose(made.id, TERMS, by="civil", columns=TERMS.columns)
        await desk.decide(made.id, version, accept=True, by="welfare")
    return made.id


def asked(contract: str) -> Asked:
    wanted = Application(
        dataset="residents", title="核对", items=(Wish(name="街道"),), purpose="核对", basis="办法", starts=NOW, ends=TERMS.ends
    )  # fmt: skip
    shown = Shown(
        local="X1", request="R1", provider="civil", state="in_use", due=None, outcome=None, answer=None, commitment=None,
        contract=SharedContract(id=contract, state=State.ACTIVE, version=1, terms=TERMS, delete_by=None, usage=Usage()),
        timeline=(), acts=(),
    )  # fmt: skip
    return Asked(
        id="X1", node="province", organisation="welfare", dataset="residents", title="核对", application=wanted, shown=shown,
        corrected=None, fault=None, created=NOW, modified=NOW,
    )  # fmt: skip


async def dispute(county: Node, contract: str) -> RemoteDispute:
    kept = await exhibits.keep(county.database, county.tenant, "proof.pdf", PDF, NOW)
    said = Doubt(
        record={"编号": "R3"},
        field="街道",
        claimed="三街",
        evidence="户口本",
        exhibits=(Named(id=kept.id, name=kept.name),),
    )
    async with county.database.tenant(county.tenant) as connection:
        mail = Mail(connection, county.tenant, county.folder, NOW)
        return await raise_(mail, county.actor, asked(contract), said, "二街")


async def test_a_dispute_and_its_exhibits_reach_the_owner_and_its_answer_comes_back(
    three: tuple[Node, Node, Node],
) -> None:
    province, county, _ = three
    local = (await dispute(county, await contract(province))).id
    [receipt] = (await county.carry(province)).receipts
    assert receipt.body.outcome is Outcome.ACCEPTED, receipt
    async with province.database.tenant(province.tenant) as connection:
        desk = Disputes(connection, province.actor, NOW)
        (found,) = (await desk.page(None, dataset=None, open=True, after=None, limit=9)).items
        shown, content = await exhibits.content(connection, found.exhibits, found.exhibits[0].id)
        assert (found.consumer, found.current, shown.name, content) == (
            "welfare@qingchuan",
            "二街",
            "proof.pdf",
            PDF,
        )
        await desk.act(found.id, "deny", "登记无误")
        mail = Mail(connection, province.tenant, province.folder, NOW)
        assert [await DISPUTES.tell(mail), await DISPUTES.tell(mail)] == [1, 0]
    await province.carry(county)
    async with county.database.tenant(county.tenant) as connection:
        heard = (await raised(connection, local)).shown
        assert heard is not None
        assert (heard.state, heard.answer, set(heard.acts) >= {"agree", "object"}) == (
            "answered",
            "登记无误",
            True,
        )
        await act(
            Mail(connection, county.tenant, county.folder, NOW), county.actor, local, "object", "有户口本"
        )
    await county.carry(province)
    async with province.database.tenant(province.tenant) as connection:
        assert (await Disputes(connection, province.actor, NOW).one(found.id)).state == "arbitrating"


@pytest.mark.parametrize(
    "wrong", ["another's contract", "a field that is not given", "a changed byte of an exhibit"]
)
async def test_what_is_not_its_own_or_not_what_it_says_is_refused(
    three: tuple[Node, Node, Node], wrong: str
) -> None:
    province, county, beside = three
    id = await contract(province)
    sender = beside if wrong == "another's contract" else county
    kept = exhibits.Exhibit(id="0" * 64, name="proof.pdf", media_type="application/pdf", bytes=len(PDF))
    said = Raised(
        local="Y1", organisation="welfare", contract=id, record={"编号": "R3"}, current="二街", claimed="三街", evidence="户口本",
        field="收入" if wrong == "a field that is not given" else "街道", person="王丽",
        exhibits=(Attached(exhibit=kept, content=PDF),) if wrong == "a changed byte of an exhibit" else (),
    )  # fmt: skip
    async with sender.database.tenant(sender.tenant) as connection:
        letter = Letter(to="province", kind=RAISE, about="dispute Y1", payload=said)
        await Mail(connection, sender.tenant, sender.folder, NOW).send(sender.actor, letter)
    [receipt] = (await sender.carry(province)).receipts
    assert receipt.body.outcome is Outcome.REFUSED
    async with province.database.tenant(province.tenant) as connection:
        page = await Disputes(connection, province.actor, NOW).page(
            None, dataset=None, open=None, after=None, limit=9
        )
    assert page.items == ()


async def test_a_question_is_believed_once_fresh_whole_and_of_a_known_node_for_this_one(
    three: tuple[Node, Node, Node],
) -> None:
    province, county, beside = three
    good = await question(county, receiver="province")
    async with province.database.tenant(province.tenant) as connection:
        mail = Mail(connection, province.tenant, province.folder, NOW)
        assert (await believe(mail, good)).id == "qingchuan"
        changed = msgspec.structs.replace(
            good.body, inquiry=Inquiry(sql="select 收入 from residents"), nonce="other"
        )
        for wrong in (
            good,
            await question(county, receiver="donghai"),
            await question(county, receiver="province", minutes=11),
            msgspec.structs.replace(good, body=changed),
        ):
            with pytest.raises(Denied):
                await believe(mail, wrong)
    async with beside.database.tenant(beside.tenant) as connection:
        with pytest.raises(Denied):  # the county is no node that it knows
            await believe(
                Mail(connection, beside.tenant, beside.folder, NOW),
                await question(county, receiver="donghai"),
            )


async def test_a_clock_that_is_hours_off_is_known_from_a_poll_and_then_believed(
    three: tuple[Node, Node, Node],
) -> None:
    """Of a node that only calls out: nobody can ask it what time it has."""
    province, county, _ = three
    asked = await question(county, receiver="province", minutes=-180)
    async with county.database.tenant(county.tenant) as connection:
        mail = Mail(connection, county.tenant, county.folder, NOW)
        await mail.own()
        fast = NOW + timedelta(minutes=180)
        poll = mail.signed(Poll(node="qingchuan", receiver="province", number=1, time=fast, receipts=()))
    async with province.database.tenant(province.tenant) as connection:
        mail = Mail(connection, province.tenant, province.folder, NOW)
        with pytest.raises(Denied):
            await believe(mail, asked)
        await mail.fetch(poll, "province")
        assert (await believe(mail, asked)).skew_seconds == 3 * 3600


async def question(node: Node, *, receiver: str, minutes: int = 0) -> Signed[Question]:
    said = Question(
        sender=await node.name(), receiver=receiver, nonce=f"{receiver}{minutes}", time=NOW - timedelta(minutes=minutes),
        organisation="welfare", person="王丽", contract="C1", inquiry=Inquiry(sql="select 1 from residents", purpose="核对"),
    )  # fmt: skip
    async with node.database.tenant(node.tenant) as connection:
        mail = Mail(connection, node.tenant, node.folder, NOW)
        await mail.own()
        return mail.signed(said)
