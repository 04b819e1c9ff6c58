"""What one shift leaves to the next."""

from datetime import datetime
from typing import Annotated

import msgspec

Words = Annotated[str, msgspec.Meta(max_length=4000)]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A case in the sheet; `act` and `reason` where something was decided about it."""

    id: str
    title: str
    state: str
    organisation: str | None = None
    entered: datetime | None = None
    due: datetime | None = None
    act: str = ""
    reason: str = ""


class ShiftState(msgspec.Struct, frozen=True, kw_only=True):
    """`overdue` became so in the shift and is still open, `granted` was allowed or refused in it, `ahead` is due in the next one.

    Lists hold at most MOST lines each; the numbers count all. `beyond`: by list, how many are not in it.
    """

    reported: int
    closed: int
    open: int
    late: int
    overdue: tuple[Line, ...]
    granted: tuple[Line, ...]
    ahead: tuple[Line, ...]
    beyond: dict[str, int] = {}


class Lines(msgspec.Struct, frozen=True):
    """`beyond`: how many there are besides the first of them."""

    first: tuple[Line, ...]
    beyond: int


class Promise(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that somebody was told."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    until: datetime | None = None
    case: Annotated[str, msgspec.Meta(max_length=40)] | None = None


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """The sheet as it would be given now."""

    begun: datetime
    ended: datetime
    state: ShiftState


class Given(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`begun` None: since the last hand-over."""

    notes: Words = ""
    promises: Annotated[tuple[Promise, ...], msgspec.Meta(max_length=50)] = ()
    begun: datetime | None = None


class Signed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    remark: Words = ""


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """As it was given; `signed_by` None: nobody has taken over yet."""

    id: str
    begun: datetime
    ended: datetime
    given_by: str
    notes: str
    promises: tuple[Promise, ...]
    state: ShiftState
    signed_by: str | None
    signed_at: datetime | None
    remark: str
