"""The statements of hot spots and of the ledger of unmet needs."""

# As the index of placed cases has it: that holds all that is asked of a case that has one, so that the case itself is not read.
_TOLD_OF = """r.reported >= $1::timestamptz - $6::integer * interval '1 day' and r.reported < $2::timestamptz
    and starts_with(r.class, $3::text) and coalesce(r.outcome, '') not in ('merged', 'void', 'rejected')"""

# What lies where too few do is left out before anything is sorted. `is true` keeps the question a hashed one: joined, a plan that is
# made for one spot takes seconds, and nobody knows beforehand how many there are.
# $1 from, $2 until, $3 beginning of the class, $4 metres, $5 least cases, $6 days, $7 limit. A degree of latitude has
# 111,320 m, one of longitude the cosine of the latitude of that; the whole degree nearest to a place stands for its own.
HOT_SPOTS = f"""
with seen as materialized (
  select r.id, r.class collate "C" as class, r.lon, r.lat, r.reported, r.closed, r.reported >= $1 as inside,
    floor(r.lon * cos(radians(round(r.lat))) * 111320 / $4::double precision)::integer as x,
    floor(r.lat * 111320 / $4::double precision)::integer as y, '' collate "C" as place
  from case_record r where r.lon is not null and {_TOLD_OF}
  union all
  select r.id, r.class, null, null, r.reported, r.closed, r.reported >= $1, 0, 0,
    coalesce('component ' || r.component, 'address ' || r.address)
  from case_record r where r.lon is null and {_TOLD_OF}
), placed as (
  select seen.*,
    coalesce(reported - lag(coalesce(closed, reported)) over (spot order by reported, id) <= $6::integer * interval '1 day', false) as again
  from seen where ((x, y, class, place) in (
    select x, y, class, place from seen where inside and place is not null group by 1, 2, 3, 4 having count(*) >= $5::integer
  )) is true window spot as (partition by x, y, class, place)
)
select class, count(*) as cases, count(*) filter (where again) as repeats, count(*) filter (where closed is null) as open,
  min(reported) as first, max(reported) as last, avg(lon) as lon, avg(lat) as lat,
  min(lon) as x1, min(lat) as y1, max(lon) as x2, max(lat) as y2,
  (array_agg(id order by reported desc, id desc))[1:20] as ids
from placed where inside group by x, y, class, place
order by repeats desc, cases desc, class, x, y, place limit $7::integer
"""

# $1 from, $2 until, $3 now, $4 reason or null. Each reason has few cases, which it finds by an index of its own; a case stands under the
# first of its reasons.
_CASE = "r.id, r.title, r.class, r.region, r.handled_by as organisation, r.instance"
_REPORTED = "r.reported >= $1::timestamptz and r.reported < $2::timestamptz"
_UNMET = f"""
select * from (
  select distinct on (id) * from (
    select {_CASE}, 1 as rank, 'not_accepted' as reason, r.closed as since, 'reject' as act, null as remark
    from case_record r where r.outcome = 'rejected' and {_REPORTED}
    union all
    select {_CASE}, 2, 'suspended', t.entered, 'suspend', null
    from workflow_task t join case_record r on r.tenant = t.tenant and r.instance = t.instance
    where t.standing = 'suspended' and r.closed is null and {_REPORTED}
    union all
    select {_CASE}, 3, 'unsolved', coalesce(r.closed, r.reported), null, r.callback->>'remark'
    from case_record r where (r.callback->>'valid')::boolean and not (r.callback->>'solved')::boolean and {_REPORTED}
    union all
    select {_CASE}, 4, 'overdue', r.due, null, null
    from case_record r where r.closed is null and r.due < $3::timestamptz and {_REPORTED}
  ) reasons order by id, rank, since
) firsts where $4::text is null or reason = $4
"""
UNMET = f"""
select n.*, coalesce(n.remark, (
    select s.body->>'reason' from workflow_step s
    where s.tenant = current_setting('quanyu.tenant') and s.instance = n.instance and s.act = n.act order by s.number desc limit 1
  )) as why
from ({_UNMET}) n where (since, id) < ($5::timestamptz, $6::text) order by since desc, id desc limit $7
"""
UNMET_GROUPS = f"""
select reason, class, organisation, count(*) as cases from ({_UNMET}) n group by 1, 2, 3 order by cases desc, 1, 2, 3 limit 500
"""
