"""A negotiation and a transfer by the Dataspace Protocol: what the other connector sends, what it is called back with."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from quanyu.app import sharing
from quanyu.core.errors import Conflict
from quanyu.exchange.dataspace import odrl
from quanyu.exchange.dataspace.protocol import (
    CONTEXT,
    Message,
    Negotiation,
    Side,
    Transfer,
    negotiated,
    transferred,
)
from quanyu.exchange.dataspace.talks import TELL
from quanyu.exchange.policy import Mask, MaskKind
from quanyu.store import Job
from tests.unit.exchange.city import RESIDENTS, START, City, terms

DSP = "/dsp/2025-1"
EVENT = "ContractNegotiationEventMessage"


class Connector:
    """The county's connector: it sends messages, and lies at an address that cannot be called."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.pids: dict[str, str] = {}

    async def sends(self, path: str, body: dict[str, Any], *, expect: int = 200) -> dict[str, Any]:
        answer = await self.city.clients["county"].post(DSP + path, json={"@context": [CONTEXT], **body})
        assert answer.status_code == expect, answer.text
        found: dict[str, Any] = answer.json()
        self.pids[found.get("providerPid", "")] = found.get("consumerPid", "")
        return found

    async def is_told(self) -> list[str]:
        """Events are handled, and what would be sent is noted: the callback does not answer, so the state stays."""
        said = []
        async with self.city.node.database.system() as connection:
            rows = await connection.fetch(
                "select id, kind, body from job where tenant = $1 and state = 'waiting' and kind = any($2) order by id",
                self.city.tenant, ["event:share.moved", TELL],
            )  # fmt: skip
            await connection.execute("delete from job where id = any($1)", [row["id"] for row in rows])
        for row in rows:
            job = Job(row["id"], self.city.tenant, row["kind"], row["body"], 1)
            if row["kind"] == TELL:
                said.append(str(row["body"]["message"]))
            else:
                await sharing.request_moved(self.city.node, job)
                said += await self.is_told()
        return said

    def about(self, pid: str, type_: str, **members: Any) -> dict[str, Any]:
        """A message about what was begun."""
        return {"@type": type_, "providerPid": pid, "consumerPid": self.pids[pid], **members}

    async def stands(self, kind: str, pid: str, state: str) -> None:
        """As if our message had arrived."""
        async with self.city.node.database.tenant(self.city.tenant) as connection:
            await connection.execute(f"update share_{kind} set state = $2 where pid = $1", pid, state)

    async def request_of(self, pid: str) -> str:
        """What the negotiation asks the city for."""
        async with self.city.node.database.tenant(self.city.tenant) as connection:
            found: str = await connection.fetchval(
                "select request from share_negotiation where pid = $1", pid
            )
        return found


@pytest_asyncio.fixture(loop_scope="session")
async def connector(city: City) -> AsyncIterator[Connector]:
    found = Connector(city)
    await found.is_told()
    yield found


async def test_a_contract_is_negotiated_and_its_data_transferred(city: City, connector: Connector) -> None:
    asked = {
        "@type": "ContractRequestMessage", "consumerPid": "urn:uuid:c1", "callbackAddress": "https://connector.invalid/dsp",
        "offer": {"@type": "Offer", "@id": f"urn:quanyu:offer:{RESIDENTS}", "target": RESIDENTS, "permission": [{"action": "use", "constraint": [
            {"leftOperand": "purpose", "operator": "eq", "rightOperand": "核对"}]}]},
    }  # fmt: skip
    begun = await connector.sends("/negotiations/request", asked, expect=201)
    assert (begun["@type"], begun["state"]) == ("ContractNegotiation", "REQUESTED")
    assert (await connector.sends("/negotiations/request", asked, expect=201))["providerPid"] == begun[
        "providerPid"
    ]
    pid = begun["providerPid"]
    accept = connector.about(pid, EVENT, eventType="ACCEPTED")
    early = await connector.sends(f"/negotiations/{pid}/events", accept, expect=400)
    assert early["@type"] == "ContractNegotiationError"
    request = await connector.request_of(pid)
    await city.asks("authority", "POST", f"/requests/{request}/acts", json={"act": "forward"})
    wished = (await city.asks("civil", "GET", f"/requests/{request}"))["application"]["items"]
    items = [{"name": one["name"], "granted": True} for one in wished]
    await city.asks("civil", "POST", f"/requests/{request}/answer", json={"items": items})
    assert await connector.is_told() == ["offer"]
    await connector.stands("negotiation", pid, "OFFERED")
    accepted = await connector.sends(f"/negotiations/{pid}/events", accept)
    assert accepted["state"] == "ACCEPTED"
    assert (await connector.sends(f"/negotiations/{pid}/events", accept))["state"] == "ACCEPTED"
    assert await connector.is_told() == ["agree"]
    await connector.stands("negotiation", pid, "AGREED")
    verify = connector.about(pid, "ContractAgreementVerificationMessage")
    assert (await connector.sends(f"/negotiations/{pid}/agreement/verification", verify))[
        "state"
    ] == "VERIFIED"
    assert await connector.is_told() == ["finalize"]
    signed = (await city.asks("county", "GET", f"/requests/{request}"))["request"]
    await _transferred(city, connector, signed["contract"])


async def _transferred(city: City, connector: Connector, contract: str) -> None:
    asked = {
        "@type": "TransferRequestMessage", "consumerPid": "urn:uuid:t1", "agreementId": contract, "format": "HttpData-PULL",
        "callbackAddress": "https://connector.invalid/dsp",
    }  # fmt: skip
    begun = await connector.sends("/transfers/request", asked, expect=201)
    assert begun["state"] == "REQUESTED"
    assert await connector.is_told() == ["start"]
    pid = begun["providerPid"]
    await connector.stands("transfer", pid, "STARTED")
    for step, state in (("Suspension", "SUSPENDED"), ("Start", "STARTED"), ("Completion", "COMPLETED")):
        said = connector.about(pid, f"Transfer{step}Message")
        assert (await connector.sends(f"/transfers/{pid}/{step.lower()}", said))["state"] == state
    await connector.sends(f"/transfers/{pid}/start", connector.about(pid, "TransferStartMessage"), expect=400)
    await connector.sends(f"/transfers/{pid}/nonsense", {}, expect=404)
    other = await city.clients["health"].get(f"{DSP}/transfers/{pid}")
    assert other.status_code == 404
    await city.ends(contract)


async def test_a_refusal_ends_the_negotiation(city: City, connector: Connector) -> None:
    asked = {
        "@type": "ContractRequestMessage",
        "consumerPid": "urn:uuid:c2",
        "callbackAddress": "https://connector.invalid",
        "offer": {"@id": f"urn:quanyu:offer:{RESIDENTS}"},
    }
    begun = await connector.sends("/negotiations/request", asked, expect=201)
    request = await connector.request_of(begun["providerPid"])
    await city.asks(
        "authority", "POST", f"/requests/{request}/acts", json={"act": "reject", "reason": "无依据"}
    )
    assert await connector.is_told() == ["terminate"]


@pytest.mark.parametrize("body", [{}, {"consumerPid": 7}, {"consumerPid": "x", "callbackAddress": "file:///etc/passwd", "offer": "o"},
                                  {"consumerPid": "x", "callbackAddress": "https://[::1", "offer": "o"},
                                  {"consumerPid": "x", "callbackAddress": "https://a", "offer": {"target": ["x"]}}])  # fmt: skip
async def test_a_message_that_lacks_something_is_refused_in_the_protocol_s_words(
    connector: Connector, body: dict[str, Any]
) -> None:
    said = {"@type": "ContractRequestMessage", **body}
    refused = await connector.sends("/negotiations/request", said, expect=400)
    assert refused["@type"] == "ContractNegotiationError"
    assert refused["reason"]


@pytest.mark.parametrize(
    ("path", "type_"),
    [("negotiations/request", "ContractNegotiationError"), ("transfers/request", "TransferError"), ("catalog/request", "CatalogError"),
     ("callbacks/s/negotiations/p/offers", "ContractNegotiationError"), ("callbacks/s/transfers/p/start", "TransferError")],
)  # fmt: skip
async def test_whatever_is_refused_is_refused_in_the_words_of_the_protocol(
    city: City, path: str, type_: str
) -> None:
    malformed = await city.clients["county"].post(f"{DSP}/{path}", content=b"{")
    assert (malformed.status_code, malformed.json()["@type"]) == (400, type_), malformed.text
    if "callbacks" not in path and "catalog" not in path:
        nobody = await city.clients["nobody"].post(f"{DSP}/{path}", json={})
        assert (nobody.status_code, nobody.json()["@type"]) == (401, type_)


async def test_the_catalogue_offers_what_is_shared(city: City) -> None:
    found = (
        await city.clients["county"].post(
            f"{DSP}/catalog/request", json={"@context": [CONTEXT], "@type": "CatalogRequestMessage"}
        )
    ).json()
    assert [one["@id"] for one in found["dataset"]] == [RESIDENTS]
    assert found["dataset"][0]["hasPolicy"][0]["@type"] == "Offer"
    version = (await city.clients["nobody"].get("/.well-known/dspace-version")).json()
    assert version["protocolVersions"][0]["path"] == DSP
    unknown = await city.clients["county"].get(f"{DSP}/catalog/datasets/nothing")
    assert (unknown.status_code, unknown.json()["@type"]) == (404, "CatalogError")


def test_terms_are_said_in_odrl() -> None:
    said = odrl.agreement("C1", "residents", terms(calls=5, delete_after_days=30, masks={"编号": Mask(kind=MaskKind.HASH)}),
                          assigner="civil", assignee="county", at=START.isoformat())  # fmt: skip
    constraints = {
        (one["leftOperand"], one["operator"]): one["rightOperand"]
        for one in said["permission"][0]["constraint"]
    }
    assert constraints["count", "lteq"] == "5"  # the schema of the protocol knows no numbers here
    assert constraints["dateTime", "lt"] == (START + timedelta(days=30)).isoformat()
    assert constraints["quanyu:mask/编号", "eq"] == {"kind": "hash"}
    assert said["prohibition"] == [{"action": "distribute"}]
    assert said["obligation"][0]["constraint"][0]["rightOperand"] == "P30D"


@given(st.lists(st.tuples(st.sampled_from(Side), st.sampled_from(Message)), max_size=12))
def test_whatever_is_sent_a_negotiation_ends_once_and_never_goes_on(sent: list[tuple[Side, Message]]) -> None:
    state, was_over = Negotiation.REQUESTED, False
    for side, message in sent:
        try:
            state = negotiated(state, side, message)
        except Conflict:
            continue
        assert not was_over or state in (Negotiation.FINALIZED, Negotiation.TERMINATED)
        was_over = state in (Negotiation.FINALIZED, Negotiation.TERMINATED)
        assert negotiated(state, side, message) is state


@given(st.lists(st.tuples(st.sampled_from(Side), st.sampled_from(Message)), max_size=12))
def test_a_transfer_that_is_over_stays_over(sent: list[tuple[Side, Message]]) -> None:
    state = Transfer.REQUESTED
    for side, message in sent:
        before = state
        try:
            state = transferred(state, side, message)
        except Conflict:
            continue
        assert before not in (Transfer.COMPLETED, Transfer.TERMINATED) or state is before
