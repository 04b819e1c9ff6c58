"""Switching packs on and off, live. What a pack brought stays when it is off; what was running runs again when it is on.

on   schema ─► models, code lists ─► workflows ─► indicators ─► rules ─► quality rules ─► sources (paused)
off  rules off, sources paused; datasets, entities, cases, values and the city's own changes stay
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from asyncpg import PostgresError

from quanyu.core.actor import Actor, Resource
from quanyu.core.clock import Clock
from quanyu.core.errors import Fault, Invalid, NotFound, QuanyuError
from quanyu.govern.quality.rules import Rule as QualityRule
from quanyu.govern.scores.rules import keep_suggested
from quanyu.identity import Outcome, append_evidence
from quanyu.packs import _sql
from quanyu.packs.checking import require_bronze
from quanyu.packs.finding import Found
from quanyu.packs.laying import Switching, lay_down, rest, running, wake
from quanyu.packs.model import Pack, Parameter
from quanyu.store import Connection, Database, migrate_folder

_log = logging.getLogger("quanyu.packs")


def installed(found: Sequence[Found], name: str) -> Pack:
    """Raises NotFound, and Invalid where it is broken."""
    known = next((one for one in found if one.name == name), None)
    if known is None:
        raise NotFound("packs.unknown", name=name[:80])
    if known.pack is None:
        raise Invalid("packs.broken", name=name, reason=known.fault or "")
    return known.pack


async def enable(database: Database, folder: Path, pack: Pack, *, actor: Actor, clock: Clock) -> None:
    """All of it or nothing; of one that is on, what it brings anew, and what a person has stopped stays so. Raises Invalid with every
    fault."""
    require_bronze(pack)
    if pack.migrations is not None:
        async with database.owner() as owner:
            await migrate_folder(owner, f"pack:{pack.name}", pack.migrations)
    async with database.tenant(actor.tenant) as connection:
        switching = Switching(
            connection=connection, tenant=actor.tenant, folder=folder, actor=actor, now=clock()
        )
        before = await _sql.state(connection, actor.tenant, pack.name, lock=True)
        runs = await running(switching, pack) if before and before["enabled"] else None
        await lay_down(switching, pack)
        await wake(switching, pack, runs or (before["rested"] if before and before["version"] else None))
        await _note(switching, pack, enabled=True, rested={})


async def disable(database: Database, folder: Path, pack: Pack, *, actor: Actor, clock: Clock) -> None:
    async with database.tenant(actor.tenant) as connection:
        switching = Switching(
            connection=connection, tenant=actor.tenant, folder=folder, actor=actor, now=clock()
        )
        before = await _sql.state(connection, actor.tenant, pack.name, lock=True)
        if before is None or not before["enabled"]:
            return
        await _note(switching, pack, enabled=False, rested=await rest(switching, pack))


async def bring_up_to_date(
    database: Database, folder: Path, found: Sequence[Found], *, actor: Actor, clock: Clock
) -> None:
    """Of packs that are on, those of which another version is installed now. One that fails is named in the log and stops nobody."""
    async with database.tenant(actor.tenant) as connection:
        on = {
            name: row["version"]
            for name, row in (await _sql.states(connection, actor.tenant)).items()
            if row["enabled"]
        }
    for one in found:
        if one.pack is None or on.get(one.name, one.pack.version) == one.pack.version:
            continue
        try:
            await enable(database, folder, one.pack, actor=actor, clock=clock)
        except (QuanyuError, PostgresError) as error:
            _log.error("pack %s stays as version %s laid it down: %s", one.name, on[one.name], error)


async def is_enabled(connection: Connection, tenant: str, name: str) -> bool:
    row = await _sql.state(connection, tenant, name)
    return bool(row and row["enabled"])


async def settings_of(connection: Connection, tenant: str, pack: Pack) -> dict[str, Any]:
    """Every parameter with the city's value, else the pack's own."""
    row = await _sql.state(connection, tenant, pack.name)
    own = dict(row["settings"]) if row else {}
    return {one.name: own.get(one.name, one.default) for one in pack.settings}


async def put_settings(
    connection: Connection, pack: Pack, said: dict[str, Any], *, actor: Actor, now: datetime
) -> None:
    """Raises Invalid with every fault."""
    known = {one.name: one for one in pack.settings}
    faults = [
        Fault("packs.parameter.unknown", f"/{name}", {"name": name, "known": ", ".join(known)})
        for name in said.keys() - known.keys()
    ]
    faults += [
        fault for name, value in said.items() if name in known for fault in _value_faults(known[name], value)
    ]
    if faults:
        raise Invalid("packs.parameter.invalid", faults=tuple(faults), name=pack.name)
    await _sql.put_settings(connection, actor.tenant, pack.name, said, now=now, author=actor.id)


async def quality_rules_for(
    connection: Connection, tenant: str, dataset: str, found: Sequence[Found], *, at: datetime
) -> tuple[QualityRule, ...]:
    """Those that the packs that are on want for a dataset; kept with it where it does not have them yet."""
    states = await _sql.states(connection, tenant)
    on = [one.pack for one in found if one.pack and one.name in states and states[one.name]["enabled"]]
    wanted = tuple(rule.rule for pack in on for rule in pack.quality_rules if rule.dataset == dataset)
    await keep_suggested(connection, tenant, dataset, wanted, at=at)
    return wanted


async def _note(at: Switching, pack: Pack, *, enabled: bool, rested: dict[str, Any]) -> None:
    await _sql.put(
        at.connection, at.tenant, pack.name,
        enabled=enabled, version=pack.version, rested=rested, now=at.now, author=at.actor.id,
    )  # fmt: skip
    await append_evidence(
        at.connection,
        at.actor,
        "pack.manage",
        Resource("pack", pack.name, at.tenant),
        Outcome.DONE,
        {"act": "enable" if enabled else "disable", "version": pack.version},
    )


def _value_faults(parameter: Parameter, value: Any) -> list[Fault]:
    where = f"/{parameter.name}"
    values: dict[str, object] = {"name": parameter.name, "kind": parameter.kind}
    fits = {
        "number": isinstance(value, int | float) and not isinstance(value, bool),
        "text": isinstance(value, str),
        "flag": isinstance(value, bool),
    }
    if not fits.get(parameter.kind, False):
        return [Fault("packs.parameter.kind", where, values)]
    low, high = parameter.minimum, parameter.maximum
    if parameter.kind == "number" and (
        (low is not None and value < low) or (high is not None and value > high)
    ):
        return [Fault("packs.parameter.range", where, values | {"low": str(low), "high": str(high)})]
    return []
