"""A mapping says which column is what and which word of theirs is which of ours; a row becomes an arrival. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from quanyu.act.cases.model import Channel, Place, Report, Value
from quanyu.core.clock import CITY_ZONE
from quanyu.core.errors import Fault, Invalid
from quanyu.workflow.adoption import Note

Row = Mapping[str, str]
Column = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_BLANK = re.compile(r"\s+")
_LONG = 20_000
_JUDGED = frozenset({"closed", "archived"})
"""States of ours in which a body is judged by the case."""


class Columns(Value, frozen=True):
    """Names of theirs. Several for `description` are put together."""

    number: Column
    reported: Column
    state: Column | None = None
    closed: Column | None = None
    due: Column | None = None
    category: Column | None = msgspec.field(default=None, name="class")
    title: Column | None = None
    description: tuple[Column, ...] = ()
    address: Column | None = None
    lon: Column | None = None
    lat: Column | None = None
    region: Column | None = None
    grid: Column | None = None
    component: Column | None = None
    organisation: Column | None = None
    urgent: Column | None = None
    solved: Column | None = None
    satisfaction: Column | None = None
    history: Column | None = None
    merged_into: Column | None = None


class CaseMapping(Value, frozen=True):
    """`states`, `classes`, `organisations`, `answers`: their words and ours; without `classes` and `organisations` theirs
    are ours; a word may be empty. `through` is the state in which a body works on it. `empty`: values that mean nothing; `nowhere`: points
    that mean nowhere."""

    system: Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"^[\w.-]+$")]
    columns: Columns
    states: Mapping[str, str] = {}
    state: str = "reported"
    through: str | None = "handling"
    classes: Mapping[str, str] | None = None
    organisations: Mapping[str, str] | None = None
    answers: Mapping[str, str] = {}
    zone: str = CITY_ZONE.key
    times: tuple[str, ...] = ()
    empty: tuple[str, ...] = ("NA", "NULL", "-")
    nowhere: tuple[tuple[float, float], ...] = ()
    fields: Mapping[str, Column] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A case as it stood elsewhere."""

    report: Report
    state: str
    reported: datetime
    due: datetime | None
    closed: datetime | None
    callback: Mapping[str, Any] | None
    notes: tuple[Note, ...]


def parse_mapping(source: object) -> CaseMapping:
    """Raises Invalid."""
    try:
        mapping = msgspec.convert(source, CaseMapping)
        ZoneInfo(mapping.zone)
    except (msgspec.ValidationError, ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid("act.import.mapping", reason=str(error)) from None
    return mapping


def missing_columns(mapping: CaseMapping, names: Sequence[str]) -> list[str]:
    """Columns that the mapping names and the file does not have."""
    named = [one for one in msgspec.structs.astuple(mapping.columns) if isinstance(one, str)]
    wanted = {*named, *mapping.columns.description, *mapping.fields.values()}
    return sorted(wanted - set(names))


def arrival(mapping: CaseMapping, row: Row, *, classes: frozenset[str], now: datetime) -> Arrival:
    """Raises Invalid with every fault of the row."""
    return _Reader(mapping, row, classes).arrival(now)


@dataclass(slots=True)
class _Reader:
    mapping: CaseMapping
    row: Row
    classes: frozenset[str]
    faults: list[Fault] = field(default_factory=list)

    def arrival(self, now: datetime) -> Arrival:
        columns = self.mapping.columns
        number, reported = self._text(columns.number), self._time(columns.reported, now)
        if not number:
            self._fault("act.import.number", columns.number)
        if reported is None and not any(one.where == columns.reported for one in self.faults):
            self._fault("act.import.reported", columns.reported)
        closed, due = self._time(columns.closed, now), self._time(columns.due, None)
        if reported and closed and closed < reported:
            self._fault("act.import.order", columns.closed or "")
        made = self._report(number)
        state, callback = self._state(), self._callback()
        if made is not None and made.category is None and state in _JUDGED:
            self._fault("act.import.unclassified", columns.category or "class")
        notes = self._notes(reported, now)
        if self.faults or reported is None or made is None:
            raise Invalid("act.import.row", faults=tuple(self.faults), count=len(self.faults))
        return Arrival(
            report=made,
            state=state,
            reported=reported,
            due=due,
            closed=closed,
            callback=callback,
            notes=notes,
        )

    def _report(self, number: str) -> Report | None:
        columns = self.mapping.columns
        description = "\n".join(filter(None, map(self._text, columns.description)))[:_LONG]
        category = self._category()
        said = {
            "channel": Channel.IMPORT.value, "external": f"{self.mapping.system}:{number}",
            "title": (self._text(columns.title) or _BLANK.sub(" ", description)[:60] or category or number)[:400],
            "description": description, "class": category, "address": self._text(columns.address) or None,
            "place": self._place(), "organisation": self._organisation(),
            "urgent": self._text(columns.urgent).lower() in ("1", "true", "yes", "y", "是"),
            "fields": {name: self._text(column) for name, column in self.mapping.fields.items()},
        } | {
            name: self._text(getattr(columns, name)) or None for name in ("region", "grid", "component")
        }  # fmt: skip
        try:
            return msgspec.convert(said, Report)
        except msgspec.ValidationError as error:
            self._fault("act.import.long", "", reason=str(error))
            return None

    def _state(self) -> str:
        said = self._text(self.mapping.columns.state)
        if not said:
            return self.mapping.state
        if said not in self.mapping.states:
            self._fault("act.import.state", self.mapping.columns.state or "", said=said[:80])
        return self.mapping.states.get(said, "")

    def _category(self) -> str | None:
        said, known = self._text(self.mapping.columns.category), self.mapping.classes
        code = said if known is None else known.get(said, "")
        if (said or code) and code not in self.classes:
            self._fault("act.import.class", self.mapping.columns.category or "", said=said[:80])
        return code or None

    def _organisation(self) -> str | None:
        said, known = self._text(self.mapping.columns.organisation), self.mapping.organisations
        if said and known is not None and said not in known:
            self._fault("act.import.organisation", self.mapping.columns.organisation or "", said=said[:80])
        return (said if known is None else known.get(said)) or None

    def _place(self) -> dict[str, float] | None:
        lon, lat = self._text(self.mapping.columns.lon), self._text(self.mapping.columns.lat)
        if not lon and not lat:
            return None
        try:
            place = msgspec.convert({"lon": float(lon), "lat": float(lat)}, Place)
        except (ValueError, msgspec.ValidationError):
            self._fault("act.import.place", self.mapping.columns.lon or "", lon=lon[:20], lat=lat[:20])
            return None
        return None if (place.lon, place.lat) in self.mapping.nowhere else msgspec.to_builtins(place)

    def _callback(self) -> dict[str, Any] | None:
        columns, answers = self.mapping.columns, self.mapping.answers
        solved, satisfaction = self._text(columns.solved), self._text(columns.satisfaction)
        if not solved and not satisfaction:
            return None
        for said, column in ((solved, columns.solved), (satisfaction, columns.satisfaction)):
            if said and said not in answers:
                self._fault("act.import.answer", column or "", said=said[:80])
        return {
            "valid": True, "contacted": True, "remark": "",
            "solved": {"true": True, "false": False}.get(answers.get(solved, "")),
            "satisfaction": answers.get(satisfaction),
        }  # fmt: skip

    def _notes(self, reported: datetime | None, now: datetime) -> tuple[Note, ...]:
        """A column of JSON: `[{"at": …, "who": …, "text": …}]`; what lies before the report is taken as said with it."""
        said = self._text(self.mapping.columns.history)
        if not said or reported is None:
            return ()
        try:
            lines = msgspec.json.decode(said, type=list[dict[str, str]])
        except (msgspec.DecodeError, msgspec.ValidationError):
            self._fault("act.import.history", self.mapping.columns.history or "")
            return ()
        found = [(self._moment(line.get("at", ""), "history", now), line) for line in lines]
        return tuple(
            Note(
                at=max(at, reported),
                actor=f"import:{line.get('who', '')[:80]}",
                text=line.get("text", "")[:_LONG],
            )
            for at, line in found
            if at is not None
        )

    def _time(self, column: str | None, latest: datetime | None) -> datetime | None:
        said = self._text(column)
        return self._moment(said, column or "", latest) if said else None

    def _moment(self, said: str, where: str, latest: datetime | None) -> datetime | None:
        moment = _read_time(said, self.mapping.times)
        if moment is None:
            self._fault("act.import.time", where, said=said[:40])
            return None
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(self.mapping.zone))
        if latest is not None and zoned > latest:
            self._fault("act.import.future", where, said=said[:40])
        return zoned.astimezone(UTC)

    def _text(self, column: str | None) -> str:
        said = (self.row.get(column) or "").replace("\0", "").strip() if column else ""
        return "" if said in self.mapping.empty else said

    def _fault(self, key: str, where: str, **values: object) -> None:
        self.faults.append(Fault(key, where, values))


def _read_time(said: str, forms: Sequence[str]) -> datetime | None:
    for form in forms:
        try:
            return datetime.strptime(said, form)  # noqa: DTZ007 (the mapping names the zone)
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(said)
    except ValueError:
        return None
