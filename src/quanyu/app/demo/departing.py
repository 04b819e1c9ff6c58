"""Leaving the demonstration city: what it brought goes, what people have brought themselves stays, and so does the evidence."""

import contextlib
from collections.abc import Awaitable
from datetime import timedelta

import httpx
import msgspec

from quanyu.act.cases._laid_sql import drop_duty
from quanyu.app.demo.arrive import FED_ONLY
from quanyu.app.demo.door import Door
from quanyu.app.demo.duties import DUTIES
from quanyu.app.demo.files import DELIVERIES
from quanyu.app.demo.files.scenes import SCENES
from quanyu.app.demo.fleet import FIRM
from quanyu.app.demo.handled import SYSTEM
from quanyu.app.demo.marker import Marker, read_marker, write_marker
from quanyu.app.demo.matching import JOB as MATCHES
from quanyu.app.demo.organisations import ORGANISATIONS
from quanyu.app.demo.rules import RULES
from quanyu.app.demo.scenes import PACKS, forget_scenes
from quanyu.app.demo.sources import SOURCES
from quanyu.app.fused import DATASET as FUSED
from quanyu.app.node import Node
from quanyu.core.actor import system_actor
from quanyu.core.clock import city_day
from quanyu.core.errors import Conflict, NotFound
from quanyu.evaluate.indicators.rerun import JOB as INDICATORS
from quanyu.identity.organisations.service import remove_organisation
from quanyu.store import Connection, enqueue
from quanyu.twin import remove_dataset

_COUNTED = timedelta(days=90)
"""As far back as the city's cases reach."""

# Taken over from the hotline, or opened by one of the city's own rules.
_CASES = """
select instance from case_record where starts_with(external, $1) or starts_with(external, $3)
  or facts->>'rule' = any($2::text[])
"""
_GONE = (
    "delete from workflow_task where instance = any($1::text[])",
    "delete from workflow_step where instance = any($1::text[])",
    "delete from workflow_instance where id = any($1::text[])",
    "delete from case_record where instance = any($1::text[])",
)
_REAL = "update layer_label set demo = false where demo"
"""What people brought themselves was marked as everything was."""


def ask_to_leave(node: Node) -> None:
    """Noted in the folder: whatever ends the node, it goes on leaving when it starts again."""
    marker = read_marker(node.folder)
    if marker is not None and marker.left is None:
        write_marker(node.folder, msgspec.structs.replace(marker, left=node.clock()))


async def depart(node: Node, door: Door) -> None:
    """Each step may be done again. Organisations go where nothing belongs to them."""
    marker = read_marker(node.folder)
    assert marker is not None
    datasets = {delivery.dataset for delivery in (*SCENES, *DELIVERIES)} | {*FED_ONLY}
    for source in {*SOURCES, *await door.sources_of(datasets)}:
        await _if_there(door.remove_at(f"/api/v1/sources/{source}"))
    for rule in RULES:
        await _if_there(door.switch_rule(rule["name"], on=False))
    for pack in PACKS:
        await door.switch(pack, on=False)
    await door.until_all_over(datasets)  # or they would come back
    for dataset in sorted(datasets):
        if await door.holds(dataset):
            await door.remove(dataset)
    async with node.database.tenant(node.tenant) as connection:
        await _forget_cases(connection, node, marker)
        await forget_scenes(connection, node.tenant)
        await _forget_matches(connection, node)
        await connection.execute(_REAL)
        await _forget_bodies(connection, node)
    write_marker(node.folder, msgspec.structs.replace(marker, departed=True))


async def _forget_cases(connection: Connection, node: Node, marker: Marker) -> None:
    rows = await connection.fetch(
        _CASES, f"{SYSTEM}:", [rule["name"] for rule in RULES], f"sanitation:{FIRM}:"
    )
    instances = [row["instance"] for row in rows]
    for statement in _GONE:
        await connection.execute(statement, instances)
    since = city_day(marker.begun - _COUNTED)
    body = {"codes": None, "from": since.isoformat(), "until": city_day(node.clock()).isoformat()}
    await enqueue(connection, node.tenant, INDICATORS, body)


async def _forget_matches(connection: Connection, node: Node) -> None:
    """What was merged from the city's own car parks; merged things of other matchings stay."""
    await connection.execute("delete from fusion_golden where job = $1", MATCHES)
    await connection.execute("delete from fusion_job where name = $1", MATCHES)
    if not await connection.fetchval("select exists (select from fusion_job)"):
        await remove_dataset(connection, node.tenant, FUSED, cause="demo.left", actor="demo")


async def _forget_bodies(connection: Connection, node: Node) -> None:
    for duty in DUTIES:
        await drop_duty(connection, duty)
    for body in reversed(ORGANISATIONS):
        with contextlib.suppress(Conflict, NotFound):
            async with connection.transaction():
                await remove_organisation(connection, system_actor(node.tenant, "demo"), body.id)


async def _if_there(asking: Awaitable[None]) -> None:
    """Who leaves while the city arrives finds only a part of it."""
    try:
        await asking
    except httpx.HTTPStatusError as error:
        if error.response.status_code != httpx.codes.NOT_FOUND:
            raise
