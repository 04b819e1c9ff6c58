"""Why a street is slow: the seconds that are lost near something that explains them, the greatest loss first.

A link's loss is what its drives took longer than free. Evidence explains the losses of links within its reach while it lasts:

works, incidents   what is reported there at that hour
cruising           a car park that was full, with links around it slower than their street
signals            a signal at the end of the link, where the link loses more than its street does
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from quanyu.packs import metres_between


class Cause(StrEnum):
    WORKS = "works"
    INCIDENT = "incident"
    CRUISING = "cruising"
    SIGNAL = "signal"


REACH = {Cause.WORKS: 150.0, Cause.INCIDENT: 300.0, Cause.CRUISING: 300.0, Cause.SIGNAL: 60.0}
"""Metres."""

_ONLY_WHERE_WORSE = {Cause.CRUISING, Cause.SIGNAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A link of the street, with where its middle is. `lost` seconds of all drives; `ratio` of driven over free."""

    link: str
    lon: float
    lat: float
    lost: float
    ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """`thing`: the entity that shows it."""

    cause: Cause
    thing: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """`share` of the street's losses; `things` and `links` are the evidence."""

    cause: Cause
    lost: float
    share: float
    things: tuple[str, ...]
    links: tuple[str, ...]


def ranked(losses: Sequence[Loss], evidence: Iterable[Evidence]) -> tuple[Explained, ...]:
    """One loss may have several explanations, so that shares may sum to more than one."""
    total = sum(max(one.lost, 0.0) for one in losses)
    if total <= 0:
        return ()
    usual = sum(one.ratio for one in losses) / len(losses)
    links: dict[Cause, dict[str, float]] = {}
    things: dict[Cause, set[str]] = {}
    for told in evidence:
        for loss in losses:
            if loss.lost > 0 and _explains(told, loss, usual):
                links.setdefault(told.cause, {})[loss.link] = loss.lost
                things.setdefault(told.cause, set()).add(told.thing)
    return tuple(
        sorted(
            (
                Explained(
                    cause=cause, lost=sum(own.values()), share=sum(own.values()) / total,
                    things=tuple(sorted(things[cause])), links=tuple(sorted(own)),
                )
                for cause, own in links.items()
            ),
            key=lambda one: (-one.lost, one.cause),
        )
    )  # fmt: skip


def _explains(told: Evidence, loss: Loss, usual: float) -> bool:
    if told.cause in _ONLY_WHERE_WORSE and loss.ratio < usual:
        return False
    return metres_between(told.lon, told.lat, loss.lon, loss.lat) <= REACH[told.cause]
