"""What is settled of elements, as the entries that name them tell it on (一数一源)."""

from collections.abc import Collection
from datetime import datetime

import msgspec

from quanyu.exchange.elements import _copies_sql as _sql
from quanyu.exchange.elements.checks import standard_of
from quanyu.exchange.elements.copied import Settled
from quanyu.identity import organisation_names
from quanyu.store import Connection


async def settled(connection: Connection, codes: Collection[str], now: datetime) -> dict[str, Settled]:
    """By code; without those that have no source."""
    found = await _sql.settled(connection, codes)
    names = await organisation_names(connection, {one.lead for one in found})
    return {one.code: await _told(connection, one, names.get(one.lead, one.lead), now) for one in found}


async def _told(connection: Connection, one: Settled, lead: str, now: datetime) -> Settled:
    standard = await standard_of(connection, one.code, now)
    return msgspec.structs.replace(one, lead_name=lead, standard=standard.version if standard else None)
