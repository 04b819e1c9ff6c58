"""What an asker may see of the past: entities of which datasets, and their instances with personal values hidden."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from quanyu.core.errors import NotFound
from quanyu.store import Connection
from quanyu.twin.history.evolution import Veiling, Wanted, known
from quanyu.twin.history.instances import Instance
from quanyu.twin.history.known import Known
from quanyu.twin.http.ngsi_exchange import Exchange
from quanyu.twin.veil import hidden


async def known_to(exchange: Exchange, connection: Connection, id: str) -> Known:
    """Raises NotFound, also for an entity that the asker may not see."""
    entity = await known(connection, exchange.actor.tenant, id)
    seen = await exchange.sight.seen(connection, exchange.actor, "entity.read", entity.dataset)
    if not seen.has(entity.dataset):
        raise NotFound("twin.history.unknown", id=id)
    return entity


async def seen_by(exchange: Exchange, connection: Connection, wanted: Wanted) -> tuple[Wanted, Veiling]:
    """The query as far as the asker sees, and how instances are shown to him."""
    seen = await exchange.sight.seen(connection, exchange.actor, "entity.read")

    async def veil(entities: Sequence[Known]) -> Any:
        return await unveiled(exchange, connection, entities)

    return replace(wanted, datasets=seen.datasets), veil


async def unveiled(exchange: Exchange, connection: Connection, entities: Sequence[Known]) -> Any:
    """How the asker sees instances of these entities: personal values hidden."""
    veils = {
        dataset: await exchange.sight.veils(connection, exchange.actor, dataset)
        for dataset in {one.dataset for one in entities}
    }

    def seen(entity: Known, one: Instance) -> Instance:
        veil = veils[entity.dataset].get(one.name)
        content = one.content if veil is None else hidden(dict(one.content), veil)
        return one if content == one.content else one._replace(content=content)

    return seen
