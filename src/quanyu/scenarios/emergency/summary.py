"""The patient summary (after HL7 FHIR IPS) and who may open it: who treats, for as long as it takes, or break-glass with a reason.

`Summary` keeps what saves a life in the first hour. Here are synthetic patients only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

WINDOW = timedelta(hours=24)
"""After the call was closed; an open call is never out of it."""

_LEAST_REASON = 8


class Summary(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sections of the International Patient Summary, as texts."""

    allergies: Sequence[str] = ()
    problems: Sequence[str] = ()
    medications: Sequence[str] = ()
    implants: Sequence[str] = ()
    encounters: Sequence[str] = ()
    blood_type: str | None = None
    contact: str | None = None
    consent: bool = True
    synthetic: bool = True


class How(StrEnum):
    TREATING = "treating"
    BREAK_GLASS = "break_glass"
    DENIED = "denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """Of a call: who treats, and when it was closed."""

    patient: str | None
    treating: frozenset[str]
    rang: datetime
    closed: datetime | None


def access(patient: str, actor: str, treatment: Treatment | None, *, reason: str, now: datetime) -> How:
    """A relation that treats within its window opens; without one a reason does, and is told to the patient."""
    if treatment is not None and _treats(patient, actor, treatment, now):
        return How.TREATING
    return How.BREAK_GLASS if len(reason.strip()) >= _LEAST_REASON else How.DENIED


def _treats(patient: str, actor: str, treatment: Treatment, now: datetime) -> bool:
    return (
        treatment.patient == patient
        and actor in treatment.treating
        and treatment.rang <= now
        and (treatment.closed is None or now <= treatment.closed + WINDOW)
    )


def treatment_of(row: Mapping[str, Any]) -> Treatment:
    closed = row["moments"].get("closed")
    return Treatment(
        patient=row["patient"], treating=frozenset(row["treating"]), rang=row["rang"],
        closed=datetime.fromisoformat(closed) if closed else None,
    )  # fmt: skip
