"""What another source tells of a subscription of ours, passed on to the subscriber (ETSI GS CIM 009, 5.8.6).

It waits, is throttled and delivered as everything else that the subscriber hears.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from quanyu.store import Connection
from quanyu.twin.model import Stored
from quanyu.twin.subscriptions import _sql, log, queue
from quanyu.twin.subscriptions.model import Kept
from quanyu.twin.subscriptions.telling import Teller
from quanyu.twin.subscriptions.throttling import paced


async def relay(
    connection: Connection,
    teller: Teller,
    kept: Kept,
    entities: Sequence[Stored],
    *,
    deleted: Mapping[str, str],
    now: datetime,
) -> None:
    """Kept from the commit on. The notifier reads nothing meanwhile, so that numbers of messages are in the order of
    commits and no lane passes one by.
    """
    tenant, id = kept.tenant, kept.subscription.id
    await log.place(connection, tenant, _sql.READER)
    messages = await teller.whole(connection, kept, entities, now=now, deleted=deleted)
    ready = await paced(connection, tenant, messages, {id: kept}, now=now)
    if await queue.put(connection, tenant, ready):
        await connection.execute("select pg_notify($1, $2)", _sql.CHANNEL, f"{tenant}{_sql.BETWEEN}{id}")
