"""Two and three nodes, each a tenant with keys of its own, between whom messages are carried by hand."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from quanyu.core.actor import system_actor
from quanyu.core.errors import Conflict, Denied, Invalid, NotFound, TooLarge
from quanyu.federation import _sql
from quanyu.federation.cases._sql import set_bodies
from quanyu.federation.messages import Letter, Mail, drop_payloads
from quanyu.federation.model import (
    Joining,
    Level,
    Outcome,
    Poll,
    Side,
    payload_digest,
)
from quanyu.federation.nodes import Identity, Nodes, read_invitation
from quanyu.federation.proof import export, verify
from quanyu.federation.signature import Suite
from quanyu.store import Database
from tests.unit.federation.carrying import NOW, Node, introduce, make


@pytest.fixture
async def pair(database: Database, tmp_path: Path, tenant: str) -> tuple[Node, Node]:
    """A city that signs with SM2, and a county with Ed25519 that cannot be called."""
    folder = tmp_path / tenant
    city = await make(database, folder, "jiangzhou", Level.CITY, "https://city.example")
    county = await make(database, folder, "qingchuan", Level.COUNTY)
    await introduce(city, county, Level.COUNTY)
    return city, county


async def test_an_invitation_puts_each_in_its_place(pair: tuple[Node, Node]) -> None:
    city, county = pair
    async with city.database.tenant(city.tenant) as connection:
        assert [(one.id, one.side) for one in await _sql.peers(connection)] == [("qingchuan", Side.BELOW)]
    async with county.database.tenant(county.tenant) as connection:
        assert [(one.id, one.side) for one in await _sql.peers(connection)] == [("jiangzhou", Side.ABOVE)]


async def test_an_invitation_is_for_one_node_of_its_level(
    pair: tuple[Node, Node], database: Database, tmp_path: Path, tenant: str
) -> None:
    city, county = pair
    async with city.database.tenant(city.tenant) as connection:
        nodes = Nodes(connection, city.actor, city.folder, NOW)
        invitation = read_invitation(await nodes.invite(Level.COUNTY))
    stranger = await make(database, tmp_path / tenant, "shiqiao", Level.CITY)
    async with stranger.database.tenant(stranger.tenant) as connection:
        card = await Nodes(connection, stranger.actor, stranger.folder, NOW).own()
    async with county.database.tenant(county.tenant) as connection:
        other = await Nodes(connection, county.actor, county.folder, NOW).own()
    for secret, shown, later in (
        ("guessed", other, timedelta()),
        (invitation.secret, card, timedelta()),
        (invitation.secret, other, timedelta(days=8)),
    ):
        async with city.database.tenant(city.tenant) as connection:
            nodes = Nodes(connection, city.actor, city.folder, NOW + later)
            with pytest.raises(Denied):
                await nodes.admit(Joining(secret=secret, card=shown))


async def test_both_ends_keep_the_same_receipt(pair: tuple[Node, Node]) -> None:
    city, county = pair
    sent = await county.send(city, {"井盖": 3})
    assert await county.state(sent) == "waiting"
    await county.carry(city)
    assert city.heard == [{"井盖": 3}]
    hashes = []
    for node in pair:
        async with node.database.tenant(node.tenant) as connection:
            found = await _sql.messages(connection, about=None, peer=None, after=None, limit=10)
            hashes += [one["receipt_hash"] for one in found]
            resource = "select count(*) from evidence_pending where resource = $1 and detail->>'receipt' = $2"
            assert await connection.fetchval(resource, sent, hashes[-1]) == 1
    assert hashes[0] == hashes[1]


async def test_messages_are_found_by_their_subject_or_by_its_number_alone(pair: tuple[Node, Node]) -> None:
    city, county = pair
    sent = {
        about: await county.send(city, 1, about=about)
        for about in ("request X-1", "case X-1", "request X-12")
    }
    async with county.database.tenant(county.tenant) as connection:
        for asked, known in {
            "request X-1": ["request X-1"],
            "X-1": ["request X-1", "case X-1"],
            "X": [],
        }.items():
            found = await _sql.messages(connection, about=asked, peer=None, after=None, limit=10)
            assert {one["id"] for one in found} == {sent[about] for about in known}


async def test_a_message_that_comes_twice_is_heard_once(pair: tuple[Node, Node]) -> None:
    city, county = pair
    await county.send(city, 1)
    post = await county.post(city)
    first, second = await city.take(county, post), await city.take(county, post)
    assert first.receipts == second.receipts
    assert city.heard == [1]


async def test_the_order_of_a_subject_is_kept(pair: tuple[Node, Node]) -> None:
    city, county = pair
    for number in range(3):
        await county.send(city, number)
    await county.send(city, "another", about="other matter")
    post = await county.post(city)
    [other] = [one for one in post if one.envelope.body.about == "other matter"]
    [third] = [one for one in post if one.envelope.body.number == 3]
    answer = await city.take(county, [third, other])
    assert city.heard == ["another"]
    assert list(answer.waiting) == [third.id]
    await city.take(county, post)
    assert city.heard == ["another", 0, 1, 2]


async def test_what_waits_holds_back_what_comes_after_it(pair: tuple[Node, Node]) -> None:
    city, county = pair
    first = await county.send(city, 1)
    await county.send(city, 2)
    async with county.database.tenant(county.tenant) as connection:
        await _sql.put_off(connection, [first], due=NOW + timedelta(seconds=9), fault="away")
    assert await county.post(city) == []


async def test_a_message_that_makes_no_sense_is_refused_with_its_reason_and_stops_nobody(
    pair: tuple[Node, Node],
) -> None:
    city, county = pair
    wrong = await county.send(city, "nonsense")
    await county.send(city, "sense")
    answer = await county.carry(city)
    assert [one.body.outcome for one in answer.receipts] == [Outcome.REFUSED, Outcome.ACCEPTED]
    assert "nonsense" in answer.receipts[0].body.reason
    assert await county.state(wrong) == "refused"
    assert city.heard == ["sense"]


async def test_a_fault_of_the_receiver_holds_up_no_other_subject(pair: tuple[Node, Node]) -> None:
    city, county = pair
    stuck = await county.send(city, "a bug", about="one matter")
    await county.send(city, "fine", about="other matter")
    answer = await county.carry(city)
    assert city.heard == ["fine"]
    assert list(answer.waiting) == [stuck]
    assert await county.state(stuck) == "waiting"


async def test_a_changed_message_is_not_taken(pair: tuple[Node, Node]) -> None:
    city, county = pair
    await county.send(city, 1)
    [message] = await county.post(city)
    other = msgspec.structs.replace(message, payload=msgspec.Raw(b"2"))
    body = msgspec.structs.replace(message.envelope.body, payload=payload_digest(msgspec.Raw(b"2")))
    forged = msgspec.structs.replace(other, envelope=msgspec.structs.replace(message.envelope, body=body))
    for changed in (other, forged):
        answer = await city.take(county, [changed])
        assert not answer.receipts
        assert list(answer.waiting) == [message.id]
    assert city.heard == []


async def test_a_receipt_by_somebody_else_settles_nothing(pair: tuple[Node, Node]) -> None:
    city, county = pair
    sent = await county.send(city, 1)
    answer = await city.take(county, await county.post(city))
    receipt = answer.receipts[0]
    forged = msgspec.structs.replace(
        receipt, body=msgspec.structs.replace(receipt.body, outcome=Outcome.REFUSED)
    )
    await county.settle(city, msgspec.structs.replace(answer, receipts=(forged,)))
    assert await county.state(sent) == "waiting"


async def test_a_receipt_is_for_the_sender_of_the_message_alone(pair: tuple[Node, Node]) -> None:
    city, county = pair
    await county.send(city, 1)
    [message] = await county.post(city)
    await city.take(county, [message])
    unsigned = msgspec.structs.replace(
        message, envelope=msgspec.structs.replace(message.envelope, signatures=())
    )
    answer = await city.take(county, [unsigned])
    assert not answer.receipts
    assert list(answer.waiting) == [message.id]


async def test_one_that_cannot_be_kept_takes_back_nothing_of_the_others(pair: tuple[Node, Node]) -> None:
    city, county = pair
    await county.send(city, "good")
    async with county.database.tenant(county.tenant) as connection:
        mail = Mail(connection, county.tenant, county.folder, NOW)
        bad = await mail._written(Letter(to="jiangzhou", kind="no\0te", about="other", payload=1))
    good = await county.post(city)
    answer = await city.take(county, [*good, bad])
    assert [one.body.message for one in answer.receipts] == [good[0].id]
    assert list(answer.waiting) == [bad.id]
    async with city.database.tenant(city.tenant) as connection:
        assert await _sql.receipt_of(connection, "in", good[0].id) == answer.receipts[0]


async def test_a_post_holds_no_more_than_the_sender_would_send(pair: tuple[Node, Node]) -> None:
    city, county = pair
    await county.send(city, 1)
    with pytest.raises(TooLarge):
        await city.take(county, await county.post(city) * 101)


async def _joins(city: Node, joining: Joining) -> None:
    async with city.database.tenant(city.tenant) as connection:
        await Nodes(connection, city.actor, city.folder, NOW).admit(joining)


async def test_an_invitation_gives_nobody_the_name_of_another_node(
    pair: tuple[Node, Node], database: Database, tmp_path: Path, tenant: str
) -> None:
    city, _ = pair
    async with city.database.tenant(city.tenant) as connection:
        invited = await Nodes(connection, city.actor, city.folder, NOW).invite(Level.COUNTY)
    thief = await make(database, tmp_path / tenant / "elsewhere", "qingchuan", Level.COUNTY)
    async with thief.database.tenant(thief.tenant) as connection:
        card = await Nodes(connection, thief.actor, thief.folder, NOW).own()
    with pytest.raises(Denied):
        await _joins(city, Joining(secret=read_invitation(invited).secret, card=card))


async def test_a_revoked_node_does_not_come_back_with_its_old_invitation(
    database: Database, tmp_path: Path, tenant: str
) -> None:
    city = await make(database, tmp_path / tenant, "jiangzhou", Level.CITY, "https://city.example")
    county = await make(database, tmp_path / tenant, "qingchuan", Level.COUNTY)
    async with city.database.tenant(city.tenant) as connection:
        invited = await Nodes(connection, city.actor, city.folder, NOW).invite(Level.COUNTY)
    async with county.database.tenant(county.tenant) as connection:
        card = await Nodes(connection, county.actor, county.folder, NOW).own()
    joining = Joining(secret=read_invitation(invited).secret, card=card)
    await _joins(city, joining)
    await _joins(city, joining)
    async with city.database.tenant(city.tenant) as connection:
        await Nodes(connection, city.actor, city.folder, NOW).revoke("qingchuan")
    with pytest.raises(Denied):
        await _joins(city, joining)


async def test_nothing_goes_to_or_comes_from_a_revoked_node(pair: tuple[Node, Node]) -> None:
    city, county = pair
    async with city.database.tenant(city.tenant) as connection:
        await Nodes(connection, city.actor, city.folder, NOW).revoke("qingchuan")
    with pytest.raises(Denied):
        await city.send(county, 1)
    async with city.database.tenant(city.tenant) as connection:
        listed = (await Nodes(connection, city.actor, city.folder, NOW).published()).body.nodes
    assert [(one.card.id, one.revoked) for one in listed] == [("jiangzhou", False), ("qingchuan", True)]


async def test_a_node_that_cannot_be_called_fetches_what_waits_for_it(pair: tuple[Node, Node]) -> None:
    city, county = pair
    await city.send(county, "from above")
    async with county.database.tenant(county.tenant) as connection:
        mail = Mail(connection, county.tenant, county.folder, NOW)
        poll = mail.signed(Poll(node="qingchuan", receiver="jiangzhou", number=5, time=NOW, receipts=()))
    async with city.database.tenant(city.tenant) as connection:
        mail = Mail(connection, city.tenant, city.folder, NOW)
        _, post = await mail.fetch(poll, "jiangzhou")
        assert len(post.messages) == 1
        with pytest.raises(Denied):
            await mail.fetch(poll, "jiangzhou")
    answer = await county.take(city, list(post.messages))
    assert county.heard == ["from above"]
    async with county.database.tenant(county.tenant) as connection:
        mail = Mail(connection, county.tenant, county.folder, NOW)
        next_poll = Poll(node="qingchuan", receiver="jiangzhou", number=6, time=NOW, receipts=answer.receipts)
        signed = mail.signed(next_poll)
    async with city.database.tenant(city.tenant) as connection:
        mail = Mail(connection, city.tenant, city.folder, NOW)
        assert (await mail.fetch(signed, "jiangzhou"))[1].messages == ()
    assert (await city.post(county)) == []


async def test_a_new_key_is_believed_because_an_old_one_says_so(pair: tuple[Node, Node]) -> None:
    city, county = pair
    async with county.database.tenant(county.tenant) as connection:
        card = await Nodes(connection, county.actor, county.folder, NOW).rotate(Suite.SM2)
        letter = Letter(to="jiangzhou", kind="node.card", about="node.card", payload=card)
        await Mail(connection, county.tenant, county.folder, NOW).send(county.actor, letter)
    await county.send(city, "after")
    await county.carry(city)
    assert city.heard == ["after"]
    async with city.database.tenant(city.tenant) as connection:
        known = await _sql.peer(connection, "qingchuan")
    assert known is not None
    assert known.keys == card.body.keys
    assert len(known.keys) == 2


async def test_a_node_keeps_its_identity(pair: tuple[Node, Node]) -> None:
    city, _ = pair
    other = Identity(id="other", name="x", level=Level.CITY, region="", url=None)
    async with city.database.tenant(city.tenant) as connection:
        with pytest.raises(Conflict):
            await Nodes(connection, city.actor, city.folder, NOW).init(other, Suite.SM2)


async def test_a_proof_holds_and_every_changed_byte_of_it_is_found(pair: tuple[Node, Node]) -> None:
    city, county = pair
    sent = await county.send(city, {"records": 9})
    async with county.database.tenant(county.tenant) as connection:
        with pytest.raises(Conflict):
            await export(Mail(connection, county.tenant, county.folder, NOW), sent)
    await county.carry(city)
    proofs = []
    for node in pair:
        async with node.database.tenant(node.tenant) as connection:
            proofs.append(await export(Mail(connection, node.tenant, node.folder, NOW), sent))
    shown = [verify(proof) for proof in proofs]
    assert shown[0] == shown[1]
    assert (shown[0].sender, shown[0].receiver, shown[0].outcome) == ("qingchuan", "jiangzhou", "accepted")
    assert verify(proofs[0], shown[0].keys) == shown[0]
    with pytest.raises(Invalid):
        verify(proofs[0], ["somebody"])
    for place in range(0, len(proofs[0]), 7):
        for changed in (
            proofs[0][:place] + bytes([proofs[0][place] ^ 1]) + proofs[0][place + 1 :],
            proofs[0][:place] + proofs[0][place + 1 :],
            proofs[0][:place] + b" " + proofs[0][place:],
            proofs[0][:place],
        ):
            with pytest.raises(Invalid):
                verify(changed)


async def test_who_has_no_identity_says_so(database: Database, tmp_path: Path, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        with pytest.raises(NotFound):
            await Nodes(connection, system_actor(tenant, "test"), tmp_path, NOW).own()


async def test_a_body_goes_when_its_time_is_over_and_the_proof_stays(pair: tuple[Node, Node]) -> None:
    city, county = pair
    settled = await county.send(city, {"records": 9})
    await county.carry(city)
    await county.send(city, {"records": 10})
    assert await drop_payloads(county.database, county.tenant, before=NOW + timedelta(days=1)) == 1
    async with county.database.tenant(county.tenant) as connection:
        proof = await export(Mail(connection, county.tenant, county.folder, NOW), settled)
    assert verify(proof).message == settled
    await county.carry(city)
    assert city.heard == [{"records": 9}, {"records": 10}]


async def test_what_waits_for_a_node_and_what_hangs_on_it_is_known(pair: tuple[Node, Node]) -> None:
    city, county = pair
    await county.send(city, 1)
    await county.send(city, 2)
    async with county.database.tenant(county.tenant) as connection:
        queue = (await _sql.queues(connection, ["jiangzhou"]))["jiangzhou"]
        ties = await _sql.ties(connection, "jiangzhou")
    assert (queue.waiting, queue.oldest, queue.last) == (2, NOW, NOW)
    assert {name for name, number in ties.items() if number} == {"waiting"}
    async with county.database.tenant(county.tenant) as connection:
        waiting = await _sql.messages(connection, peer="jiangzhou", state="waiting", limit=100)
    assert len(waiting) == 2
    await county.carry(city)
    async with county.database.tenant(county.tenant) as connection:
        assert (await _sql.queues(connection, ["jiangzhou"]))["jiangzhou"].waiting == 0
        assert await _sql.messages(connection, peer="jiangzhou", state="waiting", limit=100) == []


async def test_what_hangs_on_a_node_is_told_part_by_part_and_is_as_much_as_is_counted(
    pair: tuple[Node, Node],
) -> None:
    _, county = pair
    served = ["harbour", "roads", "water"]
    async with county.database.tenant(county.tenant) as connection:
        await set_bodies(connection, county.tenant, "jiangzhou", served)
        counted = await _sql.ties(connection, "jiangzhou")
        first = await _sql.tied(connection, "jiangzhou", "bodies", None, 2)
        rest = await _sql.tied(connection, "jiangzhou", "bodies", first[-1]["id"], 2)
        told = {
            kind: len(await _sql.tied(connection, "jiangzhou", kind, None, 100))
            for kind in counted.keys() - {"waiting"}
        }
    assert [one["id"] for one in (*first, *rest)] == served
    assert told == {kind: number for kind, number in counted.items() if kind != "waiting"}
    assert told["bodies"] == 3
