"""One message of the protocol that came in, answered in the words of the protocol: acknowledged, or refused with its error."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response
from litestar.exceptions import ClientException

from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.core.errors import Conflict, Denied, Invalid, NotFound, QuanyuError, Unauthenticated
from quanyu.exchange.dataspace import messages
from quanyu.exchange.dataspace.consumer import Consumer
from quanyu.exchange.dataspace.desks import Desks
from quanyu.exchange.dataspace.model import Json, NegotiationRow, Row
from quanyu.exchange.dataspace.protocol import Message
from quanyu.exchange.dataspace.provider import Provider
from quanyu.store import Connection, Database

EVENT = "ContractNegotiationEventMessage"
_CHALLENGE = {"www-authenticate": "Bearer"}
TRANSFER_STEPS = {
    "start": ("TransferStartMessage", Message.START),
    "completion": ("TransferCompletionMessage", Message.COMPLETE),
    "suspension": ("TransferSuspensionMessage", Message.SUSPEND),
    "termination": ("TransferTerminationMessage", Message.TERMINATE),
}

Refuse = Callable[[Request[Any, Any, Any], Any], Response[Any]]


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is refused leaves nothing behind: the transaction ends before it is answered."""

    actor: Actor
    database: Database
    desks: Desks
    clock: Clock

    def provider(self, connection: Connection) -> Provider:
        now = self.clock()
        return Provider(connection, self.actor, now, self.desks.provider(connection, self.actor, now))

    def consumer(self, connection: Connection) -> Consumer:
        now = self.clock()
        return Consumer(connection, self.actor, now, self.desks.consumer(connection, self.actor, now))

    async def asked(self, kind: type[Row], pid: str) -> Response[Json]:
        """Where it stands, for its consumer."""
        return await self.answered(kind, lambda connection: self.provider(connection).find(kind, pid))

    async def heard(
        self, kind: type[Row], pid: str, type_: str, said: Message, body: Mapping[str, Any]
    ) -> Response[Json]:
        """From a consumer."""

        async def hear(connection: Connection) -> Row:
            desk = self.provider(connection)
            found = await desk.find(kind, pid)
            messages.check(body, type_, found)
            return await desk.hear(found, said, body)

        return await self.answered(kind, hear, body=body)

    async def called_back(
        self, kind: type[Row], secret: str, pid: str, type_: str, said: Message, body: Mapping[str, Any]
    ) -> Response[Json]:
        """From a provider."""

        async def hear(connection: Connection) -> Row:
            desk = self.consumer(connection)
            found = await desk.called_back(kind, secret, pid)
            messages.check(body, type_, found)
            messages.text(body, "providerPid")
            return await desk.hear(found, said, body)

        return await self.answered(kind, hear, body=body)

    async def answered(
        self,
        kind: type[Row],
        work: Callable[[Connection], Awaitable[Row]],
        *,
        status: int = 200,
        body: Mapping[str, Any] | None = None,
    ) -> Response[Json]:
        try:
            async with self.database.tenant(self.actor.tenant) as connection:
                found = await work(connection)
        except (Invalid, NotFound, Conflict, Denied) as error:
            type_ = "ContractNegotiationError" if kind is NegotiationRow else "TransferError"
            pids = {name: _pid(body or {}, name) for name in ("providerPid", "consumerPid")}
            return refused(type_, error, self.actor.language, pids)
        return Response(messages.acknowledged(found), status_code=status)


def in_words_of(type_: str) -> dict[int | type[Exception], Refuse]:
    """What is refused before a message is read: nobody known, no JSON. A body of an error is the protocol's own, always."""

    def refuse(request: Request[Any, Any, Any], error: Exception) -> Response[Json]:
        code, reason = (
            (error.key, error.text("en")) if isinstance(error, QuanyuError) else ("malformed", str(error))
        )
        body = messages.error(type_, code=code, reason=[reason], pids={"providerPid": "", "consumerPid": ""})
        unknown = isinstance(error, Unauthenticated)
        return Response(body, status_code=401 if unknown else 400, headers=_CHALLENGE if unknown else {})

    return {Unauthenticated: refuse, ClientException: refuse}


def refused(
    type_: str, error: QuanyuError, language: str, pids: Mapping[str, str] | None = None
) -> Response[Json]:
    """A message that is not due is a bad request in this protocol; what one may not see is not there."""
    faults = error.faults if isinstance(error, Invalid) else ()
    reason = [one.text(language) for one in faults] or [error.text(language)]
    body = messages.error(type_, code=error.key, reason=reason, pids=pids or {})
    return Response(body, status_code=404 if isinstance(error, NotFound | Denied) else 400)


def _pid(body: Mapping[str, Any], name: str) -> str:
    """As the other side said it: the schema wants both numbers in an error, too."""
    value = body.get(name)
    return value if isinstance(value, str) and len(value) <= 500 else ""
