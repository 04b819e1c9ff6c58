"""What a temporal query of a snapshot finds is told again in the snapshot (ETSI GS CIM 009 V1.9.1, 5.16.1)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from quanyu.core.clock import utc_now
from quanyu.twin.branches import Branch
from quanyu.twin.history.evolution import Evolution, find
from quanyu.twin.history.instances import SCOPE
from quanyu.twin.history.record import Teller, Told, tell
from quanyu.twin.http.ngsi_exchange import Exchange
from quanyu.twin.http.ngsi_temporal_query import Question
from quanyu.twin.http.ngsi_temporal_sight import seen_by
from quanyu.twin.http.ngsi_temporal_sources import PastQuestion, pasts

_GROUP = 100
_AS_A_QUERY = ("temporal", "entityOperations", "query")


async def keep_past(exchange: Exchange, branch: Branch, question: Question, body: Mapping[str, Any]) -> int:
    """From here and from sources (5.7.4.4), as the maker of the snapshot sees it; how many evolutions there were."""
    archive, number = exchange.door.history, 0
    asked = PastQuestion(
        query=question.wanted.query, context=exchange.asked_context, body=body, csf=question.csf,
        split=question.split, local=question.local,
    )  # fmt: skip
    elsewhere = await pasts(replace(exchange, parts=_AS_A_QUERY), asked)
    wanted = replace(question.wanted, limit=_GROUP, offset=0, counted=False, beyond=elsewhere.found)
    while True:
        async with exchange.database.tenant(exchange.actor.tenant) as connection:
            seen, veil = await seen_by(exchange, connection, wanted)
            found = await find(connection, exchange.actor.tenant, seen, archive, veil)
        told = [_told_again(one) for one in found.evolutions if one.timed]
        teller = Teller(tenant=branch.space, actor=exchange.actor.id, now=utc_now(), archive=archive)
        async with exchange.database.tenant(branch.space) as connection:
            for one in told:
                await tell(connection, one, teller)
        number += len(told)
        if not found.more:
            return number
        wanted = replace(wanted, offset=wanted.offset + _GROUP)


def _told_again(evolution: Evolution) -> Told:
    """With the instances that were found; that something left is no instance of it (5.6.11)."""
    document: dict[str, list[dict[str, object]]] = {}
    for _, one in evolution.timed:
        if not one.deleted:
            document.setdefault(one.name, []).append(dict(one.content))
    scopes = document.pop(SCOPE, [])
    entity = evolution.entity
    return Told(id=entity.id, types=entity.types, document=document, scopes=scopes)
