"""The statements of `counting`: each takes what is written down by now and counts it in at once."""

UNCOUNTED = "select tenant from twin_uncounted($1, $2) as u(tenant) order by tenant"

SHAPES = """
with folded as (delete from shape_change where tenant = $1 returning *)
insert into shape as s (tenant, dataset, types, name, kind, number)
select tenant, dataset, types, name, kind, sum(number) from folded group by 1, 2, 3, 4, 5
order by 1, 2, 3, 4, 5
on conflict (tenant, dataset, types, name, kind) do update set number = s.number + excluded.number
"""

# What came and went is counted into its stretch. One that has grown beyond $2 is divided into such of $3, one without entities goes.
STRETCHES = """
with folded as (
  delete from stretch_change where tenant = $1 returning type, dataset, sign(number)::integer as number, ids
), line as (
  select type, id, null as low, dataset, number from folded, unnest(ids) as u(id)
  union all
  select distinct type, low, low, '', 0 from stretch where tenant = $1 and type in (select type from folded)
), placed as (
  select type, coalesce(max(low) over (partition by type order by id, low nulls last), '') as low, dataset, number,
         low is null as one
  from line
), changed as (
  select type, low, dataset, sum(number) as number from placed where one group by 1, 2, 3
), counted as (
  select type, low, dataset, sum(number) as number
  from (select * from changed
        union all
        select type, low, dataset, number from stretch
        where tenant = $1 and (type, low) in (select type, low from changed)) as both_
  group by 1, 2, 3
), large as (
  select type, low, (select coalesce(min(s.low), chr(1114111)) from stretch s
                     where s.tenant = $1 and s.type = c.type and s.low > c.low) as high
  from counted c group by 1, 2 having sum(number) > $2
), parts as (
  select l.type, case p.part when 0 then l.low else min(p.first) over (partition by l.type, l.low, p.part) end as low,
         p.dataset, p.number
  from large l, lateral (
    select part, dataset, min(id) as first, count(*) as number
    from (select id, dataset, (row_number() over (order by id) - 1) / $3::bigint as part from entity
          where tenant = $1 and type = l.type and id >= l.low and id < l.high) as numbered
    group by part, dataset) p
), wanted as (
  select type, low, dataset, number from counted where number > 0 and (type, low) not in (select type, low from large)
  union all
  select type, low, dataset, number from parts
), empty as (
  delete from stretch s using counted c
  where s.tenant = $1 and (s.type, s.low, s.dataset) = (c.type, c.low, c.dataset)
    and (c.type, c.low, c.dataset) not in (select type, low, dataset from wanted)
)
insert into stretch (tenant, type, low, dataset, number) select $1, type, low, dataset, number from wanted
on conflict (tenant, type, low, dataset) do update set number = excluded.number
"""
