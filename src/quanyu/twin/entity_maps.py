"""Entity maps (ETSI GS CIM 009, 5.2.39, 5.14): the ids that a query found, kept a while, so that its pages stay one list."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from quanyu.core.errors import NotFound
from quanyu.store import Connection

MOST_IDS = 100_000
MOST_MAPS = 1_000
"""Of one asker; those that would have lasted shortest go first."""

_KEEP = """
insert into entity_map (tenant, id, expires, entities, sources, linked, owner) values ($1, $2, $3, $4, $5, $6, $7)
"""
_FORGET_OLD = "delete from entity_map where tenant = $1 and expires < now()"
_FORGET_MOST = """
delete from entity_map where tenant = $1 and id in (
  select id from entity_map where tenant = $1 and owner = $2 order by expires desc offset $3
)
"""
_READ = """
select id, expires, entities, sources, linked from entity_map
where tenant = $1 and id = $2 and owner = $3 and expires > now()
"""
_PROLONG = (
    "update entity_map set expires = $4 where tenant = $1 and id = $2 and owner = $3 and expires > now()"
)
_RENEW = """
update entity_map set entities = $4, sources = $5, linked = $6 where tenant = $1 and id = $2 and owner = $3
"""
_DELETE = "delete from entity_map where tenant = $1 and id = $2 and owner = $3"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityMap:
    """`entities` in the order of the query. `sources`: where one is found, unless here alone; `linked`: the maps there."""

    id: str
    expires: datetime
    entities: tuple[str, ...]
    sources: dict[str, list[str]]
    linked: dict[str, str]

    def document(self) -> dict[str, Any]:
        moment = self.expires.isoformat().replace("+00:00", "Z")
        found = {id: self.sources.get(id, ["@none"]) for id in self.entities}
        return {
            "id": self.id, "type": "EntityMap", "expiresAt": moment, "entityMap": found, "linkedMaps": self.linked,
        }  # fmt: skip

    def without(self, gone: Collection[str]) -> "EntityMap":
        """5.5.9.3: what no longer fits the query leaves its map."""
        sources = {id: where for id, where in self.sources.items() if id not in gone}
        return replace(self, entities=tuple(id for id in self.entities if id not in gone), sources=sources)


def new_map(
    entities: list[str], sources: dict[str, list[str]], expires: datetime, linked: Mapping[str, str]
) -> EntityMap:
    id = f"urn:ngsi-ld:EntityMap:{uuid4()}"
    return EntityMap(id=id, expires=expires, entities=tuple(entities), sources=sources, linked=dict(linked))


async def keep(connection: Connection, tenant: str, owner: str, made: EntityMap) -> None:
    await connection.execute(_FORGET_OLD, tenant)
    await connection.execute(_FORGET_MOST, tenant, owner, MOST_MAPS - 1)
    await connection.execute(
        _KEEP, tenant, made.id, made.expires, list(made.entities), made.sources, made.linked, owner
    )


async def entity_map(connection: Connection, tenant: str, owner: str, id: str) -> EntityMap:
    """Raises NotFound, also when it has expired or is somebody else's."""
    row = await connection.fetchrow(_READ, tenant, id, owner)
    if row is None:
        raise NotFound("twin.map.unknown", id=id)
    return EntityMap(
        id=row["id"], expires=row["expires"], entities=tuple(row["entities"]),
        sources=row["sources"], linked=row["linked"],
    )  # fmt: skip


async def renew(connection: Connection, tenant: str, owner: str, made: EntityMap) -> None:
    """With other entities or maps than before."""
    await connection.execute(_RENEW, tenant, made.id, owner, list(made.entities), made.sources, made.linked)


async def prolong(connection: Connection, tenant: str, owner: str, id: str, expires: datetime) -> None:
    """Or shorten. Raises NotFound."""
    if await connection.execute(_PROLONG, tenant, id, owner, expires) == "UPDATE 0":
        raise NotFound("twin.map.unknown", id=id)


async def forget(connection: Connection, tenant: str, owner: str, id: str) -> None:
    """Raises NotFound."""
    if await connection.execute(_DELETE, tenant, id, owner) == "DELETE 0":
        raise NotFound("twin.map.unknown", id=id)
