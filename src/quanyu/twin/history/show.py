"""How a temporal evolution is shown (ETSI GS CIM 009, 4.5.6 to 4.5.9 and 4.5.19)."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from quanyu.core.entity import VALUE_MEMBER, Kind
from quanyu.twin.history.aggregate import Aggregation, Frame, aggregate
from quanyu.twin.history.evolution import Evolution
from quanyu.twin.history.instances import SCOPE, Instance
from quanyu.twin.history.interval import Interval, Relation, TimeProperty
from quanyu.twin.history.select import Choice, Range, Timed, within
from quanyu.twin.ngsild.document import moment_text

_SYSTEM = frozenset({"createdAt", "modifiedAt"})
_WRAPPED = frozenset({Kind.LANGUAGE, Kind.VOCAB, Kind.JSON})
_WORDED = frozenset({Kind.LANGUAGE, Kind.VOCAB})
_PLURAL = {kind: f"{member}s" for kind, member in VALUE_MEMBER.items()}


class Form(StrEnum):
    NORMALIZED = "normalized"
    VALUES = "temporalValues"
    AGGREGATED = "aggregatedValues"


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """`instance` shows the content of one, `term` a stored name, both in the words of the asker.

    `members` are id, type and scope as far as they are wanted; `attributes`: whether any attribute is.
    """

    form: Form
    instance: Callable[[Mapping[str, Any]], dict[str, Any]]
    term: Callable[[str], str]
    members: Collection[str] = ("id", "type", "scope")
    attributes: bool = True
    system: bool = False
    aggregation: Aggregation | None = None

    def entity(
        self, evolution: Evolution, choice: Choice, page: Range | None, frame: Frame | None
    ) -> dict[str, Any]:
        """With `page` an attribute that has nothing in it is there with nothing (6.3.10)."""
        made = self._head(evolution, choice.interval)
        by_name: dict[str, list[Timed]] = {}
        if page is not None:
            by_name = {one.name: [] for _, one in evolution.timed}
        for timed in within(evolution.timed, page):
            by_name.setdefault(timed[1].name, []).append(timed)
        for name, timed_ones in by_name.items():
            if SCOPE in self.members if name == SCOPE else self.attributes:
                made[self.term(name)] = self._attribute(timed_ones, evolution, name, choice.interval, frame)
        return made

    def _head(self, evolution: Evolution, interval: Interval) -> dict[str, Any]:
        entity = evolution.entity
        made: dict[str, Any] = {}
        if "id" in self.members:
            made["id"] = entity.id
        if "type" in self.members:
            types = [self.term(one) for one in entity.types]
            made["type"] = types[0] if len(types) == 1 else types
        if self.system:
            made |= {"createdAt": moment_text(entity.created), "modifiedAt": moment_text(entity.modified)}
        if entity.deleted and self.system:
            made["deletedAt"] = moment_text(entity.deleted)
        return made

    def _attribute(
        self, timed: list[Timed], evolution: Evolution, name: str, interval: Interval, frame: Frame | None
    ) -> Any:
        if self.form is Form.NORMALIZED:
            return [self._instance(moment, one, interval) for moment, one in timed]
        groups: dict[tuple[str, str], list[tuple[datetime, Mapping[str, Any]]]] = {}
        for moment, one in timed:
            content = self._content(one)
            groups.setdefault((content["type"], one.dataset), []).append((moment, content))
        if not groups:
            first = next(one for _, one in evolution.timed if one.name == name)
            groups = {(self._content(first)["type"], ""): []}
        made = [
            {"type": kind, **({"datasetId": dataset} if dataset else {}), **self._series(kind, ones, frame)}
            for (kind, dataset), ones in groups.items()
        ]
        return made[0] if len(made) == 1 else made

    def _content(self, one: Instance) -> Mapping[str, Any]:
        """Kind and value are shown as they are stored, unless they are words of the asker's."""
        return self.instance(one.content) if one.content["type"] in _WORDED else one.content

    def _instance(self, moment: datetime, one: Instance, interval: Interval) -> dict[str, Any]:
        made = {name: value for name, value in self.instance(one.content).items() if name not in _SYSTEM}
        if one.position.id:
            made["instanceId"] = one.position.id
        if one.deleted:
            made["deletedAt"] = moment_text(one.received)
        elif self.system:
            made["createdAt"] = moment_text(one.received)
            made["modifiedAt"] = moment_text(one.corrected or one.received)
        if one.name == SCOPE and not one.deleted:
            made.setdefault("observedAt", moment_text(one.received))
        by = interval.property or TimeProperty.OBSERVED
        if interval.property is None and "observedAt" not in made:
            by = TimeProperty.MODIFIED  # a time is shown, whichever there is
        if by is not TimeProperty.OBSERVED:
            made[by.value] = moment_text(moment)
        return made

    def _series(
        self, kind: str, ones: Iterable[tuple[datetime, Mapping[str, Any]]], frame: Frame | None
    ) -> dict[str, Any]:
        carrier = VALUE_MEMBER[kind]
        if self.form is Form.VALUES:
            return {_PLURAL[kind]: [[_point(kind, content), moment_text(moment)] for moment, content in ones]}
        if self.aggregation is None or frame is None:
            return {}
        found = aggregate(
            ((moment, _measured(kind, content[carrier])) for moment, content in ones), self.aggregation, frame
        )
        return {
            method: [[value, moment_text(begin), moment_text(end)] for value, begin, end in periods]
            for method, periods in found.items()
        }


def _point(kind: str, content: Mapping[str, Any]) -> Any:
    """4.5.9: the value of one instance; targets of a ListRelationship are bare URIs."""
    carrier = VALUE_MEMBER[kind]
    value = content[carrier]
    if kind == Kind.LIST_RELATIONSHIP:
        return [one["object"] for one in value]
    return {carrier: value} if kind in _WRAPPED else value


def frame_of(timed: Iterable[Timed], interval: Interval) -> Frame | None:
    """What the periods of an answer are counted from: the question's own beginning, else its first instance."""
    moments = [moment for moment, _ in timed]
    if not moments:
        return None
    start = interval.after or min(moments)
    end = interval.before if interval.relation is not Relation.AFTER and interval.before else max(moments)
    return Frame(start, end)


def _measured(kind: str, value: Any) -> Any:
    """4.5.19.1: of what is no Property only the number and the variety can be told."""
    return value if kind in (Kind.PROPERTY, Kind.LIST) else {"": value}
