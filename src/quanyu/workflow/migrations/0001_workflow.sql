-- Work on its way. An instance is one row that is read, moved and written as a whole; what is asked across instances
-- (whose move is it, which clock rings next) stands beside it and is written in the same statement.

create table workflow_definition (
    tenant text not null,
    name text not null,
    version integer not null,
    body jsonb not null,
    published timestamptz not null,
    publisher text not null,
    primary key (tenant, name, version)
);
select quanyu_protect('workflow_definition');

create table workflow_calendar (           -- every change is a version; the newest counts
    tenant text not null,
    name text not null,
    version integer not null,
    body jsonb not null,
    published timestamptz not null,
    publisher text not null,
    primary key (tenant, name, version)
);
select quanyu_protect('workflow_calendar');

create table workflow_instance (
    tenant text not null,
    id text not null,
    definition text not null,
    version integer not null,
    subject text not null,
    body jsonb not null,
    opened timestamptz not null,
    closed timestamptz,
    outcome text,
    next_bell timestamptz,                 -- when an escalation or the due time is to be told
    parent text,
    opening text,                          -- the key under which it was opened: the same again opens nothing
    primary key (tenant, id)
) with (fillfactor = 70);
create unique index workflow_instance_opening on workflow_instance (tenant, opening) where opening is not null;
create index workflow_instance_bell on workflow_instance (tenant, next_bell) where next_bell is not null;
create index workflow_instance_subject on workflow_instance (tenant, subject);
create index workflow_instance_parent on workflow_instance (tenant, parent) where parent is not null;
select quanyu_protect('workflow_instance');

create table workflow_step (               -- the timeline; nothing in it is ever changed
    tenant text not null,
    instance text not null,
    number integer not null,
    at timestamptz not null,
    actor text not null,
    act text not null,
    key text,                              -- of the act that made it: the same again does nothing
    body jsonb not null,
    primary key (tenant, instance, number)
);
create unique index workflow_step_key on workflow_step (tenant, instance, key) where key is not null;
select quanyu_protect('workflow_step');

create table workflow_task (               -- open positions only, for inboxes
    tenant text not null,
    instance text not null,
    position integer not null,
    definition text not null,
    subject text not null,
    state text not null,
    role text not null,                    -- '' where a called workflow has the next move
    organisation text not null default '', -- '' for everybody with the role
    assignee text,
    standing text not null,
    entered timestamptz not null,
    due timestamptz not null default 'infinity',
    primary key (tenant, instance, position)
) with (fillfactor = 70);
create index workflow_task_inbox on workflow_task (tenant, role, organisation, due, instance, position);
create index workflow_task_own on workflow_task (tenant, assignee, due, instance, position) where assignee is not null;
select quanyu_protect('workflow_task');
