"""What whoever publishes an entry is told of the elements in it (一数一源): another body is the source, or an item does not keep to its
standard.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from quanyu.core.actor import Actor
from quanyu.core.errors import Conflict, Invalid, NotFound
from quanyu.core.messages import text
from quanyu.exchange.elements.copied import CarriedElement
from quanyu.exchange.elements.copies import Copies
from quanyu.exchange.elements.model import Carried
from quanyu.exchange.elements.standard import Standards
from quanyu.govern.catalogue.model import Entry
from quanyu.govern.catalogue.warned import Warning
from quanyu.identity import organisation_names
from quanyu.query import Engine, Failed
from quanyu.store import Connection


@dataclass(frozen=True, slots=True)
class ElementWarnings:
    """`govern.catalogue.warned.Warnings`: each item that carries an element with a standard is read over all records."""

    engine: Engine
    folder: Path

    async def __call__(
        self, connection: Connection, actor: Actor, entry: Entry, *, now: datetime, language: str
    ) -> tuple[Warning, ...]:
        desk = Copies(connection, actor, now)
        carried = await desk.of_entry(entry)
        copied = await desk.copied_in(entry)
        leads = await organisation_names(connection, {one.lead for one in carried}, language)
        found: list[Warning] = []
        for one in carried:
            said = {"item": one.item, "title": (language == "en" and one.title_en) or one.title_zh}
            if (one.element, one.item) in copied:
                lead = leads.get(one.lead, one.lead)
                found.append(_warning(entry, one, "exchange.element.warned.source", language, said | {"lead": lead}))  # fmt: skip
            key, detail = await self._departure(Standards(connection, actor, now), entry, one)
            if key:
                found.append(_warning(entry, one, key, language, said | detail))
        return tuple(found)

    async def _departure(
        self, desk: Standards, entry: Entry, one: CarriedElement
    ) -> tuple[str | None, dict[str, object]]:
        """From the standard of the element; none where it has none, or the dataset holds no such column or no records yet."""
        carried = Carried(dataset=entry.name, item=one.item)
        try:
            found = await desk.one(one.element)
            told = (await desk.conformity(found, carried, self.engine, self.folder)).conformity
        except (NotFound, Conflict, Invalid):
            return None, {}
        except Failed:
            return "exchange.element.warned.unread", {}
        if not told.has_type:
            return "exchange.element.warned.type", {"type": told.type, "wanted": str(told.wanted)}
        broken = max((rule.broken for rule in told.found), default=0)
        return ("exchange.element.warned.values" if broken else None), {"broken": broken}


def _warning(
    entry: Entry, one: CarriedElement, key: str, language: str, said: Mapping[str, object]
) -> Warning:
    at = [item.name for item in entry.description.items].index(one.item)
    return Warning(where=f"/items/{at}", message=text(key, language, **said))
