"""From an @context as requests give it (URL, object, list of both) to a `Context`; each made once."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Protocol

import msgspec

from quanyu.core.errors import Invalid
from quanyu.twin.ngsild.context.core_terms import CORE_URL, CORE_URLS
from quanyu.twin.ngsild.context.errors import LdContextNotAvailable
from quanyu.twin.ngsild.context.model import CORE, Context
from quanyu.twin.ngsild.context.terms import Definition, terms_in

MAX_DOCUMENTS = 50
MAX_DEPTH = 16
MAX_TERMS = 100_000
MAX_MADE = 500
TRUSTED = 60.0
"""Seconds until one is made anew: another process may have deleted or reloaded what it consists of."""


class Library(Protocol):
    """Where an @context that is named by URL comes from."""

    async def document(self, tenant: str, url: str) -> object:
        """The decoded JSON behind `url`. Raises LdContextNotAvailable."""
        ...

    async def keep(self, tenant: str, source: object) -> str:
        """The URL under which an inline @context is served from now on."""
        ...

    def used(self, tenant: str, urls: tuple[str, ...]) -> None:
        """Counts one use of each."""
        ...

    async def run(self) -> None:
        """Beside the node, as long as it lives."""
        ...


class NoLibrary:
    """Only the core is known."""

    async def document(self, tenant: str, url: str) -> object:
        raise LdContextNotAvailable("twin.context.unreachable", url=url[:200], reason="-")

    async def keep(self, tenant: str, source: object) -> str:
        return CORE_URL

    def used(self, tenant: str, urls: tuple[str, ...]) -> None:
        pass

    async def run(self) -> None:
        pass


@dataclass(slots=True)
class _Gathered:
    """What one @context consists of, in order, and the URLs that it came from."""

    definitions: list[Definition | None] = field(default_factory=list)
    urls: dict[str, None] = field(default_factory=dict)
    terms: int = 0


@dataclass(frozen=True, slots=True)
class _Made:
    context: Context
    urls: tuple[str, ...]
    until: float


class Contexts:
    """One per node; the most used of all tenants stay in memory."""

    def __init__(self, library: Library | None = None) -> None:
        self.library: Library = library or NoLibrary()
        self._made: OrderedDict[tuple[str, bytes], _Made] = OrderedDict()

    async def of(self, tenant: str, source: object) -> Context:
        """Raises LdContextNotAvailable where a URL has no @context behind it, Invalid where an inline one is none."""
        if source is None or (isinstance(source, str) and source in CORE_URLS):
            return CORE
        key = (tenant, msgspec.json.encode(source))
        made = self._made.get(key)
        if made is None or made.until < monotonic():
            made = await self._make(tenant, source)
            self._made[key] = made
            if len(self._made) > MAX_MADE:
                self._made.popitem(last=False)
        else:
            self._made.move_to_end(key)
        self.library.used(tenant, made.urls)
        return made.context

    async def url_of(self, tenant: str, context: Context) -> str:
        """The one URL that stands for it; an inline one gets one (6.3.5)."""
        return context.link or await self.library.keep(tenant, context.source)

    def forget(self, tenant: str, url: str) -> None:
        """What was made with this URL is made anew."""
        for key in [key for key, made in self._made.items() if key[0] == tenant and url in made.urls]:
            del self._made[key]

    def forget_all(self) -> None:
        self._made.clear()

    async def _make(self, tenant: str, source: object) -> _Made:
        gathered = _Gathered()
        try:
            await self._gather(gathered, tenant, source, ())
            user = terms_in(gathered.definitions)
        except Invalid as error:
            if not gathered.urls:
                raise
            url = next(reversed(gathered.urls))
            raise LdContextNotAvailable(
                "twin.context.wrong", url=url[:200], reason=error.text("en")
            ) from None
        urls = tuple(gathered.urls)
        if not user.iris:
            return _Made(CORE, urls, monotonic() + TRUSTED)
        return _Made(Context(link=_link_of(source), source=source, user=user), urls, monotonic() + TRUSTED)

    async def _gather(self, gathered: _Gathered, tenant: str, source: object, under: tuple[str, ...]) -> None:
        if len(under) > MAX_DEPTH:
            raise LdContextNotAvailable("twin.context.deep", limit=MAX_DEPTH)
        match source:
            case None:
                gathered.definitions.append(None)
            case str(url):
                await self._gather_remote(gathered, tenant, url, under)
            case list(parts):
                for part in parts:
                    await self._gather(gathered, tenant, part, (*under, ""))
            case Mapping():
                await self._gather_definition(gathered, tenant, source, under)
            case _:
                raise Invalid("twin.context.kind")

    async def _gather_definition(
        self, gathered: _Gathered, tenant: str, definition: Definition, under: tuple[str, ...]
    ) -> None:
        if isinstance(imported := definition.get("@import"), str):
            await self._gather_remote(gathered, tenant, imported, under)
        gathered.terms += len(definition)
        if gathered.terms > MAX_TERMS:
            raise LdContextNotAvailable("twin.context.large", limit=MAX_TERMS)
        gathered.definitions.append(definition)

    async def _gather_remote(
        self, gathered: _Gathered, tenant: str, url: str, under: tuple[str, ...]
    ) -> None:
        if url in CORE_URLS:
            return
        if url in under:
            raise LdContextNotAvailable("twin.context.cyclic", url=url[:200])
        gathered.urls[url] = None
        if len(gathered.urls) > MAX_DOCUMENTS:
            raise LdContextNotAvailable("twin.context.many", limit=MAX_DOCUMENTS)
        document = await self.library.document(tenant, url)
        if not isinstance(document, Mapping) or "@context" not in document:
            raise LdContextNotAvailable("twin.context.none", url=url[:200])
        await self._gather(gathered, tenant, document["@context"], (*under, url))


def check_inline(source: object, depth: int = 0) -> None:
    """Raises Invalid for what cannot be an @context, whatever is behind its URLs."""
    if isinstance(source, list) and depth <= MAX_DEPTH:
        for part in source:
            check_inline(part, depth + 1)
    elif isinstance(source, Mapping):
        terms_in([source])
    elif source is not None and not (isinstance(source, str) and ":" in source):
        raise Invalid("twin.context.kind")


def _link_of(source: object) -> str:
    """The URL of an @context that is one URL, alone or beside the core's."""
    parts = source if isinstance(source, list) else [source]
    named = [one for one in parts if not (isinstance(one, str) and one in CORE_URLS)]
    return named[0] if len(named) == 1 and isinstance(named[0], str) else ""
