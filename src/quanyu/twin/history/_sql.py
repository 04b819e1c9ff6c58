"""The statements of the temporal evolution: reading the log and what lies over it, recording, correcting."""

# $1 tenant, $2 entities, $3 attributes or null, $4 after, $5 before, $6 most rows.
ROWS = """
select entity, seq, ts, op, attrs, was from change
where tenant = $1 and entity = any($2::text[])
  and ($3::text[] is null or attrs ?| $3 or was ?| $3)
  and ($4::timestamptz is null or {after}) and ($5::timestamptz is null or {before})
order by coalesce(observed, ts) {order}, seq {order} limit $6
"""
# `observed` is the newest of a row, and that of every instance where the row was recorded alone (Op.RECORD).
AFTER = {
    "observed": "(observed > $4 or attrs ? 'scope')",
    "ts": "ts > $4",
    "": "coalesce(observed, ts) >= $4",
}
BEFORE = {
    "observed": "(observed < $5 or op <> 5 and observed is not null or attrs ? 'scope')",
    "ts": "ts < $5",
    "": "coalesce(observed, ts) < $5",
}

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
# $2 ids or null, $3 types or null, $4 the id to begin after, $5 datasets or null, $6 how many.
_WANTED = """
($2::text[] is null or id = any($2)) and ($3::text[] is null or type = any($3) or types && $3)
and id {beyond} $4 and ($5::text[] is null or dataset = any($5))
"""
CANDIDATES = """
select * from (
  ({present} order by id {order} limit $6) union all ({past} order by id {order} limit $6)
) as known order by id {order} limit $6
"""
CANDIDATES_UP = CANDIDATES.format(
    present=_PRESENT.format(which=_WANTED.format(beyond=">")),
    past=_PAST.format(which=_WANTED.format(beyond=">")), order="asc",
)  # fmt: skip
CANDIDATES_DOWN = CANDIDATES.format(
    present=_PRESENT.format(which=_WANTED.format(beyond="<")),
    past=_PAST.format(which=_WANTED.format(beyond="<")), order="desc",
)  # fmt: skip

SEALED_DAYS = "select day from sealed_day where tenant = $1 order by day"
