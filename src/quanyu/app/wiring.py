"""Who is put together with whom: routes, jobs, events, and what runs beside them. Nothing is registered elsewhere."""

from collections.abc import Awaitable, Callable
from functools import partial

from quanyu.act import bells
from quanyu.act.cases.classes import ensure_classes
from quanyu.act.cases.definitions import ensure_definitions
from quanyu.act.http import routes as act_routes
from quanyu.act.imports.service import JOB as CASE_IMPORT
from quanyu.act.rules import Engine
from quanyu.app import demo, flow, health, jobs, live_http, portal, sharing, upkeep
from quanyu.app.choices import chosen
from quanyu.app.demo.http import routes as demo_routes
from quanyu.app.lasting import Part
from quanyu.app.node import Node
from quanyu.app.operations import backups
from quanyu.app.operations.http import routes as operation_routes
from quanyu.app.operations.settings_http import routes as setting_routes
from quanyu.compute.http import routes as compute_routes
from quanyu.connect import sources
from quanyu.connect.webhooks import Deliverer
from quanyu.connect.webhooks.http import routes as webhook_routes
from quanyu.core.actor import system_actor
from quanyu.core.messages import text
from quanyu.evaluate.http import routes as score_sheet_routes
from quanyu.evaluate.indicators.definitions import ensure_shipped as ensure_indicators
from quanyu.evaluate.indicators.http import routes as indicator_routes
from quanyu.evaluate.indicators.rerun import JOB as INDICATORS
from quanyu.exchange import upkeep as share_upkeep
from quanyu.exchange.contracts.service import ENDED as SHARE_ENDED
from quanyu.exchange.dataspace.talks import TELL as SHARE_TELL
from quanyu.exchange.definitions import ensure_definitions as ensure_sharing
from quanyu.exchange.disputes.service import CORRECTED as SHARE_CORRECTED
from quanyu.exchange.elements.steps import SETTLED as ELEMENT_SETTLED
from quanyu.exchange.http import routes as sharing_routes
from quanyu.exchange.requests.steps import MOVED as SHARE_MOVED
from quanyu.federation import Courier, cascade, links, own_kinds, referrals
from quanyu.federation import cases as shared_cases
from quanyu.federation import disputes as remote_disputes
from quanyu.federation import returns as remote_returns
from quanyu.federation import routes as federation_routes
from quanyu.federation import sharing as remote_sharing
from quanyu.govern.catalogue._search_sql import stale as stale_entries
from quanyu.govern.catalogue.http import routes as catalogue_routes
from quanyu.govern.catalogue.publication import GRADE_JOB as GRADE
from quanyu.govern.catalogue.service import CHANGED as CATALOGUE_CHANGED
from quanyu.govern.fusion.http import routes as fusion_routes
from quanyu.govern.fusion.run import JOB as FUSION
from quanyu.govern.fusion.service import CHANGED as FUSED
from quanyu.govern.imports.http import routes as import_routes
from quanyu.govern.imports.service import JOB as IMPORT
from quanyu.govern.imports.tidy import TIDY_JOB as TIDY
from quanyu.govern.mapping.http import routes as mapping_routes
from quanyu.govern.quarantine.http import routes as quarantine_routes
from quanyu.govern.scores.http import routes as score_routes
from quanyu.govern.standards.http import routes as standard_routes
from quanyu.govern.standards.regions import ensure_regions
from quanyu.govern.trace.http import routes as trace_routes
from quanyu.identity import Sealer, ensure_administrator, ensure_tenant, renew_operator_token
from quanyu.identity.http import routes as identity_routes
from quanyu.identity.keys import secrets_cipher
from quanyu.packs.finding import installed_packs
from quanyu.packs.http import routes as pack_routes
from quanyu.packs.service import bring_up_to_date
from quanyu.store import Handler, Job, enqueue
from quanyu.twin.counting import Bookkeeper
from quanyu.twin.declared import declare
from quanyu.twin.expiry import Sweeper
from quanyu.twin.history import Archive
from quanyu.twin.http import routes as twin_routes
from quanyu.twin.ngsild.context import CORE
from quanyu.twin.ogc import routes as ogc_routes
from quanyu.twin.subscriptions import Notifier
from quanyu.workflow.city_calendars import RECKON
from quanyu.workflow.http import routes as workflow_routes

ROUTES = (
    *health.routes,
    *operation_routes,
    *setting_routes,
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
    *referrals.routes,
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
    IMPORT: jobs.do_import,
    FUSION: jobs.do_fusion,
    CASE_IMPORT: jobs.do_case_import,
    RECKON: jobs.reckon_due_times,
    GRADE: jobs.grade_dataset,
    TIDY: jobs.tidy_dataset,
    REINDEX: jobs.reindex_catalogue,
    SHARE_TELL: sharing.tell_dataspace,
    INDICATORS: jobs.count_indicators,
    backups.JOB: backups.make,
}

TELLS: tuple[links.Tell, ...] = (
    cascade.cascade,
    shared_cases.follow,
    remote_sharing.REQUESTS.tell,
    referrals.REFERRALS.tell,
    referrals.ONWARD.tell,
    remote_disputes.DISPUTES.tell,
    remote_returns.RETURNS.tell,
    remote_sharing.tell_notices,
    remote_sharing.forget_old_questions,
)

EVENTS: dict[str, tuple[Task, ...]] = {
    "dataset.imported": (jobs.settle_twin, jobs.refresh_references, jobs.ask_to_tidy_dataset),
    "dataset.removed": (jobs.forget_dataset,),
    FUSED: (jobs.publish_fused,),
    CATALOGUE_CHANGED: (sharing.look_at_entry,),
    ELEMENT_SETTLED: (sharing.look_for_copies,),
    "workflow.closed": (sharing.follow_work,),
    SHARE_ENDED: (sharing.contract_ended,),
    SHARE_MOVED: (sharing.request_moved,),
    SHARE_CORRECTED: (sharing.mark_derived,),
}


def handlers(node: Node) -> dict[str, Handler]:
    """Jobs and events of this node, each bound to it."""
    bound: dict[str, Handler] = {kind: partial(task, node) for kind, task in JOBS.items()}
    for kind, tasks in EVENTS.items():
        bound[f"event:{kind}"] = partial(_in_turn, node, tasks)
    return bound


async def at_start(node: Node, language: str) -> list[str]:
    """What a node does before it listens; returns the lines that its owner must read."""
    await upkeep.make_partitions(node)
    await upkeep.sweep(node)
    async with node.database.owner() as owner:
        await declare(owner, {CORE.stored(name) for name in node.settings.declared})
    async with node.database.tenant(node.tenant) as connection:
        await ensure_tenant(connection, node.tenant, name=(await chosen(connection, node.settings)).city)
        first = await ensure_administrator(connection, node.tenant)
        await ensure_regions(connection, node.folder)
        await ensure_definitions(connection, node.tenant, now=node.clock())
        await ensure_classes(connection, node.tenant, now=node.clock())
        await ensure_sharing(connection, node.tenant, now=node.clock())
        await ensure_indicators(connection, node.tenant, now=node.clock())
        if await stale_entries(connection, limit=1):
            await enqueue(connection, node.tenant, REINDEX, {})
        await renew_operator_token(connection, node.tenant, node.folder, node.clock())
    await bring_up_to_date(
        node.database,
        node.folder,
        installed_packs(),
        actor=system_actor(node.tenant, "start"),
        clock=node.clock,
    )
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
        Bookkeeper(node.database).run,
        courier(node).run,
        partial(links.run, node.database, node.tenant, node.folder, clock=node.clock, tells=TELLS),
        partial(share_upkeep.run, node.database, node.tenant, clock=node.clock),
        *([] if node.settings.dev else [jobs.bureau(node, node.tenant).run]),
        partial(upkeep.daily, node),
        partial(upkeep.warm, node),
        *([node.twin.together.run] if node.twin.together else []),
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
        *([node.twin.together.run] if node.twin.together else []),
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
            **referrals.referral_kinds(node.tenant, node.folder, node.clock),
            **remote_disputes.dispute_kinds(node.tenant, node.folder, node.clock),
            **remote_returns.return_kinds(node.tenant, node.folder, node.clock),
        },
        clock=node.clock,
    )


async def _in_turn(node: Node, tasks: tuple[Task, ...], job: Job) -> None:
    for task in tasks:
        await task(node, job)
