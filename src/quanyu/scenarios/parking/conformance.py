"""How well an operator's deliveries fit their door: counted delivery by delivery, judged over a time."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quanyu.core.errors import Invalid
from quanyu.packs import LOOKS_BACK, Connection, fits
from quanyu.scenarios.parking.readings import Format, Told

_COMMONEST = 20
_VALUE = re.compile(r"'[^']*'|\d[\d.:T+-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """Of one delivery, all of which was taken or none."""

    sender: str
    format: Format
    accepted: int
    refused: int
    lag: float | None
    faults: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conformance:
    """`lag`: seconds from the newest moment of a delivery to its arrival, in the mean. `faults`: the commonest;
    `more`: how many other reasons there are."""

    sender: str
    format: str
    deliveries: int
    accepted: int
    refused: int
    lag: float | None
    last: datetime
    faults: tuple[tuple[str, int], ...]
    more: int
    fits: bool


def of_told(sender: str, form: Format, told: Told, now: datetime) -> Delivered:
    moments = [one.at for one in told.readings] + [one.at for one in told.moves]
    lags = [(now - at).total_seconds() for at in moments]
    return Delivered(
        sender=sender, format=form, accepted=len(lags) + told.passed_over, refused=0,
        lag=min(lags, default=None), faults={},
    )  # fmt: skip


def of_refused(sender: str, form: Format, error: Invalid) -> Delivered:
    """What was good in it is not taken either: it counts as sent again."""
    reasons = Counter(_reason(str(fault.values.get("reason", fault.key))) for fault in error.faults)
    return Delivered(
        sender=sender, format=form, accepted=0, refused=max(1, int(str(error.values.get("count", len(error.faults))))), lag=None,
        faults=reasons,
    )  # fmt: skip


def judge(rows: Iterable[Mapping[str, Any]]) -> tuple[Conformance, ...]:
    """Rows of deliveries, by sender and format."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault((row["sender"], row["format"]), []).append(row)
    return tuple(_judged(sender, form, own) for (sender, form), own in sorted(found.items()))


async def keep(connection: Connection, tenant: str, one: Delivered, now: datetime) -> None:
    """What is older than the reports look back is forgotten."""
    await connection.execute(
        "delete from parking_delivery where tenant=$1 and received<$2", tenant, now - LOOKS_BACK
    )
    await connection.execute(
        """insert into parking_delivery(tenant, sender, format, received, accepted, refused, lag, faults)
        values ($1, $2, $3, $4, $5, $6, $7, $8)""",
        tenant, one.sender, one.format.value, now, one.accepted, one.refused, one.lag, dict(one.faults),
    )  # fmt: skip


Place = tuple[datetime, int]
"""When a delivery came, and its number."""


async def page_of_deliveries(
    connection: Connection, tenant: str, since: datetime, *,
    sender: str | None, format: str | None, after: Place | None, limit: int,
) -> tuple[list[Any], int]:  # fmt: skip
    """Those of one sender or format, or of all, the newest first; and how many they are in all."""
    asked = (
        "tenant=$1 and received>=$2 and ($3::text is null or sender=$3) and ($4::text is null or format=$4)"
    )
    rows: list[Any] = await connection.fetch(
        f"""select * from parking_delivery where {asked} and ($5::timestamptz is null or (received, id)<($5, $6))
        order by received desc, id desc limit $7""",
        tenant, since, sender, format, *(after or (None, None)), limit,
    )  # fmt: skip
    total: int = await connection.fetchval(
        f"select count(*) from parking_delivery where {asked}", tenant, since, sender, format
    )
    return rows, total


async def deliveries(connection: Connection, tenant: str, since: datetime, sender: str | None) -> list[Any]:
    """Of one sender, or of all."""
    rows: list[Any] = await connection.fetch(
        """select * from parking_delivery where tenant=$1 and received>=$2 and ($3::text is null or sender=$3)
        order by received""",
        tenant, since, sender,
    )  # fmt: skip
    return rows


def _judged(sender: str, form: str, own: list[Mapping[str, Any]]) -> Conformance:
    accepted, refused = (sum(row[name] for row in own) for name in ("accepted", "refused"))
    faults: Counter[str] = Counter()
    for row in own:
        faults.update(row["faults"])
    lags = [row["lag"] for row in own if row["lag"] is not None]
    lag = sum(lags) / len(lags) if lags else None
    return Conformance(
        sender=sender, format=form, deliveries=len(own), accepted=accepted, refused=refused, lag=lag,
        last=own[-1]["received"], faults=tuple(commonest(faults)), more=max(0, len(faults) - _COMMONEST),
        fits=fits(accepted=accepted, refused=refused, lag=lag),
    )  # fmt: skip


def commonest(faults: Mapping[str, int]) -> list[tuple[str, int]]:
    """At most twenty reasons, each with how often."""
    return sorted(faults.items(), key=lambda one: (-one[1], one[0]))[:_COMMONEST]


def _reason(said: str) -> str:
    """Without the value that was wrong: the same fault counts as the same."""
    return _VALUE.sub("…", said)[:120]
