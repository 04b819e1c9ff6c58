"""Routes of findings: what was found, the track of each, what the firm says against it, and what is ruled."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.params import JSONBody, QueryParameter

from quanyu.packs import Asker, DataFolder, Id, TheClock, TheDatabase
from quanyu.scenarios.sanitation import _disputes_sql, _sql, disputes

_PREFIX = "/api/v1/packs/sanitation"
_OWN, _PUSH = {"action": "entity.read", "own": True}, {"action": "source.push", "own": True}
_WORK = {"action": "score.manage"}
_SHOWN = 500
"""Fixes of a track on the map; of more, as many at even distances."""

TheDay = Annotated[date, QueryParameter(name="day")]


class FindingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`upheld`: the ruling on a dispute, null as long as there is none."""

    id: str
    day: date
    kind: str
    vehicle: str
    section: str
    shift: str
    begin: datetime
    end: datetime
    value: float
    dispute: str | None
    disputed_by: str | None
    disputed_at: datetime | None
    upheld: bool | None
    ruling: str | None
    ruled_by: str | None
    ruled_at: datetime | None


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    items: list[FindingAnswer]


class DisputeInput(msgspec.Struct, frozen=True, kw_only=True):
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class RulingInput(msgspec.Struct, frozen=True, kw_only=True):
    upheld: bool
    reason: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """`part`: the planned section, or a fix of the vehicle with its time and speed in km/h. `geometry` is GeoJSON."""

    part: str
    geometry: dict[str, Any]
    at: datetime | None = None
    speed: float | None = None


class TrackAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`sha256` is that of all fixes; `same`: as when the finding was disputed, null where it is not. `items` for the map: at most 500
    fixes."""

    fixes: int
    metres: float
    sha256: str
    same: bool | None
    items: list[Seen]


@get(f"{_PREFIX}/findings", opt=_OWN)
async def list_findings(actor: Asker, database: TheDatabase, day: TheDay) -> Findings:
    """Of a day; a firm sees those of its own vehicles."""
    async with database.tenant(actor.tenant) as connection:
        after = date.fromordinal(min(day.toordinal() + 1, date.max.toordinal()))
        rows = await _sql.findings_of(connection, actor.tenant, day, after)
        return _told(await disputes.seen_by(connection, actor, rows))


@get(f"{_PREFIX}/disputable", opt=_PUSH)
async def list_disputable(actor: Asker, database: TheDatabase, day: TheDay) -> Findings:
    """What was found on a day of the asker's own vehicles and is not disputed."""
    async with database.tenant(actor.tenant) as connection:
        rows = await _disputes_sql.undisputed(connection, actor.tenant, day)
        return _told(await disputes.disputable_by(connection, actor, rows))


@get(f"{_PREFIX}/disputes", opt=_OWN)
async def list_disputes(
    actor: Asker,
    database: TheDatabase,
    is_open: Annotated[bool, QueryParameter(name="open")] = False,
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
) -> Findings:
    """Those that wait for a ruling, the oldest first; then the others unless only those are asked for. A firm sees its own."""
    async with database.tenant(actor.tenant) as connection:
        rows = await _disputes_sql.disputed(connection, actor.tenant, is_open=is_open, limit=limit)
        return _told(await disputes.seen_by(connection, actor, rows))


@get(f"{_PREFIX}/findings/{{finding:str}}/track", opt=_OWN)
async def show_track(actor: Asker, database: TheDatabase, folder: DataFolder, finding: Id) -> TrackAnswer:
    """Where the vehicle was around a finding, beside the section that was to be swept."""
    async with database.tenant(actor.tenant) as connection:
        track, row = await disputes.track_of(connection, actor, folder, finding)
    kept = row["evidence"]
    return TrackAnswer(
        fixes=len(track.fixes), metres=round(track.metres), sha256=track.sha256,
        same=None if kept is None else kept["sha256"] == track.sha256, items=list(_seen(track)),
    )  # fmt: skip


@post(f"{_PREFIX}/findings/{{finding:str}}/dispute", opt=_PUSH, status_code=204)
async def dispute(
    actor: Asker,
    database: TheDatabase,
    folder: DataFolder,
    clock: TheClock,
    finding: Id,
    data: JSONBody[DisputeInput],
) -> None:
    """The firm says why a finding is wrong; the track of its stretch is the evidence."""
    async with database.tenant(actor.tenant) as connection:
        await disputes.dispute(connection, actor, folder, finding, data.reason, now=clock())


@post(f"{_PREFIX}/findings/{{finding:str}}/ruling", opt=_WORK, status_code=204)
async def rule(
    actor: Asker, database: TheDatabase, clock: TheClock, finding: Id, data: JSONBody[RulingInput]
) -> None:
    """Only of what is disputed."""
    async with database.tenant(actor.tenant) as connection:
        await disputes.rule(connection, actor, finding, upheld=data.upheld, reason=data.reason, now=clock())


def _seen(track: disputes.Track) -> Iterator[Seen]:
    if track.section is not None:
        yield Seen(part="section", geometry={"type": "LineString", "coordinates": track.section.line})
    for fix in track.fixes[:: -(-len(track.fixes) // _SHOWN) or 1]:
        point = {"type": "Point", "coordinates": (fix.lon, fix.lat)}
        yield Seen(part="fix", geometry=point, at=fix.at, speed=fix.speed)


def _told(rows: Sequence[Mapping[str, Any]]) -> Findings:
    return Findings(
        items=[
            FindingAnswer(
                id=row["id"], day=row["day"], kind=row["kind"], vehicle=row["vehicle"], section=row["section"],
                shift=row["shift"], begin=row["begun"], end=row["ended"], value=row["value"], dispute=row["dispute"],
                disputed_by=row["disputed_by"], disputed_at=row["disputed_at"], upheld=row["upheld"], ruling=row["ruling"],
                ruled_by=row["ruled_by"], ruled_at=row["ruled_at"],
            )
            for row in rows
        ]
    )  # fmt: skip


routes = (list_findings, list_disputable, list_disputes, show_track, dispute, rule)
