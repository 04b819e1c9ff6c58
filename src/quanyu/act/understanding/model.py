"""The words of understanding: what is proposed to a reporter or a desk, with its reasons. Nothing here decides."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import msgspec

from quanyu.act.cases.model import Code, LongText, Place, Text, Value


class Said(Value, frozen=True):
    """What is known of a report before it is sent."""

    title: Text = ""
    description: LongText = ""
    category: Code | None = msgspec.field(default=None, name="class")
    address: Text | None = None
    place: Place | None = None
    region: Code | None = None
    component: Code | None = None

    @property
    def text(self) -> str:
        return f"{self.title} {self.description}".strip()


class Rules(Value, frozen=True):
    """What a city sets: metres from a boundary within which both sides are shown, and what counts as similar."""

    boundary: Annotated[float, msgspec.Meta(ge=0, le=5000)] = 50.0
    nearby: Annotated[float, msgspec.Meta(ge=0, le=5000)] = 150.0
    days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 90
    likely: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.05


class ClassProposal(msgspec.Struct, frozen=True, kw_only=True):
    """`words` are those that decided, the weightiest first; `confidence` is how often such a proposal is right."""

    category: str = msgspec.field(name="class")
    confidence: float
    words: tuple[str, ...] = ()


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """`kind`: component, duty, boundary or habit; `texts` by language; `values` for programs."""

    kind: str
    texts: Mapping[str, str]
    values: Mapping[str, str | float]


class BodyProposal(msgspec.Struct, frozen=True, kw_only=True):
    """`organisation` is a body of this city, None where only its `name` is known; `confidence` only where it was learned."""

    organisation: str | None
    name: str
    reason: Reason
    confidence: float | None = None


class SimilarCase(msgspec.Struct, frozen=True, kw_only=True):
    """An open case that may be about the same. `title` only for those who may read cases."""

    id: str
    category: str | None = msgspec.field(name="class")
    title: str | None
    score: float
    metres: float | None
    reported: datetime
    reasons: tuple[str, ...]


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """What the register says of a component; not `registered`, it is yet to be added. `repaired` by which case, and when."""

    code: str
    registered: bool
    name: str | None
    state: str | None
    maintainer: str | None
    owner: str | None
    department: str | None
    repaired: datetime | None = None
    repaired_by: str | None = None


class Understanding(msgspec.Struct, frozen=True, kw_only=True):
    """`choice`: more than one body may be responsible, and somebody must say which. `model`: version of what was learned."""

    classes: tuple[ClassProposal, ...]
    bodies: tuple[BodyProposal, ...]
    choice: bool
    similar: tuple[SimilarCase, ...]
    model: str | None
    component: Component | None = None
