"""Items that carry an element: the source's, and those of other bodies."""

from datetime import datetime

import msgspec

from quanyu.exchange.elements.model import Carried
from quanyu.govern.catalogue.model import DataItem
from quanyu.govern.mapping.names import name_likeness


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """An element whose source is settled; `words` is whatever a column of it is called."""

    code: str
    title_zh: str
    title_en: str
    lead: str
    beside: tuple[str, ...]
    items: tuple[Carried, ...]
    words: tuple[str, ...] = ()

    def is_carried_by(self, item: DataItem) -> bool:
        """Said so, or called so; what is said to be another element is that one."""
        if item.element is not None:
            return item.element == self.code
        return any(
            name_likeness(name, word) == 1.0 for name in (item.label, item.name) for word in self.words
        )


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """The newest settlement of an element, which may begin to hold only then; `standard` is the version in force."""

    code: str
    title_zh: str
    title_en: str
    lead: str
    lead_name: str = ""
    beside: tuple[str, ...]
    items: tuple[Carried, ...]
    effective_from: datetime
    standard: str | None = None

    @property
    def bodies(self) -> tuple[str, ...]:
        return (self.lead, *self.beside)


class CarriedElement(msgspec.Struct, frozen=True, kw_only=True):
    """`is_source`: the entry is of the element's source; otherwise `source` is the item to ask for, where it has one."""

    item: str
    element: str
    title_zh: str
    title_en: str
    lead: str
    is_source: bool
    source: Carried | None


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """`source` is the source's item that can be asked for, `request` the body's open or granted request for its dataset."""

    element: str
    title_zh: str
    title_en: str
    dataset: str
    item: str
    body: str
    lead: str
    source: Carried | None
    request: str | None
    state: str
    reason: str
    found: datetime
    modified: datetime
