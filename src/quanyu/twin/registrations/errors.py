"""What can go wrong with a context source (ETSI GS CIM 009, 6.3.17)."""

from collections.abc import Mapping
from typing import Any

from quanyu.core.errors import Conflict, QuanyuError, Unavailable
from quanyu.twin.registrations.model import Registration


class SourceTimeout(Unavailable):
    """The source did not answer in time, or rests after it did not (5.2.34)."""


class BadSource(Unavailable):
    """The source could not be reached, or what it answered is no NGSI-LD."""


class LoopDetected(QuanyuError):
    """The request has passed this broker before, and what it is about is held elsewhere."""


class Refused(QuanyuError):
    """The source itself says no: `status` and `problem` are its own."""

    def __init__(self, registration: str, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__("twin.source.refused", id=registration, status=status)
        self.status = status
        self.problem = problem


class Conflicting(Conflict):
    """The operation conflicts with what is registered or held (5.5.2), where Conflict alone is AlreadyExists."""


def unsupported(registration: Registration) -> Conflict:
    """5.6.1.4: what is held there cannot be changed through it."""
    return Conflicting("twin.source.unsupported", id=registration.id)
