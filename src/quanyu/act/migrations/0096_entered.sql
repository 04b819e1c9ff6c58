-- When the case entered the state that a list shows: its light is green for 80 % of the time from then to its due time.
alter table case_record add column entered timestamptz;
update case_record c set entered = shown.entered
from (
  select distinct on (tenant, instance) tenant, instance, entered from workflow_task order by tenant, instance, due
) shown
where shown.tenant = c.tenant and shown.instance = c.instance;
