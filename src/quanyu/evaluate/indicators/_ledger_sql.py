"""The statements of hot spots and of the ledger of unmet needs."""

# How many lie in a spot is counted by a window, not joined: nobody knows beforehand how many spots there are, and a plan that
# is made for one takes seconds.
# $1 from, $2 until, $3 beginning of the class, $4 metres, $5 least cases, $6 days, $7 limit. A degree of latitude has
# 111,320 m, one of longitude the cosine of the latitude of that; the whole degree nearest to a place stands for its own.
HOT_SPOTS = """
with seen as materialized (
  select r.id, r.class collate "C" as class, r.lon, r.lat, r.reported, r.closed, r.reported >= $1 as inside,
    coalesce(floor(r.lon * cos(radians(round(r.lat))) * 111320 / $4::double precision), 0) as x,
    coalesce(floor(r.lat * 111320 / $4::double precision), 0) as y,
    case when r.lon is null then coalesce('component ' || r.component, 'address ' || r.address) else '' end collate "C" as place
  from case_record r
  where r.reported >= $1::timestamptz - $6::integer * interval '1 day' and r.reported < $2::timestamptz
    and starts_with(r.class, $3::text) and coalesce(r.outcome, '') not in ('merged', 'void', 'rejected')
), placed as (
  select seen.*, count(*) filter (where inside) over spot as here,
    coalesce(reported - lag(coalesce(closed, reported)) over (spot order by reported, id) <= $6::integer * interval '1 day', false) as again
  from seen where place is not null window spot as (partition by class, x, y, place)
)
select class, count(*) as cases, count(*) filter (where again) as repeats, count(*) filter (where closed is null) as open,
  min(reported) as first, max(reported) as last, avg(lon) as lon, avg(lat) as lat,
  min(lon) as x1, min(lat) as y1, max(lon) as x2, max(lat) as y2,
  (array_agg(id order by reported desc, id desc))[1:20] as ids
from placed where inside and here >= $5::integer group by class, x, y, place
order by repeats desc, cases desc, class, x, y, place limit $7::integer
"""

# $1 from, $2 until, $3 now, $4 reason or null. A case stands under the first of its reasons.
_UNMET = """
select r.id, r.title, r.class, r.region, r.handled_by as organisation, u.reason, u.since, u.why
from case_record r cross join lateral (
  select 'not_accepted' as reason, r.closed as since, 1 as rank, (
    select s.body->>'reason' from workflow_step s where s.tenant = r.tenant and s.instance = r.instance and s.act = 'reject'
    order by s.number desc limit 1) as why
  where r.outcome = 'rejected'
  union all
  select 'suspended', t.entered, 2, (
    select s.body->>'reason' from workflow_step s where s.tenant = r.tenant and s.instance = r.instance and s.act = 'suspend'
    order by s.number desc limit 1)
  from workflow_task t where r.closed is null and t.tenant = r.tenant and t.instance = r.instance and t.standing = 'suspended'
  union all
  select 'unsolved', coalesce(r.closed, r.reported), 3, r.callback->>'remark'
  where (r.callback->>'valid')::boolean and not (r.callback->>'solved')::boolean
  union all
  select 'overdue', r.due, 4, null where r.closed is null and r.due < $3::timestamptz
  order by 3 limit 1
) u
where r.reported >= $1::timestamptz and r.reported < $2::timestamptz and ($4::text is null or u.reason = $4)
"""
UNMET = f"""
select * from ({_UNMET}) n where (since, id) < ($5::timestamptz, $6::text) order by since desc, id desc limit $7
"""
UNMET_GROUPS = f"""
select reason, class, organisation, count(*) as cases from ({_UNMET}) n group by 1, 2, 3 order by cases desc, 1, 2, 3 limit 500
"""
