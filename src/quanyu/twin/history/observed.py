"""Observations that somebody else keeps, as instances among those of the log."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from quanyu.core.entity import VALUE_MEMBER, instances
from quanyu.twin.history.instances import Instance, Position, digest_of
from quanyu.twin.history.interval import TimeProperty
from quanyu.twin.history.select import Choice
from quanyu.twin.history.source import Archive, NoHistory
from quanyu.twin.model import Point
from quanyu.twin.ngsild.document import moment_text

BEGINNING = datetime(1, 1, 2, tzinfo=UTC)
END = datetime(9999, 12, 30, tzinfo=UTC)
_OUTSIDE = 0  # the log's numbers begin at 1


async def observations(
    tenant: str,
    id: str,
    document: Mapping[str, Any],
    logged: list[Instance],
    choice: Choice,
    archive: Archive,
) -> list[Instance]:
    """Those of the source, then those of the log, which has the last word about a moment."""
    if isinstance(archive.source, NoHistory) or choice.interval.property not in (None, TimeProperty.OBSERVED):
        return logged
    start, end = choice.interval.after or BEGINNING, choice.interval.before or END
    seen = {(one.name, one.content.get("observedAt")) for one in logged}
    found: list[Instance] = []
    for name, value in document.items():
        if choice.shows(name):
            points = await archive.source.history(tenant, id, name, start, end, archive.page)
            found += _as_instances(name, instances(value)[0], points)
    return [one for one in found if (one.name, one.content["observedAt"]) not in seen] + logged


def _as_instances(name: str, now: Mapping[str, Any], points: Sequence[Point]) -> list[Instance]:
    """Of the kind and unit that the attribute has now."""
    kind = now.get("type", "Property")
    unit = {"unitCode": now["unitCode"]} if "unitCode" in now else {}
    digest = digest_of(name)
    return [
        Instance(
            name,
            {"type": kind, VALUE_MEMBER[kind]: point.value, "observedAt": moment_text(point.at)} | unit,
            Position(_OUTSIDE, digest, int(point.at.timestamp() * 1e6) & (2**64 - 1)),
            point.at,
        )
        for point in points
    ]
