"""The statements of the temporal evolution: reading the log and what lies over it, recording, correcting."""

from dataclasses import dataclass

# $1 tenant, $2 entities, $3 attributes or null, $4 after, $5 before, $6 most rows of one entity.
_COLUMNS = "c.entity, c.seq, c.ts, c.op, c.attrs, c.was"
_BRANCH = f"""
(select {_COLUMNS} from change c
 where c.tenant = $1 and c.entity = e.id and ($3::text[] is null or c.attrs ?| $3 or c.was ?| $3) and {{which}}
 order by c.{{by}} {{order}} limit {{limit}})
"""
_LATER = 1000


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which ends of the interval are given; what is not given stands in the statement as a null, so that it is typed."""

    after: bool
    before: bool

    def within(self, column: str) -> str:
        after = f"c.{column} >= $4" if self.after else "$4::timestamptz is null"
        before = f"c.{column} < $5" if self.before else "$5::timestamptz is null"
        return f"{after} and {before}"


def by_observation(bounds: Bounds, order: str) -> str:
    """What was observed in an interval, and the scopes, whose moment is that of receipt (4.5.6).

    `observed` is that of every instance of a row recorded alone (Op.RECORD), otherwise of the newest one in it: so a
    row observed later than asked may hold an older instance, and the next ones of them are looked at as well.
    """
    branches = [
        _branch(f"c.observed is not null and {bounds.within('observed')}", "observed", order),
        _branch(f"c.observed is null and c.attrs ? 'scope' and {bounds.within('ts')}", "ts", order),
    ]
    if bounds.before:
        branches.append(_branch("c.observed >= $5 and c.op <> 5", "observed", "asc", str(_LATER)))
    return _over(branches)


def by_receipt(bounds: Bounds, order: str) -> str:
    """What the log got to know in an interval."""
    return _over([_branch(bounds.within("ts"), "ts", order)])


def by_either(bounds: Bounds, order: str) -> str:
    """By when it was observed, else by when it was received."""
    return _over([
        _branch(f"c.observed is not null and {bounds.within('observed')}", "observed", order),
        _branch(f"c.observed is null and {bounds.within('ts')}", "ts", order),
    ])  # fmt: skip


def _branch(which: str, by: str, order: str, limit: str = "$6") -> str:
    return _BRANCH.format(which=which, by=by, order=order, limit=limit)


def _over(branches: list[str]) -> str:
    return f"select c.* from unnest($2::text[]) e(id), lateral ({' union all '.join(branches)}) c"


ANY_ROW = """
select exists (select from change where tenant = $1 and entity = $2 and seq > $3)
"""
CORRECTIONS = """
select entity, attribute, instance, dataset, upto, content, ts from correction
where tenant = $1 and entity = any($2::text[]) order by entity, made
"""
CORRECT = """
insert into correction (tenant, entity, attribute, instance, dataset, upto, content, actor, ts)
values ($1, $2, $3, $4, $5, $6, $7, nullif($8, ''), $9)
"""
LAST = "select coalesce((select n from feed where tenant = $1), 0)"

# $1 tenant, $2 now, $3 actor; one change per moment.
RECORD = """
with n as (
  insert into feed as f (tenant, n) values ($1, cardinality($5::timestamptz[]))
  on conflict (tenant) do update set n = f.n + excluded.n returning f.n - cardinality($5::timestamptz[]) as base
)
insert into change (tenant, seq, entity, type, types, ts, observed, op, actor, attrs)
select $1, n.base + i.o, $4, $7, $8, $2, i.observed, 5, nullif($3, ''), i.attrs
from n, unnest($5::timestamptz[], $6::jsonb[]) with ordinality i(observed, attrs, o)
"""
REMEMBER = """
insert into past_entity as p (tenant, id, type, types, scope, created, modified)
select $1, $2, $3, $4, $5, $6, $6
where not exists (select from entity where tenant = $1 and id = $2)
on conflict (tenant, id) do update set type = excluded.type, types = excluded.types,
  scope = coalesce(excluded.scope, p.scope), modified = excluded.modified
"""
FORGET = "delete from past_entity where tenant = $1 and id = $2"

_PAST = """
select id, type, types, dataset, scope, created, modified, deleted, null::jsonb as doc from past_entity p
where p.tenant = $1 and {which} and not exists (select from entity e where e.tenant = $1 and e.id = p.id)
"""
_PRESENT = """
select id, type, types, dataset, scope, created, modified, null::timestamptz as deleted, doc from entity e
where e.tenant = $1 and {which}
"""
KNOWN = f"""
{_PRESENT.format(which="e.id = $2")} union all {_PAST.format(which="p.id = $2")}
"""
# $2 ids or null, $3 types or null, $4 the id to begin after, $5 datasets or null, $6 how many, $7 whether
# deleted ones are wanted.
_WANTED = """
($2::text[] is null or id = any($2)) and ($3::text[] is null or type = any($3) or types && $3)
and id {beyond} $4 and ($5::text[] is null or dataset = any($5))
"""
_STILL_THERE = "and ($7::boolean or deleted is null)"
CANDIDATES = """
select * from (
  ({present} order by id {order} limit $6) union all ({past} order by id {order} limit $6)
) as known order by id {order} limit $6
"""
CANDIDATES_UP = CANDIDATES.format(
    present=_PRESENT.format(which=_WANTED.format(beyond=">")),
    past=_PAST.format(which=_WANTED.format(beyond=">") + _STILL_THERE), order="asc",
)  # fmt: skip
CANDIDATES_DOWN = CANDIDATES.format(
    present=_PRESENT.format(which=_WANTED.format(beyond="<")),
    past=_PAST.format(which=_WANTED.format(beyond="<") + _STILL_THERE), order="desc",
)  # fmt: skip

# $2 the moment before which nothing is wanted.
SEALED_DAYS = """
select day from sealed_day where tenant = $1 and ($2::timestamptz is null or newest is null or newest >= $2) order by day
"""
NEWEST_SEALED = "select max(coalesce(newest, 'infinity')) from sealed_day where tenant = $1"
