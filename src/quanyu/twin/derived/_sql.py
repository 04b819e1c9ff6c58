"""The SQL of derived_subscription and derived_state."""

STATE = "select registrations, subscriptions, address from derived_state where tenant = $1 for update"
BEGIN = "insert into derived_state (tenant) values ($1) on conflict do nothing"
DONE = "update derived_state set registrations = $2, subscriptions = $3, address = $4 where tenant = $1"
NEXT = """
update derived_state set due = (
  select min(least(greatest(due, busy), case when wanted is not null then ends end))
  from derived_subscription where tenant = $1
) where tenant = $1
"""
LOOK = """
select n.tenant, n.revision, s.subscriptions, s.registrations, s.address, coalesce(s.due <= $1, false) as due
from notified_tenant n left join derived_state s using (tenant)
"""
SUBSCRIPTIONS = """
select id from subscription s where tenant = $1 and revision > $2
"""
ABOUT = """
select id from subscription where tenant = $1 and coalesce(body->>'localOnly', 'false') <> 'true' and (
  $2::text[] is null or body->'entities' is null or exists (
    select from jsonb_array_elements(body->'entities') e
    where e->>'type' = '*' or exists (select from unnest($2::text[]) t where position(t in e->>'type') > 0)))
"""
"""$2: the types that a registration names; a subscription that names none of them is not about it."""
OF = "select * from subscription where tenant = $1 and id = any($2::text[])"

WANTED = """
select * from derived_subscription where tenant = $1 and wanted is not null
  and (subscription = any($2::text[]) or registration = any($3::text[]))
"""
INSERT = """
insert into derived_subscription (tenant, token, subscription, registration, source, via, wanted, ends, due, made)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
"""
CHANGE = """
update derived_subscription set source = $3, via = $4, wanted = $5::jsonb, ends = $6,
  due = case when held is not distinct from $5::jsonb then due else $7 end,
  tries = case when held is not distinct from $5::jsonb then tries else least(tries, 1) end
where tenant = $1 and token = $2
"""
ANEW = "update derived_subscription set held = held - 'notification' where tenant = $1 and wanted is not null"
_UNWANTED = "update derived_subscription d set wanted = null, ends = null, unwanted = $2, due = $2, tries = least(tries, 1)"
END = f"{_UNWANTED} where tenant = $1 and token = any($3::text[])"
END_OVER = f"""
{_UNWANTED} where tenant = $1 and wanted is not null and (ends <= $2
  or not exists (select from subscription s where s.tenant = $1 and s.id = d.subscription)
  or not exists (select from registration r where r.tenant = $1 and r.id = d.registration))
"""
TAKE = """
update derived_subscription set busy = $3 where tenant = $1 and token in (
  select token from derived_subscription where tenant = $1 and due <= $2 and (busy is null or busy <= $2)
  order by due limit $4 for update skip locked)
returning new.*, old.busy is not null as left_over
"""
HELD = """
update derived_subscription set held = $3::jsonb, remote = $4, busy = null, tries = 0, fault = null,
  due = case when wanted is not distinct from $3::jsonb then $5 else $6::timestamptz end
where tenant = $1 and token = $2
"""
FAILED = """
update derived_subscription set busy = null, tries = tries + 1, fault = $3,
  due = case when wanted is not distinct from $4::jsonb then $5 else $6::timestamptz end
where tenant = $1 and token = $2
"""
LOST = """
update derived_subscription set held = null, remote = null, busy = null, due = $3 where tenant = $1 and token = $2
"""
GONE = "delete from derived_subscription where tenant = $1 and token = $2 and wanted is null"
ONE = "select * from derived_subscription where tenant = $1 and token = $2 and wanted is not null"
SHOWN = """
select subscription, registration, source->>'endpoint' as endpoint, held is not null as held, wanted is null as ending,
       tries, fault, due
from derived_subscription where tenant = $1 and subscription = any($2::text[]) order by subscription, registration, made
"""
