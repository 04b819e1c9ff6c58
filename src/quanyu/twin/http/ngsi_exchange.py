"""One NGSI-LD request and its answer on bare ASGI: reading bodies, parameters and @contexts, writing JSON."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from quanyu.core.actor import Actor
from quanyu.core.errors import Invalid
from quanyu.store import Database
from quanyu.twin.branches import Branch
from quanyu.twin.derived import Envoy
from quanyu.twin.find import Finder
from quanyu.twin.history import Archive
from quanyu.twin.http.ngsi_body import decoded
from quanyu.twin.http.ngsi_media import (
    JSON,
    LD_JSON,
    MERGE_PATCH,
    context_link,
    wanted_version,
)
from quanyu.twin.http.ngsi_problems import (
    LengthRequired,
    Malformed,
    NotImplementedHere,
    NotSupported,
    WrongMethod,
    WrongType,
    problem,
)
from quanyu.twin.http.sight import Sight
from quanyu.twin.ngsild.context import CORE, Context, Contexts, LdContextNotAvailable
from quanyu.twin.ngsild.document.conformance import Version
from quanyu.twin.registrations import Sources
from quanyu.twin.writer import Writer

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Authorize = Callable[[Scope, str], Awaitable[Actor]]

ROOT = "quanyu.ngsi.root"
"""In a scope: where an application answers that is not mounted at its usual place."""

__all__ = [
    "ROOT",
    "Answer",
    "Door",
    "Exchange",
    "Malformed",
    "NotImplementedHere",
    "NotSupported",
    "Operation",
    "WrongMethod",
    "WrongType",
    "problem",
]


@dataclass(frozen=True, slots=True)
class Answer:
    """`media_type` empty: JSON or JSON-LD, as the asker likes. `context` None: that of the request."""

    status: int
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()
    media_type: str = ""
    context: Context | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What the operations work with; one per node."""

    database: Database
    writer: Writer
    sight: Sight
    contexts: Contexts = field(default_factory=Contexts)
    finder: Finder = field(default_factory=Finder)
    history: Archive = field(default_factory=Archive)
    sources: Sources | None = None
    envoy: Envoy | None = None
    developing: bool = False


@dataclass(slots=True)
class Exchange:
    """A request as the operations see it. `take` marks a parameter as understood; `refuse_others` answers the rest.

    `media`: what the asker wants to get, one of what the operation offers. `warnings`: headers that the answer gets.
    `altered`: whether something is told otherwise than it is, for who prefers an earlier version (4.3.6.8).
    """

    scope: Scope
    receive: Receive
    parts: tuple[str, ...]
    actor: Actor
    door: Door
    parameters: dict[str, str] = field(default_factory=dict)
    media: str = JSON
    asked_context: Context = CORE
    warnings: list[tuple[str, str]] = field(default_factory=list)
    branch: Branch | None = None
    altered: bool = False
    _taken: set[str] = field(default_factory=set)
    _link: str | None = None
    _sent: str | None = None
    _gone: dict[str, LdContextNotAvailable] = field(default_factory=dict)

    @property
    def sight(self) -> Sight:
        return self.door.sight

    @property
    def database(self) -> Database:
        return self.door.database

    @property
    def root(self) -> str:
        """Where the resources of this API begin, for links to them."""
        return str(self.scope.get(ROOT, "/ngsi-ld/v1"))

    def header(self, name: str) -> str:
        return header(self.scope, name)

    @property
    def version(self) -> Version | None:
        """6.3.6: the version of the standard that the asker prefers."""
        return wanted_version(self.header("prefer"))

    def take(self, name: str, default: str = "") -> str:
        self._taken.add(name)
        return self.parameters.get(name, default)

    def take_list(self, name: str) -> tuple[str, ...]:
        return tuple(filter(None, self.take(name).split(",")))

    def refuse_others(self) -> None:
        """A parameter of the standard that this operation does not know is never ignored; `local` they all know."""
        if self.parameters.get("local", "") not in ("", "true", "false"):
            raise Invalid("twin.asked.truth", name="local")
        if self.parameters and (others := sorted(self.parameters.keys() - self._taken - {"local"})):
            raise NotImplementedHere("twin.ngsi.parameter", name=", ".join(others)[:200])

    async def json(self) -> Any:
        """The decoded body. Raises Malformed, WrongType, TooLarge, LengthRequired."""
        sent = self._sent_type()
        if sent not in (JSON, LD_JSON, "") and (sent != MERGE_PATCH or self.scope["method"] != "PATCH"):
            raise WrongType("twin.ngsi.media", media=sent[:80])
        if not self.header("content-length") and not self.header("transfer-encoding"):
            raise LengthRequired("twin.ngsi.length")
        return await decoded(self.receive)

    async def json_object(self) -> dict[str, Any]:
        """The body where it has to be one JSON object. Raises as `json`."""
        body = await self.json()
        if not isinstance(body, dict):
            raise Malformed("core.entity.object")
        return body

    async def context(self, body: Any = None) -> Context:
        """The @context of the request (6.3.5): of `body`, a JSON object, or of one entity of a batch; else of the Link.

        Raises Invalid where the two are mixed up, LdContextNotAvailable. The answer is given in the last one asked for.
        """
        if self._link is None:
            self._link = context_link(self.header("link"))
        source: object = self._link or None
        if isinstance(body, dict):
            source = self._source(body, self._link)
        if source is None:
            return CORE
        self.asked_context = await self._context_of(source)
        return self.asked_context

    async def _context_of(self, source: object) -> Context:
        """One that cannot be had is asked for once, however many entities of a batch name it."""
        name = repr(source) if self._gone else ""
        if name in self._gone:
            raise self._gone[name]
        try:
            return await self.door.contexts.of(self.actor.tenant, source)
        except LdContextNotAvailable as error:
            self._gone[repr(source)] = error
            raise

    def _source(self, body: dict[str, Any], link: str) -> object:
        sent = self._sent_type()
        if sent == LD_JSON:
            if link:
                raise Invalid("twin.context.both")
            if body.get("@context") is None:
                raise Invalid("twin.context.missing")
            return body["@context"]
        if "@context" not in body:
            return link or None
        if sent == MERGE_PATCH and not link:
            return body["@context"]
        raise Invalid("twin.context.in_json", media=sent or JSON)

    def _sent_type(self) -> str:
        if self._sent is None:
            self._sent = self.header("content-type").partition(";")[0].strip().lower()
        return self._sent


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of a resource's table: `path` below the prefix, where `*` is any one part.

    `offers`: the media types of its answer; empty where only errors and results of single writes are answered.
    """

    path: str
    method: str
    action: str
    answer: Callable[[Exchange], Awaitable[Answer]]
    offers: tuple[str, ...] = ()

    @property
    def offered(self) -> tuple[str, ...]:
        return self.offers or ((JSON, LD_JSON) if self.method == "GET" else ())


def headers_of(scope: Scope) -> Mapping[str, str]:
    """By lower-case name, several of one name as one. Decoded once a request."""
    found: dict[str, str] | None = scope.get(_HEADERS)
    if found is None:
        found = scope[_HEADERS] = {}
        for key, value in scope["headers"]:
            name, text = key.decode("latin-1"), value.decode("latin-1")
            found[name] = f"{found[name]}, {text}" if name in found else text
    return found


_HEADERS = "quanyu.headers"


def header(scope: Scope, name: str) -> str:
    return headers_of(scope).get(name, "")
