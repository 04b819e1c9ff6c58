"""The statements of `stretches`. Each sees the entities, what is counted and what is not yet at one moment."""

# The beginnings of stretches and those who are not counted yet, in one line, in the order of lists: the sum of all that stands
# before a beginning is its place. From the last one before the offset the rest is walked along the index.
# Who expired and was not swept yet is in no list.
# $1 tenant, $2 types, $3 how many stand before; of all datasets or, with {among} and {number}, of some ($4).
_BEFORE = """
with expired as materialized (
  select type, id from entity
  where tenant = $1 and type = any($2) and expires <= now() {among}
), line as (
  select type, low as id, false as one, sum(number) as number
  from (select type, low, {number} as number from stretch where tenant = $1 and type = any($2)
        union all
        select type, '', 0 from unnest($2::text[]) as t(type)) as beginnings
  group by type, low
  union all
  select type, id, true, sign(number)::integer from stretch_change, unnest(ids) as u(id)
  where tenant = $1 and type = any($2) {among}
  union all
  select type, id, true, -1 from expired
), placed as (
  select type, id, one, coalesce(sum(number) over before, 0) as place from line
  window before as (order by type, id, one rows between unbounded preceding and 1 preceding)
), nearest as (
  select type, id as low, $3::bigint - place as rest from placed
  where not one and place < $3 order by type desc, id desc limit 1
)
select n.type, e.id, (select sum(abs(number)) from stretch_change where tenant = $1) as uncounted
from nearest n, lateral (
  select id from entity
  where tenant = $1 and type = n.type and id >= n.low and id not in (select id from expired) {among}
  order by id offset n.rest - 1 limit 1
) e
"""
BEFORE = _BEFORE.format(number="number", among="")
_AMONG = "dataset = any($4::text[])"
BEFORE_AMONG = _BEFORE.format(number=f"case when {_AMONG} then number else 0 end", among=f"and {_AMONG}")
