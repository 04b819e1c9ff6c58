"""What bodies of other nodes are told of their contracts and of corrections: as signed messages, to the node that asked for them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from quanyu.core.actor import Resource
from quanyu.core.clock import Clock
from quanyu.core.errors import Invalid, NotFound
from quanyu.exchange import notices
from quanyu.exchange.disputes.derived import mark_derived
from quanyu.exchange.parties import node_actor
from quanyu.federation import _sql as nodes
from quanyu.federation.cascade import _sql as cascade
from quanyu.federation.links import _sql as links
from quanyu.federation.messages import Handler, Letter, Mail
from quanyu.federation.model import Envelope, Peer, Telling, read_payload
from quanyu.identity import Outcome, append_evidence
from quanyu.store import Connection

NOTICE = "share.notice"
MOST = 100
_CORRECTED = "corrected"
_REQUEST = "request"


class Told(Telling, frozen=True, kw_only=True):
    """A notice as it was made at the owner's node; `dataset` as it is called there."""

    organisation: str
    kind: str
    about: str
    dataset: str
    body: dict[str, Any]
    at: datetime


async def tell_notices(mail: Mail) -> int:
    """Sends on what is for bodies of other nodes; how many. What is for a node that is trusted no more stays unread."""
    sent = 0
    for one in await notices.for_others(mail.connection, MOST):
        organisation, _, node = one.organisation.rpartition("@")
        peer = await nodes.peer(mail.connection, node)
        if peer is None or not peer.trusted:
            continue
        said = Told(
            organisation=organisation, kind=one.kind, about=one.about, dataset=one.dataset, body=one.body, at=one.at
        )  # fmt: skip
        about = f"notice {one.about}"
        await mail.send(
            node_actor(mail.tenant, node),
            Letter(to=node, kind=NOTICE, about=about, payload=said, purpose="sharing"),
        )
        await notices.passed_on(mail.connection, mail.tenant, one.id, node, mail.now)
        sent += 1
    return sent


def notice_kinds(tenant: str, clock: Clock) -> Mapping[str, Handler]:
    async def hear(connection: Connection, peer: Peer, envelope: Envelope, payload: msgspec.Raw) -> None:
        """Only to a body that asked that node for that dataset. A correction marks what was asked for."""
        said = read_payload(payload, Told)
        asked = await links.about(connection, _REQUEST, peer.id, said.organisation, said.dataset)
        if not asked:
            raise NotFound("federation.request.unknown", id=said.about[:40])
        await notices.tell(
            connection, tenant, said.organisation, said.kind, said.about, f"{peer.id}/{said.dataset}", clock(),
            **{**said.body, "node": peer.id, "asked": asked, "title": await _title(connection, peer.id, said.dataset)},
        )  # fmt: skip
        if said.kind == _CORRECTED:
            await links.mark_corrected(connection, _REQUEST, asked, said.body, clock())
            await mark_derived(
                connection, tenant, dispute=said.about, dataset=f"{peer.id}/{said.dataset}", version=_version(said), now=clock()
            )  # fmt: skip
        about = Resource("share", said.about, tenant, said.organisation)
        detail = {"kind": said.kind, "dataset": said.dataset, "asked": asked}
        await append_evidence(
            connection, node_actor(tenant, peer.id), "share.told", about, Outcome.DONE, detail
        )

    return {NOTICE: hear}


async def _title(connection: Connection, node: str, dataset: str) -> str | None:
    """What the catalogue over all levels calls it."""
    entry = (await cascade.known(connection, [f"{node}/{dataset}"])).get(f"{node}/{dataset}")
    return entry.title if entry else None


def _version(said: Told) -> int:
    """Raises Invalid."""
    version = said.body.get("version")
    if not isinstance(version, int):
        raise Invalid("federation.payload", reason="a correction names the version")
    return version
