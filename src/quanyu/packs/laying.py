"""What a pack brings is laid down in a city, woken and put to rest; within one transaction."""

from collections.abc import Mapping, Sequence
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
from quanyu.core.actor import Actor
from quanyu.core.errors import NotFound
from quanyu.evaluate.indicators import definitions as indicators
from quanyu.evaluate.indicators.checking import parse_definition as parse_indicator
from quanyu.govern.imports._sql import dataset as find_dataset
from quanyu.govern.scores.rules import keep_suggested
from quanyu.govern.standards import service as standards
from quanyu.govern.standards.service import StandardKind
from quanyu.identity import ROLES
from quanyu.packs.forms import code_lists_of, models_of
from quanyu.packs.model import Pack
from quanyu.store import Connection
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


async def lay_down(at: Switching, pack: Pack) -> None:
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


async def wake(at: Switching, pack: Pack, rested: dict[str, Any] | None) -> None:
    """All rules, and sources that wait for their address; of those that were there before, what was running."""
    for name in [one["name"] for one in pack.rules if one["name"] not in _stopped(pack, rested)]:
        await rules.switch(at.connection, at.tenant, name, on=True, by=at.actor.id, now=at.now)
    for source in pack.sources:
        await _wake_source(at, dict(source), rested)


def _stopped(pack: Pack, rested: dict[str, Any] | None) -> frozenset[str]:
    """Rules that a person has stopped. Rows of before told only which ones ran."""
    if not rested:
        return frozenset()
    if "stopped" in rested:
        return frozenset(rested["stopped"])
    return frozenset(one["name"] for one in pack.rules if one["name"] not in rested.get("rules", ()))


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


def brought_by(pack: Pack) -> dict[str, list[str]]:
    """What runs in a city while the pack is on, by name."""
    return {"rules": [one["name"] for one in pack.rules], "sources": [one["name"] for one in pack.sources]}


async def rest(at: Switching, brought: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Stops what a pack runs; returns what was running."""
    runs = await running(at, brought)
    for name in runs["sources"]:
        await sources.switch(at.connection, at.actor, name, paused=True)
    for name in runs["rules"]:
        await rules.switch(at.connection, at.tenant, name, on=False, by=at.actor.id, now=at.now)
    return runs


async def running(at: Switching, brought: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Of a pack's sources and rules those that run, and of its rules those that a person has stopped."""
    active_names = {row["name"] for row in await active(at.connection, at.tenant, list(KINDS))}
    on: list[str] = []
    stopped: list[str] = []
    for name in brought["rules"]:
        try:
            state = (await rules.rule(at.connection, name)).state
        except NotFound:
            continue  # of a version that was not on before
        (stopped if state == "off" else on).append(name)
    return {
        "rules": on,
        "stopped": stopped,
        "sources": [name for name in brought["sources"] if name in active_names],
    }
