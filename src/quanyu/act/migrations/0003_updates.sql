-- What happened in a span of time, over all work: what other programs ask every few minutes.
create index workflow_step_at on workflow_step (tenant, at);
