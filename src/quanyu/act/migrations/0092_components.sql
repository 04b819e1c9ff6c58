-- When a component was last repaired.
create index case_record_component_closed on case_record (tenant, component, closed)
  where component is not null and closed is not null;
