"""Reads the log of changes: onward from a reader's place, and backward for what was before. The only SQL of `reader`."""

from collections.abc import Collection, Mapping
from typing import Any

from quanyu.core.entity import instances
from quanyu.store import Connection
from quanyu.twin.state import Op
from quanyu.twin.subscriptions.change import Change, change_of, is_removed
from quanyu.twin.subscriptions.removal import by_dataset

_COLUMNS = "seq, entity, type, types, ts, op, attrs, was"
_NEXT = f"select {_COLUMNS} from change where tenant = $1 and seq > $2 order by seq limit $3"
_BACK = f"""
select {_COLUMNS} from change where tenant = $1 and entity = $2 and ts <= $3 and seq < $4 and op <> 5
order by ts desc, seq desc limit $5
"""
_FAR_BACK = 500


async def place(connection: Connection, tenant: str, reader: str) -> int | None:
    """Up to which change the reader has come; nobody else goes on before our transaction ends. None: no such reader."""
    found: int | None = await connection.fetchval(
        "select seq from reader where tenant = $1 and name = $2 for update", tenant, reader
    )
    return found


async def advance(connection: Connection, tenant: str, reader: str, seq: int) -> None:
    await connection.execute(
        "update reader set seq = $3 where tenant = $1 and name = $2 and seq < $3", tenant, reader, seq
    )


async def skip_to_end(connection: Connection, tenant: str, reader: str) -> None:
    """For a reader whom nobody waits for."""
    await connection.execute(
        "update reader r set seq = f.n from feed f where r.tenant = $1 and r.name = $2 and f.tenant = $1 and r.seq < f.n",
        tenant, reader,
    )  # fmt: skip


async def following(connection: Connection, tenant: str, seq: int, limit: int) -> list[Change]:
    """In order; what only tells of the past (5.6.11) is among them."""
    return [change_of(row) for row in await connection.fetch(_NEXT, tenant, seq, limit)]


async def before(
    connection: Connection, tenant: str, change: Change, names: Collection[str]
) -> Mapping[str, Any]:
    """What these attributes were just before a change, as far as the log still knows."""
    missing = {name: _datasets(change, name) for name in names}
    found: dict[str, dict[str | None, Any]] = {}
    rows = await connection.fetch(_BACK, tenant, change.id, change.at, change.seq, _FAR_BACK)
    for earlier in map(change_of, rows):
        if earlier.op is Op.DELETE:
            break
        for name in [name for name in missing if name in earlier.attrs]:
            _take(found.setdefault(name, {}), missing, name, earlier)
        if earlier.op is Op.REPLACE or not missing:
            break
    made = {name: [one for one in several.values() if one] for name, several in found.items()}
    return {name: several if len(several) > 1 else several[0] for name, several in made.items() if several}


def _datasets(change: Change, name: str) -> set[str | None]:
    """The instances of it that a change is about."""
    return set(by_dataset(change.attrs.get(name) or change.was.get(name))) or {None}


def _take(
    found: dict[str | None, Any], missing: dict[str, set[str | None]], name: str, earlier: Change
) -> None:
    content = earlier.attrs[name]
    if content is None:
        del missing[name]
        return
    for one in instances(content):
        dataset = one.get("datasetId")
        if dataset in missing[name]:
            found[dataset] = None if is_removed(one) else one
            missing[name].discard(dataset)
    if not missing[name]:
        del missing[name]
