"""Switching packs on and off, live. What a pack brought stays when it is off; what was running runs again when it is on.

on   schema ─► models, code lists ─► workflows ─► indicators ─► rules ─► quality rules ─► sources (paused)
off  rules off, sources paused; datasets, entities, cases, values and the city's own changes stay
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from quanyu.act.rules import service as rules
from quanyu.act.rules.parse import parse_definition as parse_rule_form
from quanyu.connect.sources import service as sources
from quanyu.connect.sources._sql import active
from quanyu.connect.sources.model import SourceInput
from quanyu.connect.sources.places import Places
from quanyu.connect.sources.settings import KINDS
from quanyu.core.actor import Actor, Resource
from quanyu.core.clock import Clock
from quanyu.core.errors import Fault, Invalid, NotFound
from quanyu.evaluate.indicators import definitions as indicators
from quanyu.evaluate.indicators.checking import parse_definition as parse_indicator
from quanyu.govern.imports._sql import dataset as find_dataset
from quanyu.govern.quality.rules import Rule as QualityRule
from quanyu.govern.scores.rules import keep_suggested
from quanyu.govern.standards import service as standards
from quanyu.govern.standards.service import StandardKind
from quanyu.identity import ROLES, Outcome, append_evidence
from quanyu.packs import _sql
from quanyu.packs.checking import require_bronze
from quanyu.packs.finding import Found
from quanyu.packs.forms import code_lists_of, models_of
from quanyu.packs.model import Pack, Parameter
from quanyu.store import Connection, Database, migrate_folder
from quanyu.workflow import publishing as workflows


@dataclass(frozen=True, slots=True, kw_only=True)
class Switching:
    """Who switches, where and when, within one transaction."""

    connection: Connection
    tenant: str
    folder: Path
    actor: Actor
    now: datetime

    def author(self, pack: Pack) -> str:
        return f"pack:{pack.name}"


def installed(found: Sequence[Found], name: str) -> Pack:
    """Raises NotFound, and Invalid where it is broken."""
    known = next((one for one in found if one.name == name), None)
    if known is None:
        raise NotFound("packs.unknown", name=name[:80])
    if known.pack is None:
        raise Invalid("packs.broken", name=name, reason=known.fault or "")
    return known.pack


async def enable(database: Database, folder: Path, pack: Pack, *, actor: Actor, clock: Clock) -> None:
    """All of it or nothing. Raises Invalid with every fault."""
    require_bronze(pack)
    if pack.migrations is not None:
        async with database.owner() as owner:
            await migrate_folder(owner, f"pack:{pack.name}", pack.migrations)
    async with database.tenant(actor.tenant) as connection:
        switching = Switching(
            connection=connection, tenant=actor.tenant, folder=folder, actor=actor, now=clock()
        )
        before = await _sql.state(connection, actor.tenant, pack.name, lock=True)
        await _lay_down(switching, pack)
        await _wake(switching, pack, dict(before["rested"]) if before and before["version"] else None)
        await _note(switching, pack, enabled=True, rested={})


async def disable(database: Database, folder: Path, pack: Pack, *, actor: Actor, clock: Clock) -> None:
    async with database.tenant(actor.tenant) as connection:
        switching = Switching(
            connection=connection, tenant=actor.tenant, folder=folder, actor=actor, now=clock()
        )
        before = await _sql.state(connection, actor.tenant, pack.name, lock=True)
        if before is None or not before["enabled"]:
            return
        await _note(switching, pack, enabled=False, rested=await _rest(switching, pack))


async def is_enabled(connection: Connection, tenant: str, name: str) -> bool:
    row = await _sql.state(connection, tenant, name)
    return bool(row and row["enabled"])


async def settings_of(connection: Connection, tenant: str, pack: Pack) -> dict[str, Any]:
    """Every parameter with the city's value, else the pack's own."""
    row = await _sql.state(connection, tenant, pack.name)
    own = dict(row["settings"]) if row else {}
    return {one.name: own.get(one.name, one.default) for one in pack.parameters}


async def put_settings(
    connection: Connection, pack: Pack, said: dict[str, Any], *, actor: Actor, now: datetime
) -> None:
    """Raises Invalid with every fault."""
    known = {one.name: one for one in pack.parameters}
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


async def _lay_down(at: Switching, pack: Pack) -> None:
    """What the city does not have yet. What it has changed stays as it is."""
    author = at.author(pack)
    await standards.add(
        at.connection, at.tenant, StandardKind.CODE_LISTS, code_lists_of(pack), actor=author, at=at.now
    )
    await standards.add(
        at.connection, at.tenant, StandardKind.MODELS, models_of(pack), actor=author, at=at.now
    )
    known = set(await workflows.definition_names(at.connection))
    for workflow in pack.workflows:
        if workflow["name"] not in known:
            roles = {role.name for role in ROLES}
            await workflows.publish(
                at.connection, at.tenant, dict(workflow), roles=roles, by=author, now=at.now
            )
    await _publish_indicators(at, pack)
    await _publish_rules(at, pack)
    for rule in pack.quality_rules:
        if await find_dataset(at.connection, rule.dataset) is not None:
            await keep_suggested(at.connection, at.tenant, rule.dataset, [rule.rule], at=at.now)


async def _publish_indicators(at: Switching, pack: Pack) -> None:
    """A newer form replaces the pack's own older one, never the city's."""
    author = at.author(pack)
    newest = (await indicators.known(at.connection)).newest()
    for one in pack.indicators:
        before = newest.get(one["code"])
        parsed = indicators.body_of(parse_indicator(dict(one)))
        if before is None or (before.publisher == author and indicators.body_of(before) != parsed):
            await indicators.publish(at.connection, at.tenant, dict(one), by=author, now=at.now)


async def _publish_rules(at: Switching, pack: Pack) -> None:
    author = at.author(pack)
    for one in pack.rules:
        try:
            page = await rules.versions(at.connection, one["name"])
        except NotFound:
            page = ()
        if not page or (page[0].by == author and _differs(page[0].definition, one)):
            await rules.publish(at.connection, at.tenant, dict(one), by=author, now=at.now)


def _differs(published: Any, wanted: Any) -> bool:
    return bool(parse_rule_form(msgspec.to_builtins(published)) != parse_rule_form(dict(wanted)))


async def _wake(at: Switching, pack: Pack, rested: dict[str, Any] | None) -> None:
    """For the first time: all rules, and sources that wait for their address. Later: what was running."""
    names = [one["name"] for one in pack.rules]
    for name in names if rested is None else [one for one in names if one in rested.get("rules", names)]:
        await rules.switch(at.connection, at.tenant, name, on=True, by=at.actor.id, now=at.now)
    for source in pack.sources:
        await _wake_source(at, dict(source), rested)


async def _wake_source(at: Switching, source: dict[str, Any], rested: dict[str, Any] | None) -> None:
    name = source["name"]
    try:
        await sources.require_source(at.connection, at.tenant, name)
    except NotFound:
        said = msgspec.convert(source, SourceInput)
        await sources.add(at.connection, at.tenant, Places(own=at.folder), said, actor=at.actor)
        await sources.switch(at.connection, at.actor, name, paused=True)
        return
    if rested and name in rested.get("sources", ()):
        await sources.switch(at.connection, at.actor, name, paused=False)


async def _rest(at: Switching, pack: Pack) -> dict[str, Any]:
    """Stops what the pack runs; returns what was running."""
    running = {row["name"] for row in await active(at.connection, at.tenant, list(KINDS))}
    stopped = [source["name"] for source in pack.sources if source["name"] in running]
    for name in stopped:
        await sources.switch(at.connection, at.actor, name, paused=True)
    on = [one["name"] for one in pack.rules if (await rules.rule(at.connection, one["name"])).state != "off"]
    for name in on:
        await rules.switch(at.connection, at.tenant, name, on=False, by=at.actor.id, now=at.now)
    return {"rules": on, "sources": stopped}


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
