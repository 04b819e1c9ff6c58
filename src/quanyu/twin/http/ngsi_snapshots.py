"""Snapshots (ETSI GS CIM 009 V1.9.1, 5.15; `/snapshots` and the header NGSILD-Snapshot): branches that stand still.

With the header, operations on entities work in the snapshot, or in a what-if branch of that name.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from quanyu.core.clock import utc_now
from quanyu.core.errors import Denied, Invalid, QuanyuError
from quanyu.twin.branches import Branch, Branches
from quanyu.twin.branches.model import Status
from quanyu.twin.find import Search, find
from quanyu.twin.http.ngsi_asked import asked_in_body
from quanyu.twin.http.ngsi_consulted import sees_all
from quanyu.twin.http.ngsi_distributed import with_body
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, NotImplementedHere, Operation, problem
from quanyu.twin.http.sight import shown_to
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.context import Context
from quanyu.twin.ngsild.document import is_uri
from quanyu.twin.ngsild.document.scalars import moment_text
from quanyu.twin.ngsild.query import Query
from quanyu.twin.registrations.changes import CHANGE_AT, Kind, id_of
from quanyu.twin.registrations.members import seconds_of
from quanyu.twin.subscriptions.model import Accept, Endpoint
from quanyu.twin.subscriptions.parse_notification import parse_endpoint

HEADER = "ngsild-snapshot"
PATH = "/ngsi-ld/v1/snapshots"
_PATIENCE_SECONDS = 5.0
_MEMBERS = frozenset(
    (
        "id",
        "type",
        "@context",
        "snapshotQueries",
        "snapshotTemporalQueries",
        "snapshotLifetime",
        "snapshotPriority",
    )
)
_PLACES = frozenset(("entities", "entityOperations", "types", "attributes", "temporal"))
_UNDER_WAY: set[asyncio.Task[Any]] = set()


async def create_snapshot(exchange: Exchange) -> Answer:
    """5.15.1: what the queries find now, kept as it is."""
    exchange.refuse_others()
    body = _object(await exchange.json())
    context = await exchange.context(body)
    if unknown := sorted(body.keys() - _MEMBERS - {"endpoint", "snapshotStatus"}):
        raise Invalid("twin.branch.member", name=", ".join(unknown)[:200])
    queries = _queries(exchange, body, context)
    endpoint = parse_endpoint(body) if "endpoint" in body else None
    branches, now = _branches(exchange), utc_now()
    id = _new_id(body)
    branch = await branches.create(
        exchange.actor.tenant, id, frozen=True, document=_document(body, id), expires=_expires(body, now)
    )
    task = _begun(_fill(exchange, branches, branch, queries))
    if endpoint is not None:
        _begun(_notify(exchange, branch, endpoint, task))
    await asyncio.wait([task], timeout=_PATIENCE_SECONDS)
    return Answer(201, headers=(("location", f"{PATH}/{quote(id, safe=':')}"),))


async def clone_snapshot(exchange: Exchange) -> Answer:
    """5.15.2: another one with the same content, which goes its own way from here."""
    exchange.refuse_others()
    sent = exchange.header("content-length") not in ("", "0")
    body = _object(await exchange.json()) if sent else {}
    branch = await _named(exchange)
    id = _new_id(body)
    clone = await _branches(exchange).clone(branch, id)
    await _branches(exchange).change(clone, {**clone.document, "id": id}, clone.expires)
    return Answer(201, headers=(("location", f"{PATH}/{quote(id, safe=':')}"),))


async def retrieve_status(exchange: Exchange) -> Answer:
    """5.15.3."""
    exchange.refuse_others()
    await exchange.context()
    return Answer(200, _shown(await _named(exchange)))


async def list_snapshots(exchange: Exchange) -> Answer:
    exchange.refuse_others()
    await exchange.context()
    found = await _branches(exchange).listed(exchange.actor.tenant)
    return Answer(200, [_shown(one) for one in found])


async def update_status(exchange: Exchange) -> Answer:
    """5.15.4: how long it is kept, and how important it is."""
    exchange.refuse_others()
    body = _object(await exchange.json())
    branch = await _named(exchange)
    if wrong := sorted(
        body.keys() - {"id", "type", "@context", "snapshotLifetime", "snapshotPriority", "snapshotStatus"}
    ):
        raise Invalid("twin.branch.member", name=", ".join(wrong)[:200])
    _check_members(body)
    fragment: dict[str, Any] = {
        name: body[name] for name in ("snapshotLifetime", "snapshotPriority") if name in body
    }
    expires = _expires(body, utc_now()) if "snapshotLifetime" in body else branch.expires
    await _branches(exchange).change(branch, {**branch.document, **fragment}, expires)
    return Answer(204)


async def delete_snapshot(exchange: Exchange) -> Answer:
    """5.15.5."""
    exchange.refuse_others()
    await _branches(exchange).drop(await _named(exchange))
    return Answer(204)


async def purge_snapshots(exchange: Exchange) -> Answer:
    """5.15.6: all of the tenant."""
    exchange.refuse_others()
    for one in await _branches(exchange).listed(exchange.actor.tenant):
        await _branches(exchange).drop(one)
    return Answer(204)


async def enter(exchange: Exchange, operation: Operation) -> Exchange:
    """The exchange in the branch that the header names, for those who see the whole tenant.

    Raises Denied, NotFound, Invalid where branches have no such thing.
    """
    if exchange.parts[0] not in _PLACES:
        raise Invalid("twin.branch.place", path="/".join(exchange.parts)[:80])
    if not await sees_all(exchange):
        raise Denied("twin.branch.denied")
    branches = _branches(exchange)
    branch = await branches.find(exchange.actor.tenant, exchange.header(HEADER))
    inside = replace(exchange, actor=replace(exchange.actor, tenant=branch.space))
    if branch.frozen:
        return inside
    change = CHANGE_AT.get((operation.method, operation.path))
    if change is None:
        return replace(exchange, branch=branch)
    if change.kind is Kind.PURGE:
        raise NotImplementedHere("twin.ngsi.parameter", name="NGSILD-Snapshot")
    if change.kind in (Kind.ENTITY, Kind.BATCH, Kind.IDS):
        body = await exchange.json()
        await branches.take_over(branch, [id for one in _elements(body) if (id := id_of(one))])
        return with_body(inside, body)
    await branches.take_over(branch, [exchange.parts[2 if exchange.parts[0] == "temporal" else 1]])
    return inside


def _elements(body: Any) -> list[Any]:
    return body if isinstance(body, list) else [body]


def _branches(exchange: Exchange) -> Branches:
    return Branches(exchange.database, exchange.door.writer)


async def _named(exchange: Exchange) -> Branch:
    if not is_uri(exchange.parts[1]):
        raise Invalid("twin.asked.uri", name="id", uri=exchange.parts[1][:80])
    return await _branches(exchange).find(exchange.actor.tenant, exchange.parts[1])


def _begun(work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    task = asyncio.create_task(work)
    _UNDER_WAY.add(task)
    task.add_done_callback(_UNDER_WAY.discard)
    return task


async def _notify(
    exchange: Exchange, branch: Branch, endpoint: Endpoint, filled: asyncio.Task[Branch]
) -> None:
    """5.3.4: that the snapshot is ready, or that it cannot be."""
    made = await filled
    herald = exchange.door.sources.herald if exchange.door.sources else None
    if herald is None:
        return
    body: dict[str, Any] = {
        "id": f"urn:ngsi-ld:SnapshotNotification:{uuid.uuid4()}",
        "type": "SnapshotNotification",
        "snapshotId": branch.id,
        "notifiedAt": moment_text(utc_now()),
        "snapshotStatus": made.status.value,
        **made.details,
    }
    if made.expires:
        body["expiresAt"] = moment_text(made.expires)

    async def told(*, well: bool) -> None:
        """Snapshots count nothing."""

    async def awaits() -> bool:
        return True

    headers = {"Content-Type": Accept.JSON.value, **dict(endpoint.receiver_info)}
    await herald.carry(endpoint, headers, body, told, awaits)


async def _fill(exchange: Exchange, branches: Branches, branch: Branch, queries: Sequence[Query]) -> Branch:
    details: list[dict[str, Any]] = []
    for query in queries:
        try:
            await branches.fill(branch, _entities(exchange, query))
            details.append({"resultStatus": "ok"})
        except QuanyuError as error:
            details.append({"resultStatus": "failed", "problemDetails": problem(error, "")})
    well = all(one["resultStatus"] == "ok" for one in details)
    status = Status.READY if well else Status.FAILED
    return await branches.settled(branch, status, {"snapshotQueriesDetails": details})


async def _entities(exchange: Exchange, query: Query) -> AsyncIterator[Sequence[Stored]]:
    """Everything that fits now, in groups, as the maker of the snapshot sees it."""
    actor, question, offset = exchange.actor, f"snapshot {uuid.uuid4()}", 0
    while True:
        async with exchange.database.tenant(actor.tenant) as connection:
            seen = await exchange.sight.seen(connection, actor, "entity.read")
            search = Search(tenant=actor.tenant, query=query, datasets=seen.datasets, question=question)
            page = await find(connection, search, exchange.door.finder, limit=1000, offset=offset)
            veiled = await shown_to(connection, actor, exchange.sight, page.items)
        yield veiled
        offset += len(page.items)
        if not page.more:
            return


def _queries(exchange: Exchange, body: Mapping[str, Any], context: Context) -> list[Query]:
    """Raises Invalid where there are none."""
    _check_members(body)
    found = [*_list(body, "snapshotQueries"), *_list(body, "snapshotTemporalQueries")]
    if not found:
        raise Invalid("twin.branch.queries")
    alone = replace(exchange, parameters={})
    return [asked_in_body(alone, context, {"type": "Query", **_without_time(one)}).query for one in found]


def _without_time(query: Any) -> dict[str, Any]:
    if not isinstance(query, dict):
        raise Invalid("twin.branch.queries")
    return {name: value for name, value in query.items() if name not in ("temporalQ", "@context")}


def _list(body: Mapping[str, Any], name: str) -> list[Any]:
    found = body.get(name, [])
    found = found if isinstance(found, list) else [found]
    if name in body and not found:
        raise Invalid("twin.branch.queries")
    return found


def _check_members(body: Mapping[str, Any]) -> None:
    if body.get("type", "Snapshot") != "Snapshot":
        raise Invalid("twin.branch.type")
    priority = body.get("snapshotPriority", 0)
    if isinstance(priority, bool) or not isinstance(priority, int | float) or priority < 0:
        raise Invalid("twin.branch.priority")
    _expires(body, utc_now())


def _expires(body: Mapping[str, Any], now: datetime) -> datetime | None:
    if "snapshotLifetime" not in body:
        return None
    seconds = seconds_of(body["snapshotLifetime"])
    if not seconds:
        raise Invalid("twin.branch.lifetime")
    return now + timedelta(seconds=seconds)


def _new_id(body: Mapping[str, Any]) -> str:
    id = body.get("id", f"urn:ngsi-ld:Snapshot:{uuid.uuid4()}")
    if not is_uri(id):
        raise Invalid("twin.asked.uri", name="id", uri=str(id)[:80])
    return str(id)


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Invalid("twin.branch.type")
    return body


def _document(body: Mapping[str, Any], id: str) -> dict[str, Any]:
    kept = {name: value for name, value in body.items() if name in _MEMBERS and name != "@context"}
    return {**kept, "id": id, "type": "Snapshot"}


def _shown(branch: Branch) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": branch.id,
        "type": "Snapshot",
        **branch.document,
        "snapshotStatus": branch.status.value,
    }
    made |= dict(branch.details) | {"createdAt": moment_text(branch.created)}
    return made | ({"expiresAt": moment_text(branch.expires)} if branch.expires else {})


OPERATIONS = (
    Operation("snapshots", "POST", "entity.write", create_snapshot),
    Operation("snapshots", "GET", "entity.read", list_snapshots),
    Operation("snapshots", "DELETE", "entity.write", purge_snapshots),
    Operation("snapshots/*", "GET", "entity.read", retrieve_status),
    Operation("snapshots/*", "PATCH", "entity.write", update_status),
    Operation("snapshots/*", "DELETE", "entity.write", delete_snapshot),
    Operation("snapshots/*/clone", "POST", "entity.write", clone_snapshot),
)
