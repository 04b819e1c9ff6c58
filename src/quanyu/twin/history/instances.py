"""From rows of the log to instances of attributes, with everything that was corrected since (4.5.7). Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from zlib import crc32

from quanyu.core.entity import VALUE_MEMBER, instances
from quanyu.twin.history.interval import TimeProperty
from quanyu.twin.ngsild.document import NULLS, null_of

SCOPE = "scope"  # its evolution is that of a Property whose values are lists (4.5.6)
_ID = "urn:ngsi-ld:Instance:"
_ID_FORM = re.compile(rf"{_ID}([0-9a-f]{{1,16}})-([0-9a-f]{{8}})-([0-9a-f]{{1,16}})")


class Row(NamedTuple):
    """A row of the log. `was` is what left with the change."""

    entity: str
    seq: int
    received: datetime
    op: int
    attrs: Mapping[str, Any]
    was: Mapping[str, Any] | None


class Position(NamedTuple):
    """Where in the log an instance stands: the change, a digest of the attribute's name, the place in its list."""

    seq: int
    digest: int
    place: int

    @property
    def id(self) -> str:
        return f"{_ID}{self.seq:x}-{self.digest:08x}-{self.place:x}"


class Elsewhere(NamedTuple):
    """An instance of another broker: the id that it has there, '' where it has none, and its place in the answer."""

    id: str
    place: int
    seq: int = 0


class Instance(NamedTuple):
    """One instance of one attribute. `received` is when the log got to know it, `corrected` when it was changed since."""

    name: str
    content: Mapping[str, Any]
    position: Position | Elsewhere
    received: datetime
    deleted: bool = False
    corrected: datetime | None = None

    @property
    def dataset(self) -> str:
        found: str = self.content.get("datasetId", "")
        return found

    @property
    def observed(self) -> datetime | None:
        """That of the scope is when it was received (4.5.6)."""
        if moment := self.content.get("observedAt"):
            return datetime.fromisoformat(moment)
        return self.received if self.name == SCOPE else None

    def time(self, by: TimeProperty | None) -> datetime | None:
        """None where the instance has no such time: a deletion has only its own."""
        if self.deleted:
            return self.received if by is TimeProperty.DELETED else None
        match by:
            case None:
                return self.observed or self.received
            case TimeProperty.OBSERVED:
                return self.observed
            case TimeProperty.CREATED:
                return self.received
            case TimeProperty.MODIFIED:
                return self.corrected or self.received
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One later word about the past: an instance with new content, or instances that are gone (`content` None).

    Without `instance` all are meant that the log has until `upto`: of one attribute or of all ('').
    """

    attribute: str = ""
    instance: str = ""
    dataset: str | None = None
    upto: int = 0
    content: Mapping[str, Any] | None = None
    made: datetime

    def covers(self, one: Instance) -> bool:
        if self.instance:
            return self.instance == one.position.id
        return (
            one.position.seq <= self.upto
            and self.attribute in ("", one.name)
            and self.dataset in (None, one.dataset)
        )


@lru_cache(maxsize=10_000)
def digest_of(name: str) -> int:
    return crc32(name.encode())


def parse_instance_id(text: str) -> Position | None:
    """None for a URI that this log has never given out."""
    found = _ID_FORM.fullmatch(text)
    return Position(int(found[1], 16), int(found[2], 16), int(found[3], 16)) if found else None


def unfold(rows: Iterable[Row], corrections: Sequence[Correction] = ()) -> list[Instance]:
    """In the order of the log; of two with the same attribute, datasetId and observedAt the later one stays."""
    found: dict[object, Instance] = {}
    for row in rows:
        for one in _of_row(row):
            kept = _corrected(one, corrections) if corrections else one
            if kept is not None:
                found[_sameness(kept)] = kept
    return list(found.values())


def _of_row(row: Row) -> list[Instance]:
    made: list[Instance] = []
    whole = row.was is None
    for name, value in row.attrs.items():
        if value is None:
            whole = False
            continue
        digest = digest_of(name)
        for place, content in enumerate(value if type(value) is list else (value,)):
            position = Position(row.seq, digest, place)
            if _is_null(content):
                made.append(Instance(name, _deletion(content), position, row.received, True))
            else:
                made.append(Instance(name, content, position, row.received))
    return made if whole else [*made, *_left(row)]


def _left(row: Row) -> Iterator[Instance]:
    """The deletions of a row: attributes that are null in it, or that it says have left."""
    was = row.was or {}
    nulls = [name for name, value in row.attrs.items() if value is None]
    for name in dict.fromkeys((*nulls, *(name for name in was if name not in row.attrs))):
        before = instances(was[name]) if name in was else [{"type": "Property"}]
        for place, content in enumerate(before):
            position = Position(row.seq, digest_of(name), place)
            yield Instance(name, _deletion(content, name), position, row.received, True)


def _corrected(one: Instance, corrections: Sequence[Correction]) -> Instance | None:
    for correction in corrections:
        if correction.covers(one):
            if correction.content is None:
                return None
            one = one._replace(content=correction.content, corrected=correction.made)
    return one


def _sameness(one: Instance) -> object:
    observed = one.content.get("observedAt")
    if observed is None or one.deleted:
        return one.position
    return one.name, one.content.get("datasetId"), observed


def _is_null(content: Mapping[str, Any]) -> bool:
    value = content.get(VALUE_MEMBER[content["type"]], content.get("value"))
    return value in NULLS


def _deletion(content: Mapping[str, Any], name: str = "") -> dict[str, Any]:
    """4.5.0: what stands for an attribute that is gone: its kind with the NGSI-LD Null, a scope with no value."""
    kind = content.get("type", "Property")
    null: Any = [] if name == SCOPE else null_of(kind)
    kept = {"datasetId": content["datasetId"]} if "datasetId" in content else {}
    return {"type": kind, VALUE_MEMBER[kind]: null, **kept}
