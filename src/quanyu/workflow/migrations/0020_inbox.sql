-- An inbox is what is free for a post, of one body or of all, and what is one's own: each is a page of an index in order of
-- due time, however much lies in others' hands.
create index workflow_task_free on workflow_task (tenant, role, organisation, due, instance, position) where assignee is null;
create index workflow_task_desk on workflow_task (tenant, role, due, instance, position) where assignee is null;
drop index workflow_task_inbox;
