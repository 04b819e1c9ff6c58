"""The statements of scores: they read cases, and keep policies and budgets."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from quanyu.evaluate.measures import Tally
from quanyu.store import Connection

# A case is judged where somebody handled it, in the period in which it was reported; merged, void and refused ones are not
# anybody's merit or fault. Solved needs the reporter's word; where nobody could be asked, the check on the spot before the
# case was closed; and that nobody reported it again within $6 days. For simulation $4 leaves answers out, by case, and
# $5 puts others in their place.
_JUDGED = """
select handled_by as organisation, r.id, coalesce(c.weight, 1) as weight,
  case when r.id = any($4::text[]) then null else coalesce($5::jsonb -> r.id, r.callback) end as callback,
  r.outcome = 'archived' as ended, r.late, r.reworks, r.sent_back, r.reopened, r.state,
  exists (
    select from case_record n where n.tenant = r.tenant and n.reopens = r.id
    and n.reported < coalesce(r.closed, n.reported) + $6::integer * interval '1 day'
    and coalesce(n.outcome, '') not in ('merged', 'void', 'rejected')
  ) as again
from case_record r left join case_class c on c.tenant = r.tenant and c.code = r.class
where r.tenant = $1 and r.reported >= $2 and r.reported < $3 and r.handled_by is not null
  and coalesce(r.outcome, '') not in ('merged', 'void', 'rejected')
"""

_TALLY = f"""
with judged as materialized ({_JUDGED}),
asked as (
  select *, coalesce((callback->>'valid')::boolean, false) as valid, (callback->>'solved')::boolean as said,
    callback->>'satisfaction' as rating, coalesce((callback->>'contacted')::boolean, false) as reached
  from judged
),
seen as (
  select *, not again and case when valid and said is not null then said else coalesce(ended, false) end as solved from asked
)
select organisation, count(*) as cases, sum(weight) as weight,
  coalesce(sum(weight) filter (where solved), 0) as solved_weight, count(*) filter (where solved) as solved,
  count(*) filter (where valid) as calls, count(*) filter (where valid and reached) as contacted,
  count(*) filter (where valid and said) as answered_solved, count(*) filter (where valid and rating is not null) as rated,
  count(*) filter (where valid and rating = 'satisfied') as satisfied,
  count(*) filter (where valid and rating = 'fairly') as fairly,
  count(*) filter (where ended or state in ('checking', 'closing', 'closed')) as handled,
  count(*) filter (where (ended or state in ('checking', 'closing', 'closed')) and not late) as on_time,
  coalesce(sum(reworks), 0) as reworks, coalesce(sum(sent_back), 0) as sent_back
from seen group by organisation order by organisation
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """Cases reported from `start` until before `end`. `without` answers, or with `changed` ones, by case."""

    tenant: str
    start: datetime
    end: datetime
    reopen_days: int
    without: Sequence[str] = ()
    changed: Mapping[str, Any] = field(default_factory=dict)

    @property
    def arguments(self) -> tuple[object, ...]:
        return self.tenant, self.start, self.end, list(self.without), dict(self.changed), self.reopen_days


async def tallies(connection: Connection, judging: Judging) -> list[Tally]:
    """Of every body that handled cases."""
    rows = await connection.fetch(_TALLY, *judging.arguments)
    return [Tally(**dict(row)) for row in rows]


async def judged(
    connection: Connection, judging: Judging, organisation: str, *, after: str, limit: int
) -> list[dict[str, Any]]:
    """The cases behind the figures of a body, by id."""
    rows = await connection.fetch(
        f"select * from ({_JUDGED}) as j where organisation = $7 and id > $8 order by id limit $9",
        *judging.arguments, organisation, after, limit,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def judged_among(connection: Connection, judging: Judging, ids: Collection[str]) -> set[str]:
    """Of these cases those that are behind the figures of some body."""
    rows = await connection.fetch(
        f"select id from ({_JUDGED}) as j where id = any($7)", *judging.arguments, list(ids)
    )
    return {row["id"] for row in rows}


async def policy(connection: Connection, on: date) -> Mapping[str, Any] | None:
    row = await connection.fetchrow(
        "select body from evaluate_policy where valid_from <= $1 order by valid_from desc, version desc limit 1",
        on,
    )
    return row["body"] if row else None


async def publish_policy(
    connection: Connection, tenant: str, body: Mapping[str, Any], *, valid_from: date, by: str, now: datetime
) -> int:
    version: int = await connection.fetchval(
        "insert into evaluate_policy (tenant, version, valid_from, body, published, publisher) "
        "select $1, 1 + coalesce(max(version), 0), $2, $3, $4, $5 from evaluate_policy where tenant = $1 returning version",
        tenant, valid_from, dict(body), now, by,
    )  # fmt: skip
    return version


async def put_budgets(connection: Connection, tenant: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows of organisation, year, system, amount, used, quality."""
    await connection.executemany(
        "insert into evaluate_budget (tenant, organisation, year, system, amount, used, quality) "
        "values ($1, $2, $3, $4, $5, $6, $7) on conflict (tenant, organisation, year, system) do update set "
        "amount = excluded.amount, used = excluded.used, quality = excluded.quality",
        [(tenant, *row) for row in rows],
    )


async def remove_budgets(connection: Connection, tenant: str, rows: Sequence[tuple[str, int, str]]) -> None:
    """Rows of organisation, year, system."""
    await connection.executemany(
        "delete from evaluate_budget where tenant = $1 and organisation = $2 and year = $3 and system = $4",
        [(tenant, *row) for row in rows],
    )


async def budgets(connection: Connection, year: int) -> list[dict[str, Any]]:
    rows = await connection.fetch(
        "select organisation, system, amount, used, quality from evaluate_budget where year = $1 "
        "order by organisation, system",
        year,
    )  # fmt: skip
    return [dict(row) for row in rows]
