"""Carries one message to the other side; the state follows once it has arrived."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import httpx
import msgspec

from quanyu.connect.outgoing import Outgoing
from quanyu.core.actor import Actor
from quanyu.core.errors import QuanyuError, Unavailable
from quanyu.exchange.dataspace import _sql, letters
from quanyu.exchange.dataspace.connectors import authorization
from quanyu.exchange.dataspace.desks import Desks
from quanyu.exchange.dataspace.model import KINDS, Json, Row, is_due
from quanyu.exchange.dataspace.protocol import Message, Side
from quanyu.exchange.dataspace.talks import Talks
from quanyu.store import Connection, Database

_WAIT_SECONDS = 10.0
_MOST_ANSWERED = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What a job names."""

    kind: str
    side: Side
    pid: str
    said: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """`base` is our address, for callbacks and data."""

    database: Database
    desks: Desks
    outgoing: Outgoing
    actor: Actor
    now: datetime
    base: str

    async def tell(self, wanted: Telling) -> None:
        """Nothing where it is not due any more. Raises Unavailable, to be tried again: nobody is overtaken by a later message."""
        async with self.database.tenant(self.actor.tenant) as connection:
            found = await _sql.one(connection, KINDS[wanted.kind], wanted.side, wanted.pid)
            if found is None or not is_due(found, wanted.said):
                return
            if found.sending not in ("", wanted.said):
                raise Unavailable("exchange.dataspace.untold", reason=f"{found.sending} is under way")
            await _sql.put(connection, self.actor.tenant, found, now=self.now, sending=wanted.said.value)
            desk = self.desks.at(connection, self.actor, self.now, wanted.side)
            content = await desk.content(found, wanted.said, self.base)
            headers = await authorization(connection, self.desks.folder, self.actor.tenant, found.connector)
        path, body = letters.letter(found, wanted.said, content, self.base)
        error, answer = await self._posted(found.address.rstrip("/") + path, body, headers)
        async with self.database.tenant(self.actor.tenant) as connection:
            await self._settled(connection, wanted, error, answer)
        if error:
            raise Unavailable("exchange.dataspace.untold", reason=error)

    async def _settled(self, connection: Connection, wanted: Telling, error: str, answer: Json) -> None:
        """Where the other side has answered in the meantime, it stands further already."""
        found = await _sql.one(connection, KINDS[wanted.kind], wanted.side, wanted.pid)
        if found is None or found.sending != wanted.said:
            return
        if error:
            await _sql.put(connection, self.actor.tenant, found, now=self.now, sending="", error=error[:500])
            return
        await self._arrived(connection, found, wanted.said, answer)

    async def _arrived(self, connection: Connection, found: Row, said: Message, answer: Json) -> None:
        first = said is Message.REQUEST and not found.other_pid
        changed = {"other_pid": str(answer["providerPid"])} if first else {}
        state = found.state if first else found.after(found.side, said)
        await _sql.move(connection, self.actor.tenant, found, state, now=self.now, **changed)
        talks = Talks(
            connection, self.actor, self.now, self.desks.at(connection, self.actor, self.now, found.side)
        )
        await talks.go_on(await talks.again(found))

    async def _posted(self, url: str, body: Json, headers: Mapping[str, str]) -> tuple[str, Json]:
        """Why it did not arrive, or '' and the answer. The answer to a first message must name the other side's number."""
        sent = {**headers, "content-type": "application/json"}
        content = msgspec.json.encode(body)
        try:
            async with self.outgoing.request(
                "POST", url, headers=sent, wait=_WAIT_SECONDS, content=content
            ) as response:
                if response.status_code >= 300:
                    return f"HTTP {response.status_code}", {}
                return _understood(await _bounded(response), needed="callbackAddress" in body)
        except QuanyuError as error:
            return error.text("en"), {}


async def _bounded(response: httpx.Response) -> bytes:
    content = b""
    async for part in response.aiter_bytes():
        content += part
        if len(content) > _MOST_ANSWERED:
            break
    return content


def _understood(content: bytes, *, needed: bool) -> tuple[str, Json]:
    """Bodies are not specified but for the first answer."""
    try:
        found = msgspec.json.decode(content, type=Json)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        found = {}
    named = isinstance(found.get("providerPid"), str) and 0 < len(found["providerPid"]) <= 500
    return ("the answer names no providerPid" if needed and not named else ""), found
