-- The evolution of one entity in the order of what was observed: its newest instances are found without reading all.
create index change_observed on change (tenant, entity, observed) where observed is not null;

alter table sealed_day add column newest timestamptz;  -- the latest moment that it tells of: observed, else received
