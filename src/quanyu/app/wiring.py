"""Who is put together with whom: routes, jobs, events, and what runs beside them. Nothing is registered elsewhere."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import asyncpg
import duckdb

from quanyu.act import bells
from quanyu.act.cases.classes import ensure_classes
from quanyu.act.cases.definitions import ensure_definitions
from quanyu.act.http import routes as act_routes
from quanyu.act.imports.service import JOB as CASE_IMPORT
from quanyu.act.photos import Album
from quanyu.act.photos.service import sweep as sweep_photos
from quanyu.act.rules import Engine
from quanyu.app import demo, flow, health, live_http, portal, sharing
from quanyu.app.demo.http import routes as demo_routes
from quanyu.app.lasting import Part
from quanyu.app.node import Node
from quanyu.app.operations import backups
from quanyu.app.operations.http import routes as operation_routes
from quanyu.compute.city_roads import NETWORKS
from quanyu.compute.http import routes as compute_routes
from quanyu.compute.keeping import forget_runs
from quanyu.connect import sources
from quanyu.connect.webhooks import Deliverer
from quanyu.connect.webhooks.http import routes as webhook_routes
from quanyu.core.errors import Invalid, Unavailable
from quanyu.core.messages import text
from quanyu.evaluate.http import routes as score_sheet_routes
from quanyu.evaluate.indicators.http import routes as indicator_routes
from quanyu.evaluate.indicators.rerun import JOB as INDICATORS
from quanyu.exchange import upkeep as share_upkeep
from quanyu.exchange.contracts.service import ENDED as SHARE_ENDED
from quanyu.exchange.dataspace.talks import TELL as SHARE_TELL
from quanyu.exchange.definitions import ensure_definitions as ensure_sharing
from quanyu.exchange.disputes.service import CORRECTED as SHARE_CORRECTED
from quanyu.exchange.http import routes as sharing_routes
from quanyu.exchange.requests.steps import MOVED as SHARE_MOVED
from quanyu.federation import Courier, cascade, drop_payloads, links, own_kinds
from quanyu.federation import cases as shared_cases
from quanyu.federation import disputes as remote_disputes
from quanyu.federation import returns as remote_returns
from quanyu.federation import routes as federation_routes
from quanyu.federation import sharing as remote_sharing
from quanyu.govern.catalogue._search_sql import stale as stale_entries
from quanyu.govern.catalogue.http import routes as catalogue_routes
from quanyu.govern.catalogue.publication import GRADE_JOB as GRADE
from quanyu.govern.fusion.http import routes as fusion_routes
from quanyu.govern.fusion.run import JOB as FUSION
from quanyu.govern.fusion.service import CHANGED as FUSED
from quanyu.govern.imports.http import routes as import_routes
from quanyu.govern.imports.service import JOB as IMPORT
from quanyu.govern.imports.tidy import TIDY_JOB as TIDY
from quanyu.govern.imports.tidy import sweep_leftovers
from quanyu.govern.mapping.http import routes as mapping_routes
from quanyu.govern.quarantine.http import routes as quarantine_routes
from quanyu.govern.scores.http import routes as score_routes
from quanyu.govern.standards.http import routes as standard_routes
from quanyu.govern.standards.regions import ensure_regions
from quanyu.govern.trace.http import routes as trace_routes
from quanyu.identity import Sealer, ensure_administrator, ensure_tenant, renew_operator_token
from quanyu.identity.http import routes as identity_routes
from quanyu.identity.keys import secrets_cipher
from quanyu.packs._sql import states as pack_states
from quanyu.packs.http import routes as pack_routes
from quanyu.store import Handler, Job, enqueue, forget_done
from quanyu.twin import partitions_ahead
from quanyu.twin.declared import declare
from quanyu.twin.expiry import Sweeper
from quanyu.twin.history import Archive
from quanyu.twin.history.forget import forget_erased
from quanyu.twin.history.seal import seal
from quanyu.twin.http import routes as twin_routes
from quanyu.twin.ngsild.context import CORE
from quanyu.twin.ogc import routes as ogc_routes
from quanyu.twin.subscriptions import Notifier
from quanyu.workflow.city_calendars import RECKON
from quanyu.workflow.http import routes as workflow_routes

ROUTES = (
    *health.routes,
    *operation_routes,
    *identity_routes,
    *sources.routes,
    *webhook_routes,
    *import_routes,
    *quarantine_routes,
    *score_routes,
    *trace_routes,
    *fusion_routes,
    *catalogue_routes,
    *mapping_routes,
    *standard_routes,
    *twin_routes,
    *ogc_routes,
    *workflow_routes,
    *act_routes,
    *score_sheet_routes,
    *sharing_routes,
    *indicator_routes,
    *federation_routes,
    *cascade.routes,
    *shared_cases.routes,
    *remote_sharing.routes,
    *remote_disputes.routes,
    *remote_returns.routes,
    *compute_routes,
    *pack_routes,
    *live_http.routes,
    *demo_routes,
    *portal.routes,
)

REINDEX = "govern.reindex"

Task = Callable[[Node, Job], Awaitable[None]]

JOBS: dict[str, Task] = {
    IMPORT: flow.do_import,
    FUSION: flow.do_fusion,
    CASE_IMPORT: flow.do_case_import,
    RECKON: flow.reckon_due_times,
    GRADE: flow.grade_dataset,
    TIDY: flow.tidy_dataset,
    REINDEX: flow.reindex_catalogue,
    SHARE_TELL: sharing.tell_dataspace,
    INDICATORS: flow.count_indicators,
    backups.JOB: backups.make,
}

TELLS: tuple[links.Tell, ...] = (
    cascade.cascade,
    shared_cases.follow,
    remote_sharing.REQUESTS.tell,
    remote_disputes.DISPUTES.tell,
    remote_returns.RETURNS.tell,
    remote_sharing.tell_notices,
    remote_sharing.forget_old_questions,
)

EVENTS: dict[str, tuple[Task, ...]] = {
    "dataset.imported": (flow.settle_twin, flow.refresh_references, flow.ask_to_tidy_dataset),
    "dataset.removed": (flow.forget_dataset,),
    FUSED: (flow.publish_fused,),
    "workflow.closed": (sharing.follow_work,),
    SHARE_ENDED: (sharing.contract_ended,),
    SHARE_MOVED: (sharing.request_moved,),
    SHARE_CORRECTED: (sharing.mark_derived,),
}

_DAY = 24 * 3600
_JOBS_KEPT = timedelta(days=7)
_RUNS_KEPT = timedelta(days=90)
_BEFORE_THE_FIRST = 600  # a node that was started is busy enough

_log = logging.getLogger("quanyu.upkeep")


def handlers(node: Node) -> dict[str, Handler]:
    """Jobs and events of this node, each bound to it."""
    bound: dict[str, Handler] = {kind: partial(task, node) for kind, task in JOBS.items()}
    for kind, tasks in EVENTS.items():
        bound[f"event:{kind}"] = partial(_in_turn, node, tasks)
    return bound


async def at_start(node: Node, language: str) -> list[str]:
    """What a node does before it listens; returns the lines that its owner must read."""
    await _make_partitions(node)
    await _sweep(node)
    async with node.database.owner() as owner:
        await declare(owner, {CORE.stored(name) for name in node.settings.declared})
    async with node.database.tenant(node.tenant) as connection:
        await ensure_tenant(connection, node.tenant, name=node.settings.city)
        first = await ensure_administrator(connection, node.tenant)
        await ensure_regions(connection, node.folder)
        await ensure_definitions(connection, node.tenant, now=node.clock())
        await ensure_classes(connection, node.tenant, now=node.clock())
        await ensure_sharing(connection, node.tenant, now=node.clock())
        if await stale_entries(connection, limit=1):
            await enqueue(connection, node.tenant, REINDEX, {})
        await renew_operator_token(connection, node.tenant, node.folder, node.clock())
    lines = await demo.at_start(node, language)
    if first is not None:
        login, password = first.account.login, first.password
        lines.append(text("app.start.one_time_password", language, login=login, password=password))
    return lines


def in_background(node: Node) -> list[Part]:
    """What runs beside the web application as long as the node lives.

    In development mode the twin holds what is written to it and nothing else: no indicators by themselves.
    """
    deliverer = Deliverer(
        database=node.database,
        tenant=node.tenant,
        outgoing=node.outgoing,
        cipher=partial(secrets_cipher, node.folder),
        clock=node.clock,
    )
    return [
        node.evidence.run,
        Sealer(node.database, node.folder, clock=node.clock).run,
        runner(node).run,
        partial(bells.run, node.database, node.tenant, clock=node.clock),
        deliverer.run,
        Sweeper(node.database, node.twin.writer, clock=node.clock).run,
        courier(node).run,
        partial(links.run, node.database, node.tenant, node.folder, clock=node.clock, tells=TELLS),
        partial(share_upkeep.run, node.database, node.tenant, clock=node.clock),
        *([] if node.settings.dev else [flow.bureau(node, node.tenant).run]),
        partial(_daily, node),
        partial(_warm, node),
        node.twin.contexts.library.run,
        *([node.twin.sources.run] if node.twin.sources else []),
        *([node.twin.envoy.run] if node.twin.envoy else []),
        *([_notifier(node).run] if node.twin.notifier else []),
        *([partial(demo.move, node)] if node.settings.demo else []),
    ]


def in_worker(node: Node) -> list[Part]:
    """What each further process of the node has to run itself: what it remembers follows the database."""
    return [
        node.evidence.run,
        node.twin.contexts.library.run,
        *([node.twin.sources.run] if node.twin.sources else []),
        *([node.twin.envoy.run] if node.twin.envoy else []),
    ]


def _notifier(node: Node) -> Notifier:
    """Delivers notifications, and runs the rules in the same process."""
    assert node.twin.notifier is not None
    archive = Archive(folder=node.folder, source=node.twin.source)
    node.twin.notifier.follow(Engine(node.database, node.tenant, archive=archive, clock=node.clock))
    return node.twin.notifier


def runner(node: Node, *, inline: bool = False) -> sources.Runner:
    """`inline`: imports are worked off here, because no worker runs."""
    return sources.Runner(
        database=node.database,
        tenant=node.tenant,
        folder=node.folder,
        deliver=partial(flow.deliver, node, inline=inline),
        outgoing=demo.outgoing(node),
        clock=node.clock,
        listed=node.settings.source_folders,
    )


def courier(node: Node) -> Courier:
    return Courier(
        database=node.database,
        tenant=node.tenant,
        folder=node.folder,
        outgoing=node.outgoing,
        handlers={
            **own_kinds(node.tenant, node.folder, node.clock),
            **cascade.cascade_kinds(node.tenant, node.clock),
            **shared_cases.case_kinds(node.tenant, node.folder, node.clock),
            **remote_sharing.sharing_kinds(node.tenant, node.folder, node.clock),
            **remote_disputes.dispute_kinds(node.tenant, node.folder, node.clock),
            **remote_returns.return_kinds(node.tenant, node.folder, node.clock),
        },
        clock=node.clock,
    )


async def _daily(node: Node) -> None:
    await asyncio.sleep(_BEFORE_THE_FIRST)
    while True:
        with contextlib.suppress(Unavailable):
            await _make_partitions(node)
            await _sweep(node)
            await seal_log(node)
        await asyncio.sleep(_DAY)


async def _warm(node: Node) -> None:
    """Where a pack is on, the roads of the city are read before anybody asks for a way, when the node has settled."""
    async with node.database.tenant(node.tenant) as connection:
        wanted = any(row["enabled"] for row in (await pack_states(connection, node.tenant)).values())
    if wanted:
        await NETWORKS.warm(node.database, node.tenant)


async def seal_log(node: Node) -> None:
    """Days that have grown cold become files, what was erased leaves them. A fault is told, and tried again tomorrow."""
    first_kept = node.clock().date() - timedelta(days=node.settings.history_days)
    try:
        await seal(node.database, node.folder, before=first_kept)
        await forget_erased(node.database, node.folder)
    except (OSError, duckdb.Error, asyncpg.PostgresError, Invalid):
        _log.exception("the log is not sealed")


async def _sweep(node: Node) -> None:
    now = node.clock()
    await sweep_leftovers(node.database, node.folder, tenant=node.tenant, now=now)
    await sweep_photos(node.database, Album(node.folder), node.tenant, now=now)
    await forget_done(node.database, before=now - _JOBS_KEPT)
    await forget_runs(node.database, node.tenant, before=now - _RUNS_KEPT)
    kept_since = now - timedelta(days=node.settings.message_days)
    await drop_payloads(node.database, node.tenant, before=kept_since)


async def _make_partitions(node: Node) -> None:
    async with node.database.system() as connection:
        await partitions_ahead(connection)


async def _in_turn(node: Node, tasks: tuple[Task, ...], job: Job) -> None:
    for task in tasks:
        await task(node, job)
