"""An entry as other levels see it."""

from collections.abc import Mapping
from datetime import datetime

from quanyu.exchange.elements.copied import Settled
from quanyu.federation.model import Level, Telling
from quanyu.govern.catalogue.model import Entry, State

ENTRIES, SUBSCRIBE = "catalogue.entries", "catalogue.subscribe"


class ListedElement(Telling, frozen=True, kw_only=True):
    """The data element that an item names, once a body of that node is its settled source: `lead` by its name, from `since` on.
    `is_source`: the entry is the source's own; otherwise `source` is the entry that is. `standard`: its version in force."""

    code: str
    title_zh: str
    title_en: str
    lead: str
    is_source: bool
    source: str | None
    standard: str | None
    since: datetime


class ListedItem(Telling, frozen=True, kw_only=True):
    """信息项. `element`: nothing a node of an older version tells of."""

    name: str
    label: str
    type: str
    share_type: int | None
    share_basis: str
    element: ListedElement | None = None


class ListedEntry(Telling, frozen=True, kw_only=True):
    """`id`: node and name. `version` grows; `gone`: it is published no more. `uses`: of the last 30 days. `owner_en`: as who reads
    English calls the owner; nothing a node of an older version tells of."""

    id: str
    node: str
    level: Level
    region: str
    name: str
    version: int
    modified: datetime
    gone: bool
    resource_code: str
    title: str
    abstract: str
    keywords: tuple[str, ...]
    owner: str
    share_type: int
    share_condition: str
    share_basis: str
    is_open: bool
    update_cycle: str
    imported: datetime | None
    records: int
    score: float | None
    uses: int
    items: tuple[ListedItem, ...]
    owner_en: str = ""

    @property
    def text(self) -> str:
        labels = " ".join(f"{one.label} {one.name}" for one in self.items)
        elements = " ".join(f"{one.title_zh} {one.title_en} {one.code}" for one in self.elements)
        said = (self.title, *self.keywords, self.owner, self.owner_en, self.abstract, self.resource_code)
        return " ".join((*said, labels, elements))

    @property
    def elements(self) -> tuple[ListedElement, ...]:
        return tuple(one.element for one in self.items if one.element is not None)

    def supersedes(self, other: "ListedEntry") -> bool:
        return (self.version, self.modified) > (other.version, other.modified)


class Entries(Telling, frozen=True, kw_only=True):
    entries: tuple[ListedEntry, ...]


class Subscription(Telling, frozen=True, kw_only=True):
    on: bool


def listed(
    entry: Entry, settled: Mapping[str, Settled], *, node: str, level: Level, region: str, uses: int, owner_en: str
) -> ListedEntry:  # fmt: skip
    """Without contact persons and profiles: those are asked for at the owner. `settled` by the code of the element."""
    said, facts = entry.description, entry.facts
    items = tuple(
        ListedItem(
            name=one.name, label=one.label, type=one.type, share_basis=one.share_basis,
            share_type=None if one.share_type is None else int(one.share_type),
            element=_element(settled.get(one.element or ""), entry),
        )
        for one in said.items
    )  # fmt: skip
    return ListedEntry(
        id=f"{node}/{entry.name}", node=node, level=level, region=said.region or region, name=entry.name,
        version=entry.version, modified=entry.modified, gone=entry.state is not State.PUBLISHED,
        resource_code=entry.resource_code, title=said.title, abstract=said.abstract, keywords=said.keywords,
        owner=said.organisation_name, owner_en=owner_en, share_type=int(said.share_type), share_condition=said.share_condition,
        share_basis=said.share_basis, is_open=said.is_open, update_cycle=said.update_cycle,
        imported=facts.imported, records=facts.records, score=facts.score, uses=uses, items=items,
    )  # fmt: skip


def _element(found: Settled | None, entry: Entry) -> ListedElement | None:
    if found is None:
        return None
    is_source = entry.description.organisation in found.bodies
    return ListedElement(
        code=found.code, title_zh=found.title_zh, title_en=found.title_en, lead=found.lead_name, is_source=is_source,
        source=None if is_source or not found.items else found.items[0].dataset, standard=found.standard, since=found.effective_from,
    )  # fmt: skip
