-- When a section's day was counted last: figures say of what time they are.
alter table sanitation_coverage add column counted timestamptz;
