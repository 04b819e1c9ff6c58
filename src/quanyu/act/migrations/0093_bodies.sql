-- The other bodies with a part in a joint plan (高效处置一件事), as long as it runs; null for a case that lies with one.
alter table case_record add column bodies text[];
create index case_record_bodies on case_record using gin (bodies) where bodies is not null;
update case_record c set bodies = parts.bodies
from (
  select i.tenant, i.id, array_agg(distinct part.body order by part.body) as bodies
  from workflow_instance i cross join jsonb_array_elements(i.body->'positions') p
  cross join lateral (select coalesce(case when p->>'standing' = 'arrived' then p->>'came_from' end, p->>'organisation') as body) part
  where i.closed is null and p->>'fork' is not null and part.body is not null group by 1, 2
) parts
where parts.tenant = c.tenant and parts.id = c.instance;
