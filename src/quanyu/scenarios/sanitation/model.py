"""The words of street cleaning: sections that are planned, shifts, where vehicles were."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A stretch of road in the plan. `grade`: 1 to 4, by how busy it is. `line`: longitudes and latitudes."""

    id: str
    street: str
    grade: int
    line: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A vehicle is to sweep a section in a window of time, `times` times."""

    id: str
    section: str
    vehicle: str
    begin: datetime
    end: datetime
    times: int = 1


@dataclass(frozen=True, slots=True)
class Fix:
    """Where a vehicle was. `speed` in km/h as it said; `on`: whether its device worked."""

    vehicle: str
    at: datetime
    lon: float
    lat: float
    speed: float
    on: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What counts as work (parameters of the pack). Speeds in km/h, times in seconds, distances in metres."""

    slowest: float = 3.0
    fastest: float = 15.0
    gap: float = 60.0
    beside: float = 15.0
    swept: float = 0.95
    grace: float = 900.0
    idle: float = 1200.0
    impossible: float = 150.0


class FindingKind(StrEnum):
    LATE = "late"
    MISSED = "missed"
    INCOMPLETE = "incomplete"
    REPEATED = "repeated"
    TELEPORTING = "teleporting"
    IDLE = "idle"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something in the work of a day, with the stretch of the track that shows it."""

    kind: FindingKind
    vehicle: str
    begin: datetime
    end: datetime
    shift: str = ""
    section: str = ""
    value: float = 0.0
