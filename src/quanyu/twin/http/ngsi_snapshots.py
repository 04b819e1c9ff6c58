"""Snapshots (ETSI GS CIM 009 V1.9.1, 5.16; `/snapshots` and the header NGSILD-Snapshot): branches that stand still."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from quanyu.core.clock import utc_now
from quanyu.core.errors import Invalid, NotFound, QuanyuError
from quanyu.twin.branches import Branch, Branches
from quanyu.twin.branches.snapshot import (
    Purpose,
    endpoint_of,
    expiry,
    is_chosen,
    parse_choice,
    parse_snapshot,
    show_snapshot,
    status_of,
)
from quanyu.twin.find import find
from quanyu.twin.http.ngsi_asked import Asked, asked_in_body
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, Operation, problem
from quanyu.twin.http.ngsi_federated import consult_for, page_of_all
from quanyu.twin.http.ngsi_pages import ListPage
from quanyu.twin.http.ngsi_snapshot_past import keep_past
from quanyu.twin.http.ngsi_temporal_query import Question, question_of
from quanyu.twin.http.sight import as_asked, shown_to
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.document import is_uri, moment_text
from quanyu.twin.search import Search
from quanyu.twin.subscriptions.model import Accept

PATH = "/ngsi-ld/v1/snapshots"
_PATIENCE_SECONDS = 5.0
_GROUP = 1000
_UNDER_WAY: set[asyncio.Task[Any]] = set()


async def create_snapshot(exchange: Exchange) -> Answer:
    """5.16.1: what the queries find now, kept as it is."""
    exchange.refuse_others()
    body = await exchange.json()
    context = await exchange.context(body)
    said = parse_snapshot(body, Purpose.CREATE)
    local = {name: value for name, value in exchange.parameters.items() if name == "local"}
    alone = replace(exchange, parameters=local)
    queries = [asked_in_body(alone, context, _without_context(one)) for one in said.queries]
    temporal = [(question_of(alone, one, context), _without_context(one)) for one in said.temporal]
    branches, id = _branches(exchange), said.id or _new_id()
    branch = await branches.create(
        exchange.actor.tenant, id, frozen=True, document=said.document, expires=expiry(said, utc_now())
    )
    filling = _begun(_fill(alone, branches, branch, queries, temporal))
    await asyncio.wait([filling], timeout=_PATIENCE_SECONDS)
    return Answer(201, headers=(("location", f"{PATH}/{quote(id, safe=':')}"),))


async def clone_snapshot(exchange: Exchange) -> Answer:
    """5.16.2: another one with the same content, which goes its own way from here."""
    exchange.refuse_others()
    sent = exchange.header("content-length") not in ("", "0")
    body = await exchange.json() if sent else {"type": "Snapshot"}
    await exchange.context(body)
    said, branch = parse_snapshot(body, Purpose.CLONE), await _named(exchange)
    document = {**branch.document, **said.document}
    id = said.id or _new_id()
    clone = await _branches(exchange).clone(branch, id, document, expiry(said, utc_now()))
    _begun(_notify(exchange, clone))
    return Answer(201, headers=(("location", f"{PATH}/{quote(id, safe=':')}"),))


async def retrieve_status(exchange: Exchange) -> Answer:
    """5.16.3."""
    exchange.refuse_others()
    await exchange.context()
    return Answer(200, show_snapshot(await _named(exchange)))


async def list_snapshots(exchange: Exchange) -> Answer:
    """Beyond the standard, which knows them by id alone."""
    exchange.refuse_others()
    await exchange.context()
    found = await _branches(exchange).listed(exchange.actor.tenant)
    return Answer(200, [show_snapshot(one) for one in found])


async def update_status(exchange: Exchange) -> Answer:
    """5.16.4: how long it is kept, how important it is, and who is told."""
    exchange.refuse_others()
    body = await exchange.json()
    await exchange.context(body)
    branch = await _named(exchange)
    said = parse_snapshot(body, Purpose.UPDATE)
    if said.id not in (None, branch.id):
        raise Invalid("twin.branch.member", name="id")
    expires = branch.expires if said.lifetime is None else utc_now() + said.lifetime
    changed = await _branches(exchange).change(branch, {**branch.document, **said.document}, expires)
    _begun(_notify(exchange, changed))
    return Answer(200, show_snapshot(changed))


async def delete_snapshot(exchange: Exchange) -> Answer:
    """5.16.5."""
    exchange.refuse_others()
    await _branches(exchange).drop(await _named(exchange))
    return Answer(204)


async def purge_snapshots(exchange: Exchange) -> Answer:
    """5.16.7: those that a query over their members finds. Raises NotFound where it finds none (6.36.3.2)."""
    choice = parse_choice(exchange.take("q"))
    exchange.refuse_others()
    branches = _branches(exchange)
    chosen = [one for one in await branches.listed(exchange.actor.tenant) if is_chosen(one, choice)]
    if not chosen:
        raise NotFound("twin.branch.none")
    for one in chosen:
        await branches.drop(one)
    return Answer(204)


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


async def _notify(exchange: Exchange, branch: Branch) -> None:
    """5.16.6, 5.3.4: what has become of a snapshot, to whoever is named in it."""
    endpoint = endpoint_of(branch)
    herald = exchange.door.sources.herald if exchange.door.sources else None
    if endpoint is None or herald is None:
        return
    details = dict(branch.details)
    temporal = details.pop("snapshotTemporalQueriesDetails", None)
    body: dict[str, Any] = {
        "id": f"urn:ngsi-ld:SnapshotNotification:{uuid.uuid4()}",
        "type": "SnapshotNotification",
        "snapshotId": branch.id,
        "notifiedAt": moment_text(utc_now()),
        "snapshotStatus": branch.status.value,
        **details,
    }
    if temporal is not None:
        body["temporalSnapshotQueriesDetails"] = temporal
    if branch.expires:
        body["expiresAt"] = moment_text(branch.expires)

    headers = {"Content-Type": Accept.JSON.value, **dict(endpoint.receiver_info)}
    await herald.carry(endpoint, headers, body)


async def _fill(
    exchange: Exchange,
    branches: Branches,
    branch: Branch,
    queries: Sequence[Asked],
    temporal: Sequence[tuple[Question, Mapping[str, Any]]],
) -> None:
    details: dict[str, Any] = {}
    if queries:
        works = [branches.fill(branch, _entities(exchange, query)) for query in queries]
        details["snapshotQueriesDetails"] = [await _result(work) for work in works]
    if temporal:
        pasts = [keep_past(exchange, branch, question, body) for question, body in temporal]
        details["snapshotTemporalQueriesDetails"] = [await _result(past) for past in pasts]
    status = status_of([one["resultStatus"] for listed in details.values() for one in listed])
    await _notify(exchange, await branches.settled(branch, status, details))


async def _result(work: Coroutine[Any, Any, int]) -> dict[str, Any]:
    """ExecutionResultDetails (5.2.42) of what is kept of a query."""
    try:
        number = await work
    except QuanyuError as error:
        return {"resultStatus": "failure", "problemDetails": problem(error, "")}
    return {"resultStatus": "success" if number else "empty"}


async def _entities(exchange: Exchange, asked: Asked) -> AsyncIterator[Sequence[Stored]]:
    """Everything that fits now, here and elsewhere (5.7.2.4), in groups, as the maker of the snapshot sees it."""
    actor, question, page = (
        exchange.actor,
        f"snapshot {uuid.uuid4()}",
        ListPage(limit=_GROUP, start=0, counted=False),
    )
    gathered = await consult_for(exchange, asked)
    while True:
        async with exchange.database.tenant(actor.tenant) as connection:
            seen = await exchange.sight.seen(connection, actor, "entity.read")
            search = Search(tenant=actor.tenant, query=asked.query, datasets=seen.datasets, question=question)
            search = await as_asked(connection, actor, exchange.sight, search)
            if gathered is None:
                found = await find(connection, search, exchange.door.finder, limit=_GROUP, offset=page.start)
            else:
                wanted = replace(asked, page=page, ordering=None)
                found = await page_of_all(connection, wanted, search, gathered, exchange.door.finder)
            veiled = await shown_to(connection, actor, exchange.sight, found.items)
        yield veiled
        if not found.more:
            return
        page = replace(page, start=page.end)


def _without_context(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if name != "@context"}


def _new_id() -> str:
    return f"urn:ngsi-ld:Snapshot:{uuid.uuid4()}"


OPERATIONS = (
    Operation("snapshots", "POST", "entity.write", create_snapshot),
    Operation("snapshots", "GET", "entity.read", list_snapshots),
    Operation("snapshots", "DELETE", "entity.write", purge_snapshots),
    Operation("snapshots/*", "GET", "entity.read", retrieve_status),
    Operation("snapshots/*", "PATCH", "entity.write", update_status),
    Operation("snapshots/*", "DELETE", "entity.write", delete_snapshot),
    Operation("snapshots/*/clone", "POST", "entity.write", clone_snapshot),
)
