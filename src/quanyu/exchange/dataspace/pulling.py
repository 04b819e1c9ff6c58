"""The data of a transfer that has started, fetched from where its provider said; counted and noted as it comes."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives import hashes

from quanyu.connect.outgoing import Outgoing
from quanyu.core.actor import Actor, Resource
from quanyu.core.errors import Conflict, Unavailable
from quanyu.exchange.dataspace.model import TransferRow
from quanyu.exchange.dataspace.protocol import Transfer
from quanyu.identity import Outcome, append_evidence
from quanyu.store import Database

_WAIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Pulled:
    """To be streamed once."""

    media_type: str
    response: httpx.Response
    stack: AsyncExitStack
    database: Database
    actor: Actor
    transfer: TransferRow

    async def stream(self) -> AsyncIterator[bytes]:
        """What came is evidence, whole or not."""
        count, hashed = 0, hashes.Hash(hashes.SM3())
        try:
            async for part in self.response.aiter_bytes():
                hashed.update(part)
                count += len(part)
                yield part
        finally:
            await self.stack.aclose()
            await self._note(count, hashed.finalize().hex())

    async def _note(self, count: int, sm3: str) -> None:
        about = Resource("share", self.transfer.agreement, self.actor.tenant, self.transfer.consumer)
        detail = {"transfer": self.transfer.pid, "bytes": count, "sm3": sm3}
        async with self.database.tenant(self.actor.tenant) as connection:
            await append_evidence(connection, self.actor, "share.pulled", about, Outcome.DONE, detail)


def endpoint_of(found: TransferRow) -> str:
    """Raises Conflict while there is nothing to fetch."""
    endpoint = (found.data or {}).get("endpoint")
    if found.state is not Transfer.STARTED or not isinstance(endpoint, str):
        raise Conflict("exchange.dataspace.not_started", id=found.pid, state=found.state.value)
    return endpoint


async def pulled(
    outgoing: Outgoing, database: Database, actor: Actor, found: TransferRow, headers: dict[str, str]
) -> Pulled:
    """Our token goes only to the host of the connector that gave it. Raises Conflict, Unavailable."""
    endpoint = endpoint_of(found)
    sent = headers if urlsplit(endpoint)[:2] == urlsplit(found.address)[:2] else {}
    stack = AsyncExitStack()
    response = await stack.enter_async_context(
        outgoing.request("GET", endpoint, headers={**_told(found), **sent}, wait=_WAIT_SECONDS)
    )
    if response.status_code >= 300:
        await stack.aclose()
        raise Unavailable("exchange.dataspace.untold", reason=f"HTTP {response.status_code}")
    media_type = response.headers.get("content-type", "application/octet-stream")
    return Pulled(media_type, response, stack, database, actor, found)


def _told(found: TransferRow) -> dict[str, str]:
    """A token that the provider sent with the address (`endpointProperties`)."""
    said = {}
    for one in (found.data or {}).get("endpointProperties") or ():
        if isinstance(one, dict) and isinstance(one.get("value"), str):
            said[one.get("name")] = one["value"]
    if "authorization" not in said:
        return {}
    kind = "" if " " in said["authorization"] else "Bearer "
    return {"authorization": kind + said["authorization"]}
