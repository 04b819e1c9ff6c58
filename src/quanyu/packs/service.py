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
from quanyu.packs.laying import Switching, brought_by, lay_down, rest, running, wake
from quanyu.packs.model import Pack, Parameter
from quanyu.packs.naming import missing_names
from quanyu.packs.schemas import bring_tables
from quanyu.store import Connection, Database

_log = logging.getLogger("quanyu.packs")

_NOTHING: dict[str, list[str]] = {"rules": [], "sources": []}


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
            await bring_tables(owner, pack)
    async with database.tenant(actor.tenant) as connection:
        switching = Switching(
            connection=connection, tenant=actor.tenant, folder=folder, actor=actor, now=clock()
        )
        before = await _sql.state(connection, actor.tenant, pack.name, lock=True)
        brought = brought_by(pack)
        runs = await running(switching, brought) if before and before["enabled"] else None
        await lay_down(switching, pack)
        await wake(switching, pack, runs or (before["rested"] if before and before["version"] else None))
        await _note(switching, pack.name, enabled=True, version=pack.version, rested={}, brought=brought)


async def disable(
    database: Database, folder: Path, found: Sequence[Found], name: str, *, actor: Actor, clock: Clock
) -> None:
    """Also of one that does not load, or is not installed any more: what it runs was kept with it. Raises NotFound for one that was
    never on and is not installed."""
    async with database.tenant(actor.tenant) as connection:
        switching = Switching(
            connection=connection, tenant=actor.tenant, folder=folder, actor=actor, now=clock()
        )
        before = await _sql.state(connection, actor.tenant, name, lock=True)
        known = next((one for one in found if one.name == name), None)
        if known is None and not (before and before["version"]):
            raise NotFound("packs.unknown", name=name[:80])
        if before is None or not before["enabled"]:
            return
        brought = before["brought"] or (brought_by(known.pack) if known and known.pack else _NOTHING)
        await _note(
            switching, name, enabled=False, version=before["version"], rested=await rest(switching, brought), brought=brought
        )  # fmt: skip


async def bring_up_to_date(
    database: Database, folder: Path, found: Sequence[Found], *, actor: Actor, clock: Clock
) -> None:
    """Of packs that are on, those of which another version is installed now, or of which nobody noted yet what they brought. One that
    fails is named in the log and stops nobody."""
    async with database.tenant(actor.tenant) as connection:
        states = await _sql.states(connection, actor.tenant)
    on = {name: row["version"] for name, row in states.items() if row["enabled"]}
    for one in found:
        if one.pack is None or one.name not in on:
            continue
        if on[one.name] == one.pack.version and states[one.name]["brought"] is not None:
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
    """Raises Invalid with every fault. A dataset may come later than the setting that names it; a body or a class may not."""
    known = {one.name: one for one in pack.settings}
    faults = [
        Fault("packs.parameter.unknown", f"/{name}", {"name": name, "known": ", ".join(known)})
        for name in said.keys() - known.keys()
    ]
    faults += [
        fault
        for name, value in said.items()
        if name in known
        for fault in _value_faults(known[name], value) or await _name_faults(connection, known[name], value)
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


async def _note(
    at: Switching, name: str, *, enabled: bool, version: str, rested: dict[str, Any], brought: dict[str, list[str]]
) -> None:  # fmt: skip
    await _sql.put(
        at.connection, at.tenant, name,
        enabled=enabled, version=version, rested=rested, brought=brought, now=at.now, author=at.actor.id,
    )  # fmt: skip
    await append_evidence(
        at.connection,
        at.actor,
        "pack.manage",
        Resource("pack", name, at.tenant),
        Outcome.DONE,
        {"act": "enable" if enabled else "disable", "version": version},
    )


async def _name_faults(connection: Connection, parameter: Parameter, value: Any) -> list[Fault]:
    """What must be there before a setting may name it."""
    if parameter.names is None or parameter.names == "dataset":
        return []
    kind = "class" if parameter.names == "class" else "organisation"
    where = f"/{parameter.name}"
    missing = await missing_names(connection, parameter, value)
    return [
        Fault(f"packs.parameter.no_{kind}", where, {"name": parameter.name, "value": one[:80]})
        for one in missing
    ]


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
