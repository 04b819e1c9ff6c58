"""A refused record and what people decide about it. The same types travel over HTTP."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from quanyu.core.identifiers import check_credit_code, check_id_card, check_organisation_code
from quanyu.core.messages import text

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class State(StrEnum):
    OPEN = "open"
    MENDED = "mended"  # edited; goes into the dataset with the next release if it passes
    RELEASED = "released"
    DISMISSED = "dismissed"
    SUPERSEDED = "superseded"  # a newer import brought the record again

    @property
    def is_closed(self) -> bool:
        return self in {State.RELEASED, State.DISMISSED, State.SUPERSEDED}


class RowId(msgspec.Struct, frozen=True, kw_only=True, order=True, forbid_unknown_fields=True):
    """`row` counts from 0 over the records of the import."""

    import_id: str
    row: int


class RowFault(msgspec.Struct, frozen=True, kw_only=True):
    """One reason why the record was refused; `proposal` is a value that would mend it."""

    rule: str
    columns: tuple[str, ...]
    reason: str
    value: str | None
    proposal: str | None
    message: str = ""


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided about one row; `version` rises with each decision."""

    row: RowId
    state: State
    edits: dict[str, str | None]
    faults: tuple[RowFault, ...]
    reason: str
    rule: str | None
    released_as: str | None
    version: int
    actor: str
    at: datetime


class QuarantinedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A refused record as it was read, with its edits laid over it."""

    import_id: str
    row: int
    state: State
    file: str
    source: int | None
    line: int | None
    values: dict[str, str | None]
    edits: dict[str, str | None]
    faults: tuple[RowFault, ...]
    version: int = 0
    reason: str = ""
    actor: str | None = None
    at: datetime | None = None

    @property
    def id(self) -> RowId:
        return RowId(import_id=self.import_id, row=self.row)

    @property
    def mended_values(self) -> dict[str, str | None]:
        return self.values | self.edits


class RuleCount(msgspec.Struct, frozen=True, kw_only=True):
    """Open rows that a rule refused or flagged."""

    rule: str
    title_zh: str
    title_en: str
    rows: int
    proposals: int


class Mend(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person's edits of one row; `version` is the one that was read (0 for a row nobody touched)."""

    edits: dict[str, str | None]
    version: int = 0


class Select(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which rows are meant: those listed, or all open and mended ones that match; `import_id`: of those that came with it."""

    rows: tuple[RowId, ...] = ()
    rule: str | None = None
    query: str = ""
    import_id: str | None = None


class FixKind(StrEnum):
    """What a bulk fix does with a value."""

    SET = "set"
    CLEAR = "clear"
    TRIM = "trim"
    REPLACE = "replace"  # `find` by `value`
    PATTERN = "pattern"  # regular expression `find` by `value`
    PREFIX = "prefix"
    PAD = "pad"  # zeros in front up to `width`
    COPY = "copy"  # from column `source`
    SWAP = "swap"  # with column `source`, which gets this one's
    PROPOSAL = "proposal"  # the engine's own proposal
    MAP = "map"  # by the table `values`


class BulkFix(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One change for many rows."""

    select: Select
    kind: FixKind
    column: str
    value: str = ""
    find: Annotated[str, msgspec.Meta(max_length=500)] = ""
    width: Annotated[int, msgspec.Meta(ge=0, le=200)] = 0
    source: str = ""
    values: dict[str, str] = {}
    name: Annotated[str, msgspec.Meta(max_length=200)] = ""


class BeforeAfter(msgspec.Struct, frozen=True, kw_only=True):
    import_id: str
    row: int
    line: int | None
    before: str | None
    after: str | None


class BulkOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """`matched` rows are meant, `changed` get another value; `shown` are the first of them."""

    matched: int
    changed: int
    shown: tuple[BeforeAfter, ...]
    applied: bool


class Release(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """With `accept` and a reason, rows go into the dataset although they break rules; their values stay honest."""

    select: Select
    accept: bool = False
    reason: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class Dismissal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    select: Select
    reason: Reason


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that left quarantine, and those that stay with what they still break."""

    done: int
    remaining: int
    part_id: str | None = None
    rows: tuple[QuarantinedRow, ...] = ()


def explained(fault: RowFault, titles: dict[str, tuple[str, str]], language: str) -> RowFault:
    """The fault with a sentence: the rule's title or what its kind means, and of an identifier what is wrong with it.

    `reason` is a kind of rule (`credit_code:character:7:O` says more behind it) or, of a reject, a message key.
    """
    chinese, english = titles.get(fault.rule, ("", ""))
    kind = fault.reason.partition(":")[0]
    meant = "exchanged" if fault.reason == "inside_region:exchanged" else kind
    key = kind if "." in kind else f"govern.quarantine.fault.{meant}"
    said = text(key, language, columns=", ".join(fault.columns), value=fault.value or "")
    title = (english if language == "en" else chinese) or said
    wrong = _IDENTIFIERS[kind](fault.value or "") if kind in _IDENTIFIERS else None
    more = wrong.text(language) if wrong else said if meant != kind else ""
    message = f"{title} · {more}" if more else title
    return msgspec.structs.replace(fault, message=message)


_IDENTIFIERS = {
    "id_card": check_id_card,
    "credit_code": check_credit_code,
    "organisation_code": check_organisation_code,
}
