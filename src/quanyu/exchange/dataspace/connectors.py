"""Other connectors whose data bodies here ask for: known by their address, called with the token that they gave us."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import msgspec

from quanyu.connect.outgoing import Outgoing
from quanyu.core.actor import Resource
from quanyu.core.errors import Conflict, NotFound, TooLarge, Unavailable
from quanyu.exchange.dataspace import _sql
from quanyu.exchange.dataspace.messages import message
from quanyu.exchange.dataspace.model import Connector, Json
from quanyu.exchange.dataspace.protocol import CONTEXT
from quanyu.exchange.parties import acts_for, bodies_of, is_side
from quanyu.exchange.within import Within
from quanyu.identity import Outcome, append_evidence
from quanyu.identity.keys import secrets_cipher
from quanyu.store import Connection

_WAIT_SECONDS = 20.0
_MOST_BYTES = 16 * 1024**2

Short = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class NewConnector(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`url` with the version of the protocol, as `/.well-known/dspace-version` there tells; `token` is kept locked and never shown."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
    title: Short
    url: Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s]+[^/\s]$", max_length=300)]
    participant: Annotated[str, msgspec.Meta(max_length=300)] = ""
    token: Annotated[str, msgspec.Meta(max_length=4000)] = ""
    organisation: Short | None = None


@dataclass(frozen=True, slots=True)
class Connectors(Within):
    """Within one transaction."""

    folder: Path

    async def add(self, said: NewConnector) -> Connector:
        """Raises Conflict where the id is taken."""
        body = acts_for(self.actor, said.organisation, "share.request")
        made = Connector(
            id=said.id, title=said.title, url=said.url, participant=said.participant, organisation=body, created=self.now
        )  # fmt: skip
        locked = (
            secrets_cipher(self.folder).lock(said.token.encode(), _place(self.tenant, said.id))
            if said.token
            else None
        )
        if not await _sql.add_connector(self.connection, self.tenant, made, locked):
            raise Conflict("exchange.dataspace.connector_taken", id=said.id)
        await self._note("share.connector.added", made)
        return made

    async def listed(self) -> list[Connector]:
        return await _sql.connectors(self.connection, bodies_of(self.actor))

    async def mine(self, id: str) -> Connector:
        """Raises NotFound, also for that of another body."""
        found = await _sql.connector(self.connection, id)
        if found is None or not is_side(self.actor, found[0].organisation, "share.request"):
            raise NotFound("exchange.unknown", id=id[:40])
        return found[0]

    async def remove(self, id: str) -> None:
        found = await self.mine(id)
        await _sql.remove_connector(self.connection, id)
        await self._note("share.connector.removed", found)

    async def _note(self, what: str, about: Connector) -> None:
        resource = Resource("share", about.id, self.tenant, about.organisation)
        await append_evidence(self.connection, self.actor, what, resource, Outcome.DONE, {"url": about.url})


async def authorization(connection: Connection, folder: Path, tenant: str, connector: str) -> dict[str, str]:
    """The header under which that connector knows us; empty for none."""
    found = await _sql.connector(connection, connector) if connector else None
    if found is None or found[1] is None:
        return {}
    token = secrets_cipher(folder).open(found[1], _place(tenant, connector)).decode()
    return {"authorization": f"Bearer {token}"}


async def catalogue_of(outgoing: Outgoing, known: Connector, headers: Mapping[str, str]) -> Json:
    """The first page of its catalogue. Raises Unavailable, TooLarge."""
    url = f"{known.url}/catalog/request"
    asked = message("CatalogRequestMessage", filter=[])
    return await _asked(outgoing, "POST", url, headers, msgspec.json.encode(asked))


async def dataset_of(outgoing: Outgoing, known: Connector, headers: Mapping[str, str], dataset: str) -> Json:
    url = f"{known.url}/catalog/datasets/{quote(dataset, safe='')}"
    return await _asked(outgoing, "GET", url, headers, None)


async def _asked(
    outgoing: Outgoing, method: str, url: str, headers: Mapping[str, str], content: bytes | None
) -> Json:
    sent = {**headers, "content-type": "application/json", "accept": "application/json"}
    call: dict[str, Any] = {} if content is None else {"content": content}
    async with outgoing.request(method, url, headers=sent, wait=_WAIT_SECONDS, **call) as response:
        if response.status_code == 404:
            raise NotFound("exchange.unknown", id=url.rpartition("/")[2][:40])
        if response.status_code >= 300:
            raise Unavailable("exchange.dataspace.untold", reason=f"HTTP {response.status_code}")
        body = b""
        async for part in response.aiter_bytes():
            body += part
            if len(body) > _MOST_BYTES:
                raise TooLarge("exchange.dataspace.large", limit=_MOST_BYTES)
    try:
        found: Json = msgspec.json.decode(body, type=Json)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unavailable("exchange.dataspace.untold", reason="no JSON object") from error
    if CONTEXT not in str(found.get("@context")):
        raise Unavailable("exchange.dataspace.untold", reason="no message of the protocol")
    return found


def _place(tenant: str, id: str) -> str:
    return f"share_connector:{tenant}:{id}"
