"""Which items carry an element: those of its source, and those that other bodies collect again (重复采集)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from quanyu.core.actor import Resource
from quanyu.core.clock import city_day
from quanyu.core.errors import Conflict, NotFound
from quanyu.core.page_token import Page, page_of, place_of
from quanyu.exchange import notices
from quanyu.exchange.elements import _copies_sql as _sql
from quanyu.exchange.elements.copied import CarriedElement, Copy, Known
from quanyu.exchange.elements.model import Carried
from quanyu.exchange.elements.reading import Reading
from quanyu.govern.catalogue._sql import entries, published_after
from quanyu.govern.catalogue.model import Entry, State
from quanyu.govern.lineage.model import Node, NodeKind
from quanyu.govern.lineage.service import MOST_STEPS, graph
from quanyu.govern.standards.model import DataElement
from quanyu.govern.standards.service import StandardKind, standards
from quanyu.identity import Outcome, append_evidence
from quanyu.store import Connection

_AT_ONCE = 500
_FIRST = ("", "", "")


@dataclass(frozen=True, slots=True)
class Copies(Reading):
    async def of_entry(
        self, entry: Entry, items: Collection[str] | None = None
    ) -> tuple[CarriedElement, ...]:
        """Also before it is published. `items`: of these alone."""
        looked_at = [one for one in entry.description.items if items is None or one.name in items]
        body = entry.description.organisation or ""
        return tuple(
            CarriedElement(
                item=item.name, element=one.code, title_zh=one.title_zh, title_en=one.title_en, lead=one.lead,
                is_source=body in (one.lead, *one.beside), source=next(iter(one.items), None),
            )
            for one in await known_elements(self.connection, self.now)
            for item in looked_at
            if one.is_carried_by(item)
        )  # fmt: skip

    async def copied_in(self, entry: Entry) -> set[tuple[str, str]]:
        """Elements and items of an entry of which another body is the source; also before it is published."""
        found = await self._copies_in(entry, await known_elements(self.connection, self.now))
        return {(element, item) for element, _, item, _ in found}

    async def look_at(self, dataset: str) -> int:
        """What is found in one entry replaces what was. Answers how many copies it has."""
        found = await entries(self.connection, [dataset])
        if not found or found[0].state is not State.PUBLISHED:
            await _sql.forget(self.connection, self.tenant, dataset=dataset, element=None, but=())
            return 0
        copies = await self._copies_in(found[0], await known_elements(self.connection, self.now))
        await self._keep(copies, dataset=dataset)
        return len(copies)

    async def look_for(self, element: str) -> int:
        """In the whole catalogue, part by part."""
        known = [one for one in await known_elements(self.connection, self.now) if one.code == element]
        copies: list[tuple[str, str, str, str]] = []
        after = ""
        while part := await published_after(self.connection, after, _AT_ONCE):
            for entry in part:
                copies += await self._copies_in(entry, known)
            after = part[-1].name
        await self._keep(copies, element=element)
        return len(copies)

    async def listed(
        self, bodies: Sequence[str] | None, *, element: str | None, body: str | None, state: str | None, after: str | None, limit: int
    ) -> Page[Copy]:  # fmt: skip
        """Of these bodies, and of elements whose source they are."""
        place = _FIRST if after is None else place_of(after, tuple[str, str, str], refusal="exchange.token")
        found = await _sql.find(
            self.connection, bodies, element=element, body=body, state=state, after=place, limit=limit + 1
        )
        return page_of(found, limit, lambda one: (one.element, one.dataset, one.item))

    async def copy(self, element: str, carried: Carried) -> Copy:
        found = await _sql.copy(self.connection, element, carried.dataset, carried.item)
        if found is None:
            raise NotFound("exchange.element.no_copy", dataset=carried.dataset[:80], item=carried.item[:80])
        return found

    async def explain(self, found: Copy, reason: str) -> Copy:
        """Why the body needs to hold it itself."""
        return await self._judged(found, "explained", reason, told=found.lead)

    async def send_back(self, found: Copy, reason: str) -> Copy:
        """The authority does not accept what was explained."""
        if found.state != "explained":
            raise Conflict("exchange.element.not_explained", dataset=found.dataset, item=found.item)
        return await self._judged(found, "found", reason, told=found.body)

    async def _judged(self, found: Copy, state: str, reason: str, *, told: str) -> Copy:
        await _sql.judge(self.connection, self.tenant, found, state, reason, self.now)
        await self._note(found.element, found.dataset, found.item, found.body, state, reason=reason)
        kind = "element_copy_explained" if state == "explained" else "element_copy_returned"
        await notices.tell(self.connection, self.tenant, told, kind, found.element, found.dataset, self.now, item=found.item, reason=reason)  # fmt: skip
        return await self.copy(found.element, Carried(dataset=found.dataset, item=found.item))

    async def _copies_in(self, entry: Entry, known: Iterable[Known]) -> list[tuple[str, str, str, str]]:
        """Not what is of the source itself, nor what the lineage knows to be made of the source's data."""
        body = entry.description.organisation or ""
        found: list[tuple[str, str, str, str]] = []
        for one in known:
            items = [item for item in entry.description.items if one.is_carried_by(item)]
            if (
                not items
                or not body
                or body in (one.lead, *one.beside)
                or await self._is_made_of(entry.name, one)
            ):
                continue
            found += [(one.code, entry.name, item.name, body) for item in items]
        return found

    async def _is_made_of(self, dataset: str, known: Known) -> bool:
        """What comes before it in the lineage holds data of the source."""
        here = Node(kind=NodeKind.DATASET, id=dataset)
        edges = (await graph(self.connection, here, steps=MOST_STEPS)).edges
        before, ahead = set[Node](), {here}
        while ahead:
            ahead = {edge.origin for edge in edges if edge.target in ahead} - before
            before |= ahead
        return not {one.id for one in before}.isdisjoint({one.dataset for one in known.items})

    async def _keep(
        self,
        copies: list[tuple[str, str, str, str]],
        *,
        dataset: str | None = None,
        element: str | None = None,
    ) -> None:
        """What was found before and is explained stays so; a body is told of what is new."""
        await _sql.forget(
            self.connection, self.tenant, dataset=dataset, element=element, but=[one[:3] for one in copies]
        )
        for code, name, item, body in copies:
            if await _sql.add(self.connection, self.tenant, code, name, item, body, self.now):
                await self._note(code, name, item, body, "found")
                await notices.tell(self.connection, self.tenant, body, "element_copy", code, name, self.now, item=item)  # fmt: skip

    async def _note(self, code: str, dataset: str, item: str, body: str, what: str, **said: str) -> None:
        about = Resource("share", code, self.tenant, body)
        detail = {"dataset": dataset, "item": item, "body": body, **said}
        await append_evidence(
            self.connection, self.actor, f"share.element.copy_{what}", about, Outcome.DONE, detail
        )


async def known_elements(connection: Connection, now: datetime) -> list[Known]:
    """Every element with a source, whether it holds already or will."""
    said = {
        one.name: one
        for one in await standards(connection, StandardKind.ELEMENTS, at=city_day(now))
        if isinstance(one, DataElement)
    }
    return [
        msgspec.structs.replace(one, words=_words(one, said.get(one.code)))
        for one in await _sql.known(connection)
    ]


def _words(known: Known, standard: DataElement | None) -> tuple[str, ...]:
    words = [known.title_zh, known.title_en, known.code]
    if standard is not None:
        words += [standard.title_zh, standard.title_en, *standard.aliases]
    return tuple(dict.fromkeys(filter(None, words)))
