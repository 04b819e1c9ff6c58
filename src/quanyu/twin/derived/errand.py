"""One derived subscription at its source: made, changed, looked after, ended (ETSI GS CIM 009, 5.8.1, 5.8.2, 5.8.3, 5.8.5)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any
from urllib.parse import unquote

from quanyu.core.entity import NULL
from quanyu.core.errors import QuanyuError
from quanyu.twin.derived.model import CONTEXT, Derived
from quanyu.twin.ngsild.context import CORE, Context, Contexts
from quanyu.twin.registrations.errors import Refused, unsupported
from quanyu.twin.registrations.forward import Call, Origin, Reply, forward
from quanyu.twin.registrations.operations import Action
from quanyu.twin.registrations.sources import Sources
from quanyu.twin.subscriptions.names import renamed

RECEIVED = "/api/v1/twin/received"
_KNOWN, _TAKEN = (404, 410), 409


class End(Enum):
    """How it stands with the source after an errand."""

    HELD = auto()  # it keeps what was wanted
    LOST = auto()  # it knows nothing of it any more
    GONE = auto()  # nothing is left to do there
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class Outcome:
    end: End
    remote: str = ""
    fault: QuanyuError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Errands:
    """`address`: where others reach this node; sources notify us there."""

    sources: Sources
    contexts: Contexts
    address: str

    async def run(self, one: Derived, origin: Origin) -> Outcome:
        """Never raises for what the source does."""
        if one.wanted is None:
            return await self._end(one, origin)
        if one.held is None:
            return await self._make(one, origin)
        if one.held == one.wanted:
            return await self._look_after(one, origin)
        return await self._change(one, origin)

    async def _make(self, one: Derived, origin: Origin) -> Outcome:
        """5.8.1. What an earlier try has made without our hearing of it is there under the id that we gave it."""
        body, context = await self._spoken(one, one.wanted or {})
        whole = {"id": one.id, "type": "Subscription", **body}
        reply = await self._send(one, origin, "POST", body=whole, context=context)
        if _refused(reply, _TAKEN):
            there = replace(one, remote=one.id)
            reply = await self._send(there, origin, "PATCH", body=whole, context=context)
            return _outcome(reply, one.id)
        return _outcome(reply, _named(reply) or one.id)

    async def _change(self, one: Derived, origin: Origin) -> Outcome:
        """5.8.2: the members that are no longer what they were; what is there no more is NGSI-LD Null (5.5.8)."""
        before, after = one.held or {}, one.wanted or {}
        fragment = {name: value for name, value in after.items() if before.get(name) != value}
        body, context = await self._spoken(one, fragment | {CONTEXT: after.get(CONTEXT)})
        nulls = dict.fromkeys(before.keys() - after.keys() - {CONTEXT}, NULL)
        whole = {"type": "Subscription", **body, **nulls}
        reply = await self._send(one, origin, "PATCH", body=whole, context=context)
        return Outcome(End.LOST) if _refused(reply, *_KNOWN) else _outcome(reply, one.remote or one.id)

    async def _look_after(self, one: Derived, origin: Origin) -> Outcome:
        """5.8.3: a source that was made anew may have forgotten it."""
        if Action.RETRIEVE_SUBSCRIPTION not in one.source.operations:
            return Outcome(End.HELD, one.remote or one.id)
        reply = await self._send(one, origin, "GET")
        return Outcome(End.LOST) if _refused(reply, *_KNOWN) else _outcome(reply, one.remote or one.id)

    async def _end(self, one: Derived, origin: Origin) -> Outcome:
        """5.8.5; where the source does not take that, what it still tells is answered with 404."""
        never = one.held is None and not one.tries and not one.left_over
        if never or Action.DELETE_SUBSCRIPTION not in one.source.operations:
            return Outcome(End.GONE)
        reply = await self._send(one, origin, "DELETE")
        if reply.fault is None or (isinstance(reply.fault, Refused) and reply.fault.status < 500):
            return Outcome(End.GONE)
        return Outcome(End.FAILED, fault=reply.fault)

    async def _send(
        self, one: Derived, origin: Origin, method: str, *, body: Any = None, context: Context = CORE
    ) -> Reply:
        if method == "PATCH" and Action.UPDATE_SUBSCRIPTION not in one.source.operations:
            return Reply(registration=one.source, fault=unsupported(one.source))
        parts = ("subscriptions",) if method == "POST" else ("subscriptions", one.remote or one.id)
        call = Call(registration=one.source, method=method, parts=parts, body=body, context=context)
        return await forward(self.sources, origin, call)

    async def _spoken(self, one: Derived, members: Mapping[str, Any]) -> tuple[dict[str, Any], Context]:
        """In the terms of the source where it has its own, else in those of the subscriber."""
        context = await self._context(one.tenant, one.source.context or members.get(CONTEXT))
        body = renamed({name: value for name, value in members.items() if name != CONTEXT}, context.term)
        if "notification" in body:
            uri = f"{self.address}{RECEIVED}/{one.tenant}/{one.token}"
            endpoint = {"uri": uri, "accept": "application/json"}
            body["notification"] = {**body["notification"], "endpoint": endpoint}
        return body, context

    async def _context(self, tenant: str, url: Any) -> Context:
        """One that only we serve is sent along; where it cannot be had, names are sent as IRIs."""
        try:
            if isinstance(url, str) and url.startswith(f"{self.address}/"):
                document = await self.contexts.library.document(tenant, url)
                url = document.get("@context") if isinstance(document, dict) else None
            return await self.contexts.of(tenant, url)
        except QuanyuError:
            return CORE


def _refused(reply: Reply, *statuses: int) -> bool:
    return isinstance(reply.fault, Refused) and reply.fault.status in statuses


def _outcome(reply: Reply, remote: str) -> Outcome:
    return Outcome(End.HELD, remote) if reply.fault is None else Outcome(End.FAILED, fault=reply.fault)


def _named(reply: Reply) -> str:
    """The id in the Location of what was made."""
    return unquote(reply.headers.get("location", "").rstrip("/").rpartition("/")[2])
