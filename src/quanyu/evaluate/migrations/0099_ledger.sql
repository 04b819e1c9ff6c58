-- Hot spots are counted from the index alone: a case is wide, and a month has many.
create index case_record_spots on case_record (tenant, reported) include (id, class, lon, lat, closed)
    where lon is not null and coalesce(outcome, '') not in ('merged', 'void', 'rejected');
create index case_record_unplaced on case_record (tenant, reported)
    where lon is null and coalesce(outcome, '') not in ('merged', 'void', 'rejected');
-- What stays undone is little: each reason finds its own. (What is overdue: case_record_due.)
create index case_record_rejected on case_record (tenant, reported) where outcome = 'rejected';
create index case_record_unsolved on case_record (tenant, reported)
    where (callback->>'valid')::boolean and not (callback->>'solved')::boolean;
create index workflow_task_suspended on workflow_task (tenant, instance) where standing = 'suspended';
