"""Both roles of the Dataspace Protocol, state by state: what the other side may send when, what is refused, what comes twice or at once."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import pytest_asyncio

from quanyu.app.http import application
from quanyu.connect.outgoing import Outgoing
from quanyu.core.actor import system_actor
from quanyu.core.errors import Unavailable
from quanyu.exchange.dataspace import _sql
from quanyu.exchange.dataspace.consumer import Consumer, Counterpart
from quanyu.exchange.dataspace.desks import Desks
from quanyu.exchange.dataspace.letters import letter
from quanyu.exchange.dataspace.model import Json, NegotiationRow, Row, TransferRow
from quanyu.exchange.dataspace.protocol import CONTEXT, Message, Negotiation, Side, Transfer
from quanyu.exchange.dataspace.telling import Teller, Telling
from tests.unit.exchange.city import RESIDENTS, City

DSP = "/dsp/2025-1"
OFFER = {
    "@type": "Offer",
    "@id": "o1",
    "target": "theirs",
    "permission": [{"action": "use", "constraint": []}],
}
AGREEMENT = {**OFFER, "@type": "Agreement", "@id": "a1", "assigner": "them", "assignee": "us"}
CONTENT: dict[Message, Json] = {
    Message.OFFER: {"offer": OFFER}, Message.REQUEST: {"offer": OFFER}, Message.AGREE: {"agreement": AGREEMENT},
}  # fmt: skip

# Where a message of the other side leads from each state; - is refused and changes nothing. A message that leads to where it stands is
# the same one again. (Figures of the contract negotiation and of the transfer process in the specification.)
FROM_PROVIDER = """
            offer     agree   finalize   terminate
REQUESTED   OFFERED   AGREED  -          TERMINATED
OFFERED     OFFERED   -       -          TERMINATED
ACCEPTED    -         AGREED  -          TERMINATED
AGREED      -         AGREED  -          TERMINATED
VERIFIED    -         -       FINALIZED  TERMINATED
FINALIZED   -         -       FINALIZED  -
TERMINATED  -         -       -          TERMINATED
"""
FROM_CONSUMER = """
            request    accept    verify    terminate
REQUESTED   -          -         -         TERMINATED
OFFERED     REQUESTED  ACCEPTED  -         TERMINATED
ACCEPTED    -          ACCEPTED  -         TERMINATED
AGREED      -          -         VERIFIED  TERMINATED
VERIFIED    -          -         VERIFIED  TERMINATED
FINALIZED   -          -         -         -
TERMINATED  -          -         -         TERMINATED
"""
OF_A_PROVIDER = """
            start    suspend    complete   terminate
REQUESTED   STARTED  -          -          TERMINATED
STARTED     STARTED  SUSPENDED  COMPLETED  TERMINATED
SUSPENDED   STARTED  SUSPENDED  -          TERMINATED
COMPLETED   -        -          COMPLETED  -
TERMINATED  -        -          -          TERMINATED
"""
OF_A_CONSUMER = OF_A_PROVIDER.replace("REQUESTED   STARTED", "REQUESTED   -      ")

_numbers = itertools.count()


class Other:
    """The other connector; `city` is ours, where nobody is asked: what it says is all that happens."""

    def __init__(self, city: City, folder: Path) -> None:
        script = folder / "rehearsal.json"
        script.write_bytes(msgspec.json.encode({"theirs": {}, "a1": {}}))
        settings = replace(city.node.settings, dev=True, rehearsal=script)
        self.city, self.node = city, replace(city.node, settings=settings)
        door = httpx.ASGITransport(application(self.node), raise_app_exceptions=False)
        self.client = httpx.AsyncClient(
            transport=door, base_url="http://node", headers=dict(city.clients["county"].headers)
        )

    async def begun(self, kind: type[Row], side: Side, state: str) -> Row:
        """A talk of the county's that has come so far."""
        common: dict[str, Any] = {
            "pid": f"urn:ours:{next(_numbers)}", "side": side, "other_pid": f"urn:theirs:{next(_numbers)}",
            "address": "https://them.invalid/dsp", "consumer": "county", "created": self.city.now, "secret": f"secret{next(_numbers)}",
            "dataset": "theirs",
        }  # fmt: skip
        made: Row = (
            NegotiationRow(**common, request=None, offer=OFFER, state=Negotiation(state))
            if kind is NegotiationRow
            else TransferRow(**common, agreement="a1", format="HttpData-PULL", state=Transfer(state))
        )
        async with self.city.node.database.tenant(self.city.tenant) as connection:
            await _sql.add(connection, self.city.tenant, made)
        return made

    async def says(self, found: Row, said: Message, **changed: Any) -> httpx.Response:
        """As our own letters are written on the other side."""
        mirrored = msgspec.structs.replace(found, side=found.other, pid=found.other_pid, other_pid=found.pid)
        path, body = letter(mirrored, said, CONTENT.get(said, {}), "https://them.invalid")
        return await self.client.post(self._root(found) + path, json={**body, **changed})

    async def sees(self, found: Row) -> str:
        kind = "negotiations" if isinstance(found, NegotiationRow) else "transfers"
        shown = await self.client.get(f"{self._root(found)}/{kind}/{found.pid}")
        state: str = shown.json()["state"]
        return state

    def _root(self, found: Row) -> str:
        return DSP if found.side is Side.PROVIDER else f"{DSP}/callbacks/{found.secret}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stranger(sharing_city: City, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Other]:
    found = Other(sharing_city, tmp_path_factory.mktemp("other"))
    yield found
    await found.client.aclose()


@pytest.fixture
def other(city: City, stranger: Other) -> Other:
    """Everything it does is a talk of its own."""
    return copy(stranger)


@pytest.mark.parametrize(
    ("kind", "side", "table"),
    [
        (NegotiationRow, Side.CONSUMER, FROM_PROVIDER),
        (NegotiationRow, Side.PROVIDER, FROM_CONSUMER),
        (TransferRow, Side.CONSUMER, OF_A_PROVIDER),
        (TransferRow, Side.PROVIDER, OF_A_CONSUMER),
    ],
    ids=[
        "negotiation as consumer",
        "negotiation as provider",
        "transfer as consumer",
        "transfer as provider",
    ],
)
async def test_each_message_leads_from_each_state_where_the_specification_says(
    other: Other, kind: type[Row], side: Side, table: str
) -> None:
    wrong = []
    for state, said, target in cells(table):
        found = await other.begun(kind, side, state)
        answer = await other.says(found, said)
        stands = await other.sees(found)
        good = (answer.status_code, stands) == ((400, state) if target == "-" else (200, target))
        if target == "-":
            good &= answer.json()["@type"] in ("ContractNegotiationError", "TransferError")
            good &= (answer.json()["providerPid"], answer.json()["consumerPid"]) == tuple(found.pids.values())
        if not good:
            wrong.append((state, said, answer.status_code, stands))
    assert wrong == []


async def test_only_who_was_told_the_address_is_heard(other: Other) -> None:
    found = await other.begun(NegotiationRow, Side.CONSUMER, "REQUESTED")
    for stranger in (
        msgspec.structs.replace(found, secret="guess"),
        msgspec.structs.replace(found, pid="urn:ours:none"),
        msgspec.structs.replace(found, other_pid="urn:theirs:none"),
    ):
        assert (await other.says(stranger, Message.OFFER)).status_code == 404
    assert await other.sees(found) == "REQUESTED"


@pytest.mark.parametrize(
    "changed",
    [{"@type": "ContractAgreementMessage"}, {"@context": ["https://example.org"]}, {"@context": None}, {"providerPid": 7},
     {"consumerPid": None}, {"offer": "o1"}, {"offer": {"@type": "Set"}}, {"offer": None}],
    ids=str,
)  # fmt: skip
async def test_a_message_that_is_none_changes_nothing(other: Other, changed: dict[str, Any]) -> None:
    found = await other.begun(NegotiationRow, Side.CONSUMER, "REQUESTED")
    answer = await other.says(found, Message.OFFER, **changed)
    assert (answer.status_code, answer.json()["@type"]) == (400, "ContractNegotiationError")
    assert await other.sees(found) == "REQUESTED"


async def test_the_first_message_many_times_at_once_begins_one_negotiation_and_one_transfer(
    other: Other,
) -> None:
    common = {"@context": [CONTEXT], "callbackAddress": "https://them.invalid", "consumerPid": "urn:at-once"}
    asked = {**common, "@type": "ContractRequestMessage", "offer": {**OFFER, "target": RESIDENTS}}
    begun = {**common, "@type": "TransferRequestMessage", "agreementId": "a1", "format": "HttpData-PULL"}
    for path, body in (("negotiations", asked), ("transfers", begun)):
        posts = [other.client.post(f"{DSP}/{path}/request", json=body) for _ in range(8)]
        answers = await asyncio.gather(*posts)
        assert {answer.status_code for answer in answers} == {201}, answers[0].text
        assert len({answer.json()["providerPid"] for answer in answers}) == 1


async def test_two_opposite_messages_at_once_leave_one_of_their_states(other: Other) -> None:
    found = await other.begun(NegotiationRow, Side.PROVIDER, "OFFERED")
    answers = await asyncio.gather(other.says(found, Message.ACCEPT), other.says(found, Message.TERMINATE))
    assert answers[1].status_code == 200
    assert await other.sees(found) == "TERMINATED"


async def test_an_answer_that_overtakes_the_acknowledgement_counts_as_one(other: Other) -> None:
    """They accept what we are still sending."""
    found = await other.begun(NegotiationRow, Side.PROVIDER, "REQUESTED")
    async with other.city.node.database.tenant(other.city.tenant) as connection:
        await _sql.put(connection, other.city.tenant, found, now=other.city.now, sending="offer")
    assert (await other.says(found, Message.ACCEPT)).status_code == 200
    assert await other.sees(found) == "ACCEPTED"


async def test_what_we_say_arrives_once_it_can_and_in_order(other: Other) -> None:
    """A real connection to a connector that is away at first, then answers."""
    statuses = iter((503, 201))
    async with listening(statuses) as (address, heard):
        to = Counterpart(consumer="county", address=address)
        actor = other.city.actors["county"]
        desks = Desks(other.city.node.folder)
        async with other.city.node.database.tenant(other.city.tenant) as connection:
            desk = desks.consumer(connection, actor, other.city.now)
            made = await Consumer(connection, actor, other.city.now, desk).request(to, "theirs", OFFER)
        teller = Teller(
            database=other.city.node.database, desks=desks, outgoing=Outgoing(("127.0.0.1",)),
            actor=system_actor(other.city.tenant, "dataspace"), now=other.city.now, base="https://us.invalid",
        )  # fmt: skip
        wanted = Telling(kind="negotiation", side=Side.CONSUMER, pid=made.pid, said=Message.REQUEST)
        with pytest.raises(Unavailable, match="503"):
            await teller.tell(wanted)
        await teller.tell(wanted)
        await teller.tell(wanted)  # it has arrived, so nothing is sent
    assert [one["@type"] for one in heard] == ["ContractRequestMessage"] * 2
    assert heard[1]["callbackAddress"] == f"https://us.invalid{DSP}/callbacks/{made.secret}"
    async with other.city.node.database.tenant(other.city.tenant) as connection:
        found = await _sql.one(connection, NegotiationRow, Side.CONSUMER, made.pid)
    assert found is not None
    assert (found.other_pid, found.error, found.sending) == ("urn:theirs", "", "")


async def test_an_agreement_that_says_what_was_offered_is_verified_and_another_waits_for_a_person(
    other: Other, city: City
) -> None:
    plain = httpx.AsyncClient(
        transport=httpx.ASGITransport(city.door, raise_app_exceptions=False),
        base_url="http://node",  # type: ignore[arg-type]
    )
    other.client = plain  # people are asked, as always
    said = {}
    for name, agreement in (
        ("same", AGREEMENT),
        ("wider", {**AGREEMENT, "permission": [{"action": "distribute"}]}),
    ):
        found = await other.begun(NegotiationRow, Side.CONSUMER, "ACCEPTED")
        assert (await other.says(found, Message.AGREE, agreement=agreement)).status_code == 200
        async with city.node.database.system() as connection:
            said[name] = await connection.fetchval(
                "select count(*) from job where body ->> 'pid' = $1 and body ->> 'message' = 'verify'",
                found.pid,
            )
    await plain.aclose()
    assert said == {"same": 1, "wider": 0}
    shown = await city.asks("county", "GET", f"/negotiations/{found.pid}")
    assert set(shown["acts"]) == {"verify", "terminate"}
    assert (await city.clients["health"].get(f"/api/v1/sharing/negotiations/{found.pid}")).status_code == 404


def cells(table: str) -> Iterator[tuple[str, Message, str]]:
    head, *lines = table.strip().splitlines()
    for line in lines:
        state, *targets = line.split()
        for said, target in zip(head.split(), targets, strict=True):
            yield state, Message(said), target


@asynccontextmanager
async def listening(statuses: Iterator[int]) -> AsyncIterator[tuple[str, list[Json]]]:
    """Another connector on loopback, which answers with these statuses and its own number."""
    heard: list[Json] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(
            next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")).split()[
                1
            ]
        )
        heard.append(msgspec.json.decode(await reader.readexactly(length)))
        body = b'{"providerPid":"urn:theirs"}'
        writer.write(
            b"HTTP/1.1 %d X\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b"
            % (next(statuses), len(body), body)
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heard
    finally:
        server.close()
        await server.wait_closed()
