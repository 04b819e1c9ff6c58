"""What somebody asks for and what is answered, item by item. The frozen types in which a request travels, also between nodes."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec

from quanyu.core.errors import Fault, Invalid
from quanyu.exchange.parties import Deal, Party
from quanyu.exchange.policy import Condition, Mask, MaskKind, Rate, Terms, Way
from quanyu.govern.catalogue.model import DataItem, Entry, ShareType
from quanyu.govern.grading.masking import MASKS
from quanyu.govern.grading.model import Grading

Short = Annotated[str, msgspec.Meta(max_length=500)]
Long = Annotated[str, msgspec.Meta(max_length=20_000)]


class Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A misspelt member is refused."""


class Person(Said, frozen=True):
    name: Short = ""
    post: Short = ""
    phone: Short = ""
    email: Short = ""


class Wish(Said, frozen=True):
    """An item that is asked for; `condition` in words."""

    name: Short
    condition: Short = ""


class Application(Said, frozen=True):
    """共享申请. `basis` is the law or the code of the item (事项) that needs the data; `purpose` 应用方向, `scenario` 业务场景,
    `system` 关联系统, `expected` 预期成效; `leader`, `steward` and `operator` are who answers for it (分管领导, 资源管理员, 运维人员).
    """

    dataset: Short
    title: Short
    items: Annotated[tuple[Wish, ...], msgspec.Meta(min_length=1, max_length=1000)]
    purpose: Short
    basis: Short
    starts: datetime
    ends: datetime
    description: Long = ""
    scenario: Short = ""
    system: Short = ""
    expected: Long = ""
    organisation: Short | None = None
    finish_by: datetime | None = None
    contact: Person = Person()
    leader: Person = Person()
    steward: Person = Person()
    operator: Person = Person()
    ways: tuple[Way, ...] = (Way.RECORDS,)
    rate: Rate | None = None
    calls: Annotated[int, msgspec.Meta(ge=1)] | None = None
    where: tuple[Condition, ...] = ()
    time_range: Short = ""
    space_range: Short = ""
    letter: Short = ""


class ItemAnswer(Said, frozen=True):
    """`reason` and, for what is 不予共享, the legal `basis` stand beside each refused item."""

    name: Short
    granted: bool
    reason: Short = ""
    basis: Short = ""


class Answer(Said, frozen=True):
    """Part of what was asked for may be granted. Without `terms` those of `draft_terms` are offered."""

    items: tuple[ItemAnswer, ...]
    terms: Terms | None = None
    note: Long = ""


class Commitment(msgspec.Struct, frozen=True, kw_only=True):
    """承诺书: who signed which text when. `hash` is the SM3 of the text in UTF-8."""

    text: str
    hash: str
    version: int
    signed_by: str
    signer: str
    at: datetime


class Effect(Said, frozen=True, omit_defaults=True):
    """成效反馈: what the data has achieved, in words and in figures. `units` of figures, by their names."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=20_000)]
    figures: Mapping[str, float] = {}
    units: Mapping[str, Annotated[str, msgspec.Meta(max_length=40)]] = {}
    rating: Annotated[int, msgspec.Meta(ge=1, le=5)] | None = None


class Referred(msgspec.Struct, frozen=True, kw_only=True):
    """转报: which node has checked the request and passed it on, and what it said."""

    node: str
    person: str
    opinion: str
    at: datetime


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """As a list shows it. `holder` is the body whose move it is, None the authority."""

    id: str
    instance: str
    dataset: str
    title: str
    consumer: Party
    provider: str
    state: str
    holder: str | None
    due: datetime | None
    outcome: str | None
    contract: str | None
    author: str
    created: datetime
    modified: datetime

    @property
    def deal(self) -> Deal:
        return Deal(provider=self.provider, consumer=self.consumer)


def share_type_of(entry: Entry, item: DataItem) -> ShareType:
    return item.share_type or entry.description.share_type


def share_types(entry: Entry, application: Application) -> dict[str, ShareType]:
    known = {item.name: share_type_of(entry, item) for item in entry.description.items}
    return {wish.name: known[wish.name] for wish in application.items if wish.name in known}


def whole_share_type(types: Mapping[str, ShareType]) -> ShareType:
    """无条件 only where every item is."""
    return max(types.values(), default=ShareType.CONDITIONAL)


def check_application(application: Application, entry: Entry) -> None:
    """Raises Invalid with every fault."""
    faults = tuple(_application_faults(application, entry))
    if faults:
        raise Invalid("exchange.request.invalid", faults=faults, count=len(faults))


def _application_faults(application: Application, entry: Entry) -> Iterator[Fault]:
    known = {item.name for item in entry.description.items}
    names = [wish.name for wish in application.items]
    for name in sorted(set(names) - known):
        yield Fault("exchange.request.item", "/items", {"item": name})
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Fault("exchange.request.item_twice", "/items", {"item": name})
    for field in ("title", "purpose", "basis"):
        if not getattr(application, field).strip():
            yield Fault(f"exchange.request.missing.{field}", f"/{field}")
    if application.starts.tzinfo is None or application.ends.tzinfo is None:
        yield Fault("exchange.terms.zone", "/ends")
    elif application.starts >= application.ends:
        yield Fault("exchange.terms.period", "/ends")


def checked_answer(answer: Answer, application: Application, entry: Entry) -> Answer:
    """Every item is answered, nothing is refused without reason, nothing is given that law withholds. With the basis of the
    catalogue where a withheld item names none. Raises Invalid with every fault."""
    items = {item.name: item for item in entry.description.items}
    filled = tuple(_with_basis(one, items.get(one.name), entry) for one in answer.items)
    faults = tuple(_answer_faults(filled, application, entry, items))
    if faults:
        raise Invalid("exchange.answer.invalid", faults=faults, count=len(faults))
    return msgspec.structs.replace(answer, items=filled)


def _with_basis(one: ItemAnswer, item: DataItem | None, entry: Entry) -> ItemAnswer:
    withheld = item is not None and share_type_of(entry, item) is ShareType.WITHHELD
    if one.granted or one.basis or not withheld:
        return one
    assert item is not None
    basis = item.share_basis or entry.description.share_basis
    return msgspec.structs.replace(one, basis=basis, reason=one.reason or basis)


def _answer_faults(
    answers: tuple[ItemAnswer, ...], application: Application, entry: Entry, items: Mapping[str, DataItem]
) -> Iterator[Fault]:
    asked = {wish.name for wish in application.items}
    answered = [one.name for one in answers]
    for name in sorted(asked ^ set(answered)) + sorted({one for one in answered if answered.count(one) > 1}):
        yield Fault("exchange.answer.item", f"/items/{name}", {"item": name})
    for one in answers:
        if (item := items.get(one.name)) is None:
            continue
        type_ = share_type_of(entry, item)
        if one.granted and type_ is ShareType.WITHHELD:
            yield Fault("exchange.answer.withheld", f"/items/{one.name}", {"item": one.name})
        if not one.granted and type_ is ShareType.UNCONDITIONAL:
            yield Fault("exchange.answer.unconditional", f"/items/{one.name}", {"item": one.name})
        if not one.granted and not one.reason.strip():
            yield Fault("exchange.answer.reason", f"/items/{one.name}", {"item": one.name})
        if not one.granted and type_ is ShareType.WITHHELD and not one.basis.strip():
            yield Fault("exchange.answer.basis", f"/items/{one.name}", {"item": one.name})
    if not any(one.granted for one in answers):
        yield Fault("exchange.answer.nothing", "/items")


def draft_terms(
    application: Application,
    granted: tuple[str, ...],
    grading: Grading | None,
    *,
    key: tuple[str, ...],
    now: datetime,
) -> Terms:
    """What follows from the application; personal values are masked as they are masked everywhere, until a provider decides
    otherwise. A 核验 names the `key` of the dataset, where all of it is granted."""
    masks = {
        name: Mask(kind=MaskKind.REDACT, content=kind)
        for name in granted
        if grading and (column := grading.column(name)) and (kind := column.kind) in MASKS and column.personal
    }
    return Terms(
        columns=granted, purpose=application.purpose, basis=application.basis, starts=max(application.starts, now),
        ends=application.ends, ways=application.ways, rate=application.rate, calls=application.calls,
        where=application.where, masks=masks,
        check_key=key if Way.CHECK in application.ways and set(key) <= set(granted) else (),
    )  # fmt: skip


def plain(value: Any) -> Any:
    return msgspec.to_builtins(value)
