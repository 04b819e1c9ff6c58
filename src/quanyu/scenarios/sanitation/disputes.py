"""A firm says why a finding is wrong, with the vehicle's track as its evidence; the body rules."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

from quanyu.core.actor import Actor
from quanyu.core.errors import NotFound
from quanyu.packs import Connection, metres_between, records, sees_all, settings_of, things
from quanyu.scenarios.sanitation import _disputes_sql as sql
from quanyu.scenarios.sanitation._sql import finding_of
from quanyu.scenarios.sanitation.model import Fix, Section
from quanyu.scenarios.sanitation.service import FIX_COLUMNS, fix_of, section_of

_AROUND = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Where the vehicle was from two minutes before a finding until two minutes after. `sha256` is that of its fixes."""

    fixes: Sequence[Fix]
    section: Section | None
    sha256: str

    @property
    def metres(self) -> float:
        return sum(metres_between(a.lon, a.lat, b.lon, b.lat) for a, b in pairwise(self.fixes))

    @property
    def evidence(self) -> dict[str, Any]:
        return {"fixes": len(self.fixes), "metres": round(self.metres), "sha256": self.sha256}


async def seen_by(connection: Connection, actor: Actor, rows: Iterable[Any]) -> list[Any]:
    """A firm sees what was found of its own vehicles; who looks after the city, or is in charge, sees all."""
    if await sees_all(connection, actor, "sanitation"):
        return list(rows)
    own = await sql.vehicles_of(connection, actor.tenant, actor.organisations)
    return [row for row in rows if row["vehicle"] in own]


async def disputable_by(connection: Connection, actor: Actor, rows: Iterable[Any]) -> list[Any]:
    """Who belongs to an organisation speaks for its vehicles only; who belongs to none writes down what a firm has said."""
    own = await sql.vehicles_of(connection, actor.tenant, actor.organisations)
    return [row for row in rows if actor.organisation is None or row["vehicle"] in own]


async def dispute(
    connection: Connection, actor: Actor, folder: Path, id_: str, reason: str, *, now: datetime
) -> None:
    """With its track as it is now. Raises NotFound: also of another firm's, and where it is ruled upon."""
    row = await finding_of(connection, actor.tenant, id_)
    if row is None or not await disputable_by(connection, actor, [row]):
        raise _unknown(id_)
    found = await _track(connection, actor.tenant, folder, row)
    if not await sql.dispute(
        connection, actor.tenant, id_, reason, by=actor.name, at=now, evidence=found.evidence
    ):
        raise _unknown(id_)


async def rule(
    connection: Connection, actor: Actor, id_: str, *, upheld: bool, reason: str, now: datetime
) -> None:
    """Only of what is disputed. Raises NotFound."""
    if not await sql.rule(connection, actor.tenant, id_, upheld=upheld, reason=reason, by=actor.name, at=now):
        raise _unknown(id_)


async def track_of(
    connection: Connection, actor: Actor, folder: Path, id_: str
) -> tuple[Track, Mapping[str, Any]]:
    """As it is now, with the finding. Raises NotFound."""
    row = await finding_of(connection, actor.tenant, id_)
    if row is None or not await seen_by(connection, actor, [row]):
        raise _unknown(id_)
    return await _track(connection, actor.tenant, folder, row), row


async def _track(connection: Connection, tenant: str, folder: Path, row: Mapping[str, Any]) -> Track:
    settings = await settings_of(connection, tenant, "sanitation")
    told = await records(
        connection, tenant, folder, str(settings["tracks"]), columns=FIX_COLUMNS, time="time",
        begin=row["begun"] - _AROUND, end=row["ended"] + _AROUND, only={"terminal": row["vehicle"]},
    )  # fmt: skip
    fixes = [fix for one in told if (fix := fix_of(one))]
    sections = [
        found for one in await things(connection, tenant, "SanitationSection") if (found := section_of(one))
    ]
    section = next((one for one in sections if one.id == row["section"]), None)
    return Track(fixes=fixes, section=section, sha256=await asyncio.to_thread(digest, fixes))


def digest(fixes: Iterable[Fix]) -> str:
    lines = (f"{one.at.timestamp():.3f},{one.lon},{one.lat},{one.speed},{one.on}\n" for one in fixes)
    return sha256("".join(lines).encode()).hexdigest()


def _unknown(id_: str) -> NotFound:
    return NotFound("packs.thing.unknown", id=id_[:80])
