"""What a pack has done in its city: what it found becomes a case, joined with one that is open near by."""

from dataclasses import dataclass
from datetime import datetime

from quanyu.act.cases.finding import CaseQuery, find
from quanyu.act.cases.model import Channel, Place, Report
from quanyu.act.cases.service import Cases, case
from quanyu.core.errors import NotFound
from quanyu.core.geometry import Box
from quanyu.store import Connection
from quanyu.twin.distance import metres
from quanyu.workflow import Doer

_NEAR = 100.0
_DEGREES = 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """`key` makes noticing it again the same case. Without a `category` the desk files it."""

    pack: str
    key: str
    title: str
    description: str = ""
    category: str | None = None
    lon: float | None = None
    lat: float | None = None
    organisation: str | None = None


async def open_case(connection: Connection, tenant: str, noticed: Noticed, *, now: datetime) -> str:
    """Its number. Where an open case of its class lies within a hundred metres, both share their fate."""
    place = (
        Place(lon=noticed.lon, lat=noticed.lat)
        if noticed.lon is not None and noticed.lat is not None
        else None
    )
    said = Report(
        channel=Channel.SENSOR, title=noticed.title, description=noticed.description, category=noticed.category,
        place=place, organisation=noticed.organisation, external=f"{noticed.pack}:{noticed.key}"[:400],
        key=f"{noticed.pack}:{noticed.key}"[:400], joins=await _open_near(connection, noticed.category, place),
    )  # fmt: skip
    doer = Doer(id=f"pack:{noticed.pack}", node=True)
    return (await Cases(connection, tenant, now).report(said, doer)).id


async def case_states(connection: Connection, ids: list[str]) -> dict[str, str]:
    """Of those that are there."""
    found = {}
    for one in ids:
        try:
            found[one] = (await case(connection, one)).state
        except NotFound:
            continue
    return found


async def _open_near(connection: Connection, category: str | None, place: Place | None) -> str | None:
    if place is None or category is None:
        return None
    box = Box(place.lon - _DEGREES, place.lat - _DEGREES, place.lon + _DEGREES, place.lat + _DEGREES)
    page = await find(connection, CaseQuery(category=category, open=True, box=box, limit=20))
    near = [
        (metres(place.lon, place.lat, one.place.lon, one.place.lat), one.id)
        for one in page.items
        if one.place is not None and one.merged_into is None
    ]
    return min((one for one in near if one[0] <= _NEAR), default=(0.0, None))[1]
