"""标准样例: files that show what the standard of an element means, attached by who sets it."""

import asyncio
from dataclasses import dataclass

from quanyu.core.actor import Resource
from quanyu.core.errors import Conflict, NotFound, TooLarge
from quanyu.exchange import exhibits
from quanyu.exchange.elements import _samples_sql as _sql
from quanyu.exchange.elements.checks import standard_of
from quanyu.exchange.elements.model import Element, Sample
from quanyu.exchange.elements.reading import Reading
from quanyu.exchange.exhibits import Exhibit
from quanyu.exchange.exhibits.model import prepared_sample
from quanyu.identity import Outcome, append_evidence

MOST = 20
"""Of one element."""


@dataclass(frozen=True, slots=True)
class Samples(Reading):
    async def attach(self, found: Element, name: str, sent: bytes) -> Sample:
        """The same file again changes nothing. Raises Conflict for an element without a standard, Invalid for what is no picture,
        document or table, TooLarge for more than `MOST`."""
        standard = await standard_of(self.connection, found.code, self.now)
        if standard is None:
            raise Conflict("exchange.element.no_standard", code=found.code)
        prepared = await asyncio.to_thread(prepared_sample, sent)
        kept = await exhibits.keep_for_good(self.connection, self.tenant, name, prepared, self.now)
        known = await self.of(found)
        if len(known) >= MOST and kept.id not in {one.id for one in known}:
            raise TooLarge("exchange.element.samples", most=MOST)
        made = Sample(
            id=kept.id, name=name, media_type=kept.media_type, bytes=kept.bytes, standard=standard.version, author=self.actor.id,
            at=self.now,
        )  # fmt: skip
        if await _sql.add(self.connection, self.tenant, found.code, made):
            await self._note(found, made, "attached")
        return made

    async def of(self, found: Element) -> tuple[Sample, ...]:
        return await _sql.samples(self.connection, found.code)

    async def content(self, found: Element, id: str) -> tuple[Exhibit, bytes]:
        """Raises NotFound."""
        return await exhibits.content(self.connection, await self.of(found), id)

    async def detach(self, found: Element, id: str) -> None:
        """Its content stays, as evidence names it. Raises NotFound."""
        known = next((one for one in await self.of(found) if one.id == id), None)
        if known is None or not await _sql.remove(self.connection, found.code, id):
            raise NotFound("exchange.element.no_sample", id=id[:64])
        await self._note(found, known, "detached")

    async def _note(self, found: Element, sample: Sample, what: str) -> None:
        about = Resource("share", found.code, self.tenant, found.lead)
        detail = {"sample": sample.id, "name": sample.name, "standard": sample.standard}
        await append_evidence(
            self.connection, self.actor, f"share.element.sample_{what}", about, Outcome.DONE, detail
        )
