"""The @contexts of all tenants: served, listed, cached, counted (ETSI GS CIM 009, 5.13)."""

import asyncio
import contextlib
from uuid import NAMESPACE_URL, uuid4, uuid5

import msgspec

from quanyu.core.clock import Clock, utc_now
from quanyu.core.errors import Invalid, NotFound, QuanyuError, TooLarge
from quanyu.store import Database
from quanyu.twin.contexts import _sql
from quanyu.twin.contexts.model import PATH, Kept, Kind, id_of
from quanyu.twin.contexts.remote import Remote
from quanyu.twin.contexts.uses import Uses
from quanyu.twin.ngsild.context import CORE_URLS, Contexts, LdContextNotAvailable
from quanyu.twin.together import Deed, Together

MOST_OF_A_KIND = 10_000
_BETWEEN_COUNTS = 30.0


class ContextLibrary:
    """`public_url`: the address under which others reach the node."""

    def __init__(
        self,
        database: Database,
        remote: Remote,
        *,
        public_url: str = "",
        clock: Clock = utc_now,
        together: Together | None = None,
    ) -> None:
        self._database = database
        self._remote = remote
        self._public_url = public_url.rstrip("/")
        self._clock = clock
        self._began = clock()
        self._uses = Uses(database, clock)
        self.contexts = Contexts(self)
        self._together = together or Together(database)
        self._together.able(Deed.FORGET_CONTEXT, self._forget)
        self._together.able(Deed.WRITE_USES, self._write_uses)
        self._together.begins_afresh(self.contexts.forget_all)

    async def document(self, tenant: str, url: str) -> object:
        """Kept, or fetched and kept. Raises LdContextNotAvailable."""
        id = id_of(url)
        async with self._database.tenant(tenant) as connection:
            body = await _sql.body_of(connection, tenant, id)
        if body is None:
            body = await self._cache(tenant, url)
        return msgspec.json.decode(body)

    def used(self, tenant: str, urls: tuple[str, ...]) -> None:
        self._uses.add(tenant, urls)

    async def add(self, tenant: str, source: object) -> Kept:
        """5.13.2: one that a user wants to be served. Raises TooLarge."""
        return await self._keep(tenant, str(uuid4()), Kind.HOSTED, {"@context": source})

    async def keep(self, tenant: str, source: object) -> str:
        body = msgspec.json.encode(source).decode()
        id = str(uuid5(NAMESPACE_URL, body))
        return self.url_of(await self._keep(tenant, id, Kind.IMPLICIT, {"@context": source}))

    async def settle(self, tenant: str) -> None:
        """What is told of uses afterwards holds those of all processes up to now."""
        await self._together.do(Deed.WRITE_USES, tenant)

    async def retrieve(self, tenant: str, name: str) -> Kept:
        """By id or URL. Raises NotFound."""
        async with self._database.tenant(tenant) as connection:
            found = await _sql.one(connection, tenant, id_of(name))
        if found is None and name in CORE_URLS:
            return self._core(name)
        if found is None:
            raise NotFound("twin.context.unknown", id=name[:200])
        return found

    async def body(self, tenant: str, kept: Kept) -> object:
        async with self._database.tenant(tenant) as connection:
            return msgspec.json.decode(await _sql.body_of(connection, tenant, kept.id) or "{}")

    async def all_of(self, tenant: str, kind: Kind | None = None) -> list[Kept]:
        """5.13.3; the core @contexts are always cached."""
        async with self._database.tenant(tenant) as connection:
            found = await _sql.all_of(connection, tenant, kind)
        if kind not in (None, Kind.CACHED):
            return found
        known = {one.url for one in found}
        return [*(self._core(url) for url in sorted(CORE_URLS - known)), *found]

    async def delete(self, tenant: str, kept: Kept) -> None:
        """5.13.5. The core's stay: raises Invalid."""
        if kept.url in CORE_URLS:
            raise Invalid("twin.context.core", url=kept.url)
        await self.settle(tenant)  # one with the same URL that comes later begins at nought
        async with self._database.tenant(tenant) as connection:
            await _sql.delete(connection, tenant, kept.id)
        await self._together.do(Deed.FORGET_CONTEXT, tenant, self.url_of(kept))

    async def reload(self, tenant: str, kept: Kept) -> None:
        """5.13.5: fetched anew; where that fails, what is there stays. Raises Invalid, LdContextNotAvailable."""
        if kept.kind is not Kind.CACHED:
            raise Invalid("twin.context.not_cached", id=kept.id)
        if kept.url not in CORE_URLS:
            await self._cache(tenant, kept.url)
            await self._together.do(Deed.FORGET_CONTEXT, tenant, kept.url)

    def url_of(self, kept: Kept) -> str:
        return kept.url or f"{self._public_url}{PATH}{kept.id}"

    async def run(self) -> None:
        """Writes uses down, as long as the node lives."""
        while True:
            await asyncio.sleep(_BETWEEN_COUNTS)
            with contextlib.suppress(QuanyuError):  # the database is away; the uses wait
                await self._uses.write_all()

    async def _forget(self, tenant: str, url: str) -> None:
        self.contexts.forget(tenant, url)

    async def _write_uses(self, tenant: str, _about: str) -> None:
        await self._uses.write(tenant)

    async def _cache(self, tenant: str, url: str) -> str:
        content = await self._remote.fetch(url)
        try:
            document = msgspec.json.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise LdContextNotAvailable("twin.context.none", url=url[:200]) from None
        if not isinstance(document, dict) or "@context" not in document:
            raise LdContextNotAvailable("twin.context.none", url=url[:200])
        body = msgspec.json.encode({"@context": document["@context"]}).decode()
        kept = Kept(id=id_of(url), kind=Kind.CACHED, url=url, created=self._clock())
        async with self._database.tenant(tenant) as connection:
            await _sql.insert(connection, tenant, kept, body)
            await _sql.forget_unused(connection, tenant, Kind.CACHED, MOST_OF_A_KIND)
        return body

    async def _keep(self, tenant: str, id: str, kind: Kind, document: object) -> Kept:
        kept = Kept(id=id, kind=kind, url="", created=self._clock())
        async with self._database.tenant(tenant) as connection:
            if await _sql.count(connection, tenant, kind) >= MOST_OF_A_KIND:
                raise TooLarge("twin.context.too_many", limit=MOST_OF_A_KIND)
            await _sql.insert(connection, tenant, kept, msgspec.json.encode(document).decode())
        return kept

    def _core(self, url: str) -> Kept:
        """The core is built in, so it has been here since the node began."""
        return Kept(id=id_of(url), kind=Kind.CACHED, url=url, created=self._began)
