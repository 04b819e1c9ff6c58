"""What bodies say of a data element: that it is needed, that they are its source, whom they agree on; and what is settled."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from quanyu.exchange.exhibits import Exhibit
from quanyu.exchange.requests.model import Long, Said, Short
from quanyu.govern.catalogue.model import UpdateCycle
from quanyu.workflow import Step

CODE = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$"

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=20_000, pattern=r"\S")]
Body = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Beside = Annotated[tuple[Body, ...], msgspec.Meta(max_length=50)]


class Wanted(Said, frozen=True):
    """收集需求. `code` is the name of the element's standard; where that is known already, its titles stand for those left out."""

    code: Annotated[str, msgspec.Meta(pattern=CODE)]
    reason: Words
    title_zh: Short = ""
    title_en: Short = ""
    definition: Long = ""
    subject: Short = ""
    organisation: Short | None = None


class Carried(Said, frozen=True):
    """An item of the catalogue that carries the element."""

    dataset: Short
    item: Short


class Claiming(Said, frozen=True):
    """认领. `basis` is the law that makes the body keep these data; `coverage` for whom or where it has them."""

    items: Annotated[tuple[Carried, ...], msgspec.Meta(min_length=1, max_length=50)]
    reason: Words
    basis: Words
    update_cycle: UpdateCycle
    coverage: Short = ""
    organisation: Short | None = None


class Agreeing(Said, frozen=True):
    """协商方案: the lead source (牵头数源部门) and the sources beside it, all of them claimants."""

    lead: Body
    beside: Beside = ()
    note: Long = ""
    organisation: Short | None = None


class Deciding(Said, frozen=True):
    """裁定. Without `effective_from` it holds at once."""

    lead: Body
    reason: Words
    beside: Beside = ()
    effective_from: datetime | None = None


class ClaimState(StrEnum):
    STANDING = "standing"
    WITHDRAWN = "withdrawn"
    SOURCE = "source"
    CO_SOURCE = "co_source"
    NOT_CHOSEN = "not_chosen"


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    round: int
    body: str
    items: tuple[Carried, ...]
    reason: str
    basis: str
    update_cycle: UpdateCycle
    coverage: str
    state: ClaimState
    author: str
    at: datetime


class Accord(msgspec.Struct, frozen=True, kw_only=True):
    """Agreed once every claimant has accepted it; another proposal supersedes it."""

    round: int
    number: int
    lead: str
    beside: tuple[str, ...]
    note: str
    accepted: tuple[str, ...]
    state: str
    at: datetime


class Way(StrEnum):
    UNDISPUTED = "undisputed"
    AGREED = "agreed"
    DECIDED = "decided"
    OVERTURNED = "overturned"


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A version of who the source is: from `effective_from` on and before `effective_to`."""

    version: int
    lead: str
    beside: tuple[str, ...]
    items: tuple[Carried, ...]
    way: Way
    reason: str
    effective_from: datetime
    effective_to: datetime | None
    settled_by: str
    at: datetime

    @property
    def bodies(self) -> tuple[str, ...]:
        return (self.lead, *self.beside)

    def holds(self, at: datetime) -> bool:
        return self.effective_from <= at and (self.effective_to is None or at < self.effective_to)


def succeeded(history: Sequence[Source], fresh: Source) -> tuple[Source, ...]:
    """The history with one more version, which ends every earlier one at its own beginning: never do two hold at a time."""
    begins = fresh.effective_from
    return (*(ended(one, begins) for one in history), fresh)


def ended(source: Source, at: datetime) -> Source:
    """What would have begun only then never holds."""
    if source.effective_to is not None and source.effective_to <= at:
        return source
    return msgspec.structs.replace(source, effective_to=max(source.effective_from, at))


class Element(msgspec.Struct, frozen=True, kw_only=True):
    """As a list shows it. `lead` and `beside` hold now; `claims` stand in the present round."""

    code: str
    title_zh: str
    title_en: str
    definition: str
    subject: str
    reason: str
    asked_by: str
    instance: str
    round: int
    state: str
    due: datetime | None
    outcome: str | None
    lead: str | None
    beside: tuple[str, ...]
    claims: int
    author: str
    created: datetime
    modified: datetime


class Sample(Exhibit, frozen=True, kw_only=True):
    """A file beside the standard; `standard` is the version in force when it was attached."""

    standard: str
    author: str
    at: datetime


class ElementView(msgspec.Struct, frozen=True, kw_only=True):
    """`claimants` everybody sees; what they claim, say to each other and are told, those who claim and the authority only.
    `titles` by the name of the dataset, `acts` are open to whoever looks, `body` is on whose behalf."""

    element: Element
    source: Source | None
    history: tuple[Source, ...]
    claimants: tuple[str, ...]
    claims: tuple[Claim, ...]
    accords: tuple[Accord, ...]
    timeline: tuple[Step, ...]
    people: dict[str, str]
    titles: dict[str, str]
    labels: dict[str, str]
    body: str | None
    acts: tuple[str, ...]
