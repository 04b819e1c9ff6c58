-- Without a record there is nothing to judge.
alter table quality_score alter column score drop not null;
