"""A vehicle's day as it was driven: fixes, the sections that it swept, where it stood, where its track jumps."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from quanyu.packs import metres_between
from quanyu.scenarios.sanitation.conduct import judge_tracks
from quanyu.scenarios.sanitation.coverage import Coverage, cover, united
from quanyu.scenarios.sanitation.model import Finding, FindingKind, Fix, Limits, Section, Shift

_STOOD = timedelta(seconds=90)
"""Standing for less is waiting at a light."""

_STANDS = 1.0
"""km/h below which a vehicle stands."""


class State(StrEnum):
    SWEPT = "swept"
    PARTLY = "partly"
    MISSED = "missed"


class Event(StrEnum):
    STOP = "stop"
    IDLE = "idle"
    JUMP = "jump"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """A section that the vehicle swept or was to sweep; `swept`: metres of it by this vehicle."""

    section: Section
    state: State
    length: float
    swept: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Where the vehicle stood, or where its track jumped to: `metres` of the jump."""

    event: Event
    lon: float
    lat: float
    begin: datetime
    end: datetime
    metres: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """`metres` driven, without jumps."""

    fixes: Sequence[Fix]
    metres: float
    sections: Sequence[Matched]
    events: Sequence[Happened]


def replay_of(
    fixes: Sequence[Fix], sections: Sequence[Section], shifts: Iterable[Shift], limits: Limits
) -> Replay:
    """Of one vehicle; `fixes` by time, `shifts` its own."""
    found = list(judge_tracks(fixes, limits))
    jumps = {one.end for one in found if one.kind is FindingKind.TELEPORTING}
    metres = sum(metres_between(a.lon, a.lat, b.lon, b.lat) for a, b in pairwise(fixes) if b.at not in jumps)
    planned = {one.section for one in shifts}
    return Replay(
        fixes=fixes, metres=metres, sections=tuple(_matched(sections, cover(sections, fixes, limits), planned, limits)),
        events=tuple(sorted(_events(fixes, found), key=lambda one: one.begin)),
    )  # fmt: skip


def _matched(
    sections: Sequence[Section], covered: Mapping[str, Coverage], planned: set[str], limits: Limits
) -> Iterator[Matched]:
    """Those that the vehicle swept something of, and those of its shifts."""
    for section in sections:
        one = covered[section.id]
        swept = united([(each.begin, each.end) for each in one.passes])
        if not swept and section.id not in planned:
            continue
        whole = bool(one.length) and swept >= limits.swept * one.length
        state = State.SWEPT if whole else State.PARTLY if swept else State.MISSED
        yield Matched(section=section, state=state, length=one.length, swept=swept)


def _events(fixes: Sequence[Fix], found: Sequence[Finding]) -> Iterator[Happened]:
    at = {fix.at: fix for fix in fixes}
    idle = [one for one in found if one.kind is FindingKind.IDLE]
    for one in found:
        if one.kind is FindingKind.TELEPORTING:
            yield _happened(Event.JUMP, at[one.end], one.begin, one.end, metres=one.value)
    for one in idle:
        yield _happened(Event.IDLE, at[one.begin], one.begin, one.end)
    for begin, end in _standing(fixes):
        if not any(one.begin <= end.at and begin.at <= one.end for one in idle):
            yield _happened(Event.STOP, begin, begin.at, end.at)


def _standing(fixes: Sequence[Fix]) -> Iterator[tuple[Fix, Fix]]:
    """First and last fix of each time that it stood, whether its device was on or not."""
    begun: Fix | None = None
    last: Fix | None = None
    for fix in (*fixes, None):
        stands = fix is not None and fix.speed < _STANDS
        if not stands and begun is not None and last is not None and last.at - begun.at >= _STOOD:
            yield begun, last
        begun = (begun or fix) if stands else None
        last = fix


def _happened(
    event: Event, fix: Fix, begin: datetime, end: datetime, *, metres: float | None = None
) -> Happened:
    return Happened(event=event, lon=fix.lon, lat=fix.lat, begin=begin, end=end, metres=metres)
