"""What last went wrong with a pack that is on: kept until it is switched on anew, and shown with it."""

from datetime import datetime

import msgspec

from quanyu.packs import _sql
from quanyu.store import Connection


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """`reason`: late (no answer in time), memory (it wanted more than it may have), ended (its process did) or tables (the
    database refuses a migration). `where`: what it was asked, or what was refused."""

    reason: str
    where: str
    at: datetime


async def note(connection: Connection, tenant: str, pack: str, trouble: Trouble) -> None:
    await _sql.put_trouble(connection, tenant, pack, msgspec.to_builtins(trouble))


def trouble_of(row: object) -> Trouble | None:
    """Of a row of `pack_state`."""
    said = row["trouble"] if row else None  # type: ignore[index]
    return msgspec.convert(said, Trouble) if said else None
