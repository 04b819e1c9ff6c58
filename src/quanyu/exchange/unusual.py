"""Use that is not like the use before: told to the provider once a day, and evidence."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from quanyu.core.actor import Resource, system_actor
from quanyu.exchange import notices
from quanyu.identity import Outcome, append_evidence
from quanyu.store import Connection

KIND = "unusual"
FACTOR = 5
"""Times the busiest hour of the days before."""

LEAST_CALLS, LEAST_ROWS = 20, 10_000
"""In an hour; less is nobody's trouble."""

_HOUR, _BEFORE, _QUIET = timedelta(hours=1), timedelta(days=14), timedelta(days=1)


class Unusual(msgspec.Struct, frozen=True, kw_only=True):
    """Of the last hour; `usual_…` of the busiest hour in the two weeks before it."""

    contract: str
    dataset: str
    provider: str
    consumer: str
    calls: int
    rows: int
    usual_calls: int
    usual_rows: int


async def tell_unusual(connection: Connection, tenant: str, now: datetime) -> int:
    """How many contracts are used in an unusual way, and were not told of in the last day."""
    found = await _unusual(connection, now)
    for one in found:
        about = Resource("share", one.contract, tenant, one.provider)
        figures: dict[str, Any] = {
            "calls": one.calls, "rows": one.rows, "usual_calls": one.usual_calls, "usual_rows": one.usual_rows
        }  # fmt: skip
        detail = {"dataset": one.dataset, "consumer": one.consumer, **figures}
        await append_evidence(
            connection, system_actor(tenant, "sharing"), "share.unusual", about, Outcome.DONE, detail
        )
        await notices.tell(connection, tenant, one.provider, KIND, one.contract, one.dataset, now, consumer=one.consumer, **figures)  # fmt: skip
    return len(found)


async def _unusual(connection: Connection, now: datetime) -> Sequence[Unusual]:
    rows = await connection.fetch(
        """with recent as (
             select contract, count(*) as calls, sum(rows)::bigint as rows from share_call where at > $1::timestamptz - $2::interval
             group by contract having count(*) >= $5 or sum(rows) >= $6),
           hours as (
             select c.contract, count(*) as calls, sum(c.rows)::bigint as rows from share_call c join recent r using (contract)
             where c.at between $1::timestamptz - $3::interval and $1::timestamptz - $2::interval
             group by c.contract, date_trunc('hour', c.at)),
           usual as (select contract, max(calls) as calls, max(rows) as rows from hours group by contract)
           select k.id as contract, k.dataset, k.provider, k.consumer, r.calls, r.rows, u.calls as usual_calls, u.rows as usual_rows
           from recent r join usual u using (contract) join share_contract k on k.id = r.contract
           where ((r.calls >= $5 and r.calls > $4 * u.calls) or (r.rows >= $6 and r.rows > $4 * u.rows))
             and not exists (select 1 from share_notice n where n.kind = $7 and n.about = k.id and n.at > $1::timestamptz - $8::interval)
           order by k.id""",
        now, _HOUR, _BEFORE, FACTOR, LEAST_CALLS, LEAST_ROWS, KIND, _QUIET,
    )  # fmt: skip
    return [Unusual(**dict(row)) for row in rows]
