"""One request to one context source: its address, headers and time limit as its registration says (4.3.6, 6.3.17)."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import msgspec

from quanyu.core.errors import QuanyuError, Unavailable
from quanyu.twin.ngsild.context import Context
from quanyu.twin.ngsild.document.conformance import conformant_body
from quanyu.twin.registrations.errors import BadSource, Refused, SourceTimeout
from quanyu.twin.registrations.model import Registration
from quanyu.twin.registrations.sources import Sources

PREFIX = "/ngsi-ld/v1"
REQUEST_VALUE = "urn:ngsi-ld:request"
"""5.2.22: the value is what the client sent in the header of this name."""

_WAIT_SECONDS = 5.0
_MAX_ANSWER = 64 * 1024 * 1024
_ENTITY_MAP = "NGSILD-EntityMap"
_LINK = '<{url}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The request of the client that makes others necessary: `via` as it came, `alias` our own name for loops."""

    tenant: str
    alias: str
    via: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> frozenset[str]:
        return passed(self.via)

    @property
    def looped(self) -> bool:
        return self.alias in self.passed


def passed(via: str) -> frozenset[str]:
    """The pseudonyms of a Via header (RFC 9110, 7.6.3)."""
    hops = [hop.split() for hop in via.split(",")]
    return frozenset(hop[1] for hop in hops if len(hop) > 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`parts` of the path below the prefix; `body` in the terms of `context`. `map`: the entity map there (5.14)."""

    registration: Registration
    method: str
    parts: Sequence[str]
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    context: Context
    map: str = ""

    @property
    def url(self) -> str:
        path = "/".join(quote(part, safe=":") for part in self.parts)
        base = self.registration.endpoint.removesuffix(PREFIX)
        parameters = dict(self.parameters)
        if self.registration.management.local_only:
            parameters["local"] = "true"
        query = "?" + urlencode(parameters, safe=":,;*", quote_via=quote) if parameters else ""
        return f"{base}{PREFIX}/{path}{query}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """`fault` where there is no answer, or one that is no success."""

    registration: Registration
    status: int = 0
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: QuanyuError | None = None

    @property
    def map(self) -> str:
        """The id of the entity map that the source has used, '' where it names none."""
        return self.headers.get(_ENTITY_MAP.lower(), "").rpartition("/")[2]

    @property
    def partial(self) -> bool:
        return self.status == 207


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """An answer that may be given again."""

    status: int
    body: Any
    headers: Mapping[str, str]


async def forward(sources: Sources, origin: Origin, call: Call) -> Reply:
    """Never raises for what the source does; the counters of the registration follow (5.2.9)."""
    registration = call.registration
    key = f"{origin.tenant} {registration.id} {call.url} {call.context.link} {call.map}"
    if call.method == "GET" and (known := sources.remembered(key)) is not None:
        answer = msgspec.json.decode(known, type=_Kept)
        return Reply(
            registration=registration, status=answer.status, body=answer.body, headers=answer.headers
        )
    if sources.rests(registration):
        return Reply(registration=registration, fault=_late(registration))
    wait = registration.management.timeout or _WAIT_SECONDS
    try:
        async with asyncio.timeout(wait):
            reply = await _asked(sources, origin, call, wait)
    except TimeoutError:
        reply = Reply(registration=registration, fault=_late(registration))
    except QuanyuError as error:
        reply = Reply(registration=registration, fault=_unreachable(registration, error))
    await sources.told(origin.tenant, registration, well=200 <= reply.status < 300)
    if call.method == "GET" and reply.fault is None and registration.management.cache:
        content = msgspec.json.encode(_Kept(reply.status, reply.body, reply.headers))
        sources.remember(key, content, seconds=registration.management.cache)
    return reply


async def _asked(sources: Sources, origin: Origin, call: Call, wait: float) -> Reply:
    headers, content = _headers(origin, call), None
    if call.body is not None:
        content, media = _content(call)
        headers["Content-Type"] = media
    async with sources.outgoing.request(
        call.method, call.url, headers=headers, wait=wait, content=content
    ) as response:
        raw = bytearray()
        async for piece in response.aiter_bytes():
            raw += piece
            if len(raw) > _MAX_ANSWER:
                raise Unavailable("twin.source.large", limit=_MAX_ANSWER)
    return _reply(call.registration, response, bytes(raw))


def _headers(origin: Origin, call: Call) -> dict[str, str]:
    registration = call.registration
    via = ", ".join(filter(None, (origin.via, f"1.1 {origin.alias}")))
    made = {"Accept": registration.accept or "application/json", "Via": via}
    if call.map:
        made[_ENTITY_MAP] = f"{PREFIX}/entityMaps/{call.map}"
    if registration.tenant:
        made["NGSILD-Tenant"] = registration.tenant
    link = call.context.link
    if link and not _embeds(call):
        made["Link"] = _LINK.format(url=link)
    for name, value in registration.headers:
        text = origin.headers.get(name.lower(), "") if value == REQUEST_VALUE else value
        if text:
            made = {key: one for key, one in made.items() if key.lower() != name.lower()} | {name: text}
    return made


def _embeds(call: Call) -> bool:
    """An @context that no URL stands for goes with the body, and where the source wants JSON-LD (4.3.6.6)."""
    wanted = call.registration.content_type == "application/ld+json"
    return call.body is not None and (wanted or not call.context.link)


def _content(call: Call) -> tuple[bytes, str]:
    version = call.registration.conforms_to
    body = call.body if version is None else conformant_body(call.body, version)
    if not _embeds(call):
        return msgspec.json.encode(body), "application/json"
    source = call.context.source
    body = [_with(one, source) for one in body] if isinstance(body, list) else _with(body, source)
    return msgspec.json.encode(body), "application/ld+json"


def _with(one: Any, context: object) -> Any:
    return {**one, "@context": context} if isinstance(one, dict) else one


def _reply(registration: Registration, response: httpx.Response, raw: bytes) -> Reply:
    status = response.status_code
    try:
        body = msgspec.json.decode(raw) if raw else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if status < 300:
            raise Unavailable("twin.source.json", reason=str(error)[:100]) from None
        body = None
    fault = None if 200 <= status < 300 else _refusal(registration, status, body)
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Reply(registration=registration, status=status, body=body, headers=headers, fault=fault)


def _refusal(registration: Registration, status: int, body: Any) -> Refused:
    return Refused(registration.id, status, body if isinstance(body, dict) and "title" in body else {})


def _late(registration: Registration) -> SourceTimeout:
    return SourceTimeout("twin.source.late", id=registration.id)


def _unreachable(registration: Registration, error: QuanyuError) -> BadSource:
    return BadSource("twin.source.unreachable", id=registration.id, reason=error.text("en"))
