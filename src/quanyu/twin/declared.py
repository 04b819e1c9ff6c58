"""Attributes that the city declares to be searched for: each has an index of its own, and costs every write a share.

The index holds plain values of single instances; what else an attribute may be (several instances, lists, texts of
languages) is listed in a second, small one. `twin_declared` (migration 37) reads both, in the same words.
"""

from collections.abc import Collection
from hashlib import sha256

from quanyu.store import Connection

_PREFIX = "entity_declared_"

_PRESENT = "select relname from pg_class where relkind = 'i' and relname like 'entity\\_declared\\_%'"
_VALUES = """
select format('create index concurrently %I on entity (tenant, type, (doc->%L->''value''))', $1::text, $2::text)
"""
_OTHERS = """
select format('create index concurrently %I on entity (tenant, type, id) '
              'where doc ? %L and coalesce(jsonb_typeof(doc->%L->''value''), ''array'') = any (array[''array'', ''object''])',
              $1::text, $2::text, $2::text)
"""


async def declare(connection: Connection, names: Collection[str]) -> None:
    """Makes the indexes of these stored names that are missing, and drops those of others. As the owner, outside any
    transaction; others may write meanwhile.
    """
    present = {row["relname"] for row in await connection.fetch(_PRESENT)}
    wanted = {_index(name, kind): (name, kind) for name in names for kind in ("values", "others")}
    for index in sorted(present - wanted.keys()):
        await connection.execute(f'drop index concurrently "{index}"')
    for index, (name, kind) in wanted.items():
        if index not in present:
            statement = await connection.fetchval(_VALUES if kind == "values" else _OTHERS, index, name)
            await connection.execute(statement, timeout=3600)
    if wanted.keys() - present:
        await connection.execute("analyze entity")


def _index(name: str, kind: str) -> str:
    return f"{_PREFIX}{sha256(name.encode()).hexdigest()[:12]}_{kind}"
