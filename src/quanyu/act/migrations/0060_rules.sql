-- Rules that open events and cases. A definition is versioned data; where a rule stands with each subject is written with the
-- place of its reader in the feed, so that after any end it goes on where it stood.

create table act_rule (
    tenant text not null,
    name text not null,
    version integer not null,             -- the newest
    state text not null default 'off' check (state in ('on', 'off', 'broken')),
    reason jsonb,                         -- why it is broken: key and values of a message
    severity text not null,
    opens_cases boolean not null,
    type text not null,                   -- of its subjects, as the definition says it
    changed timestamptz not null,
    changed_by text not null,
    since timestamptz,                    -- switched on
    after bigint not null default 0,      -- changes up to this number of the feed were before that
    scanned text[],                       -- up to which type and id the entities of that moment were looked at; null: all
    revision bigint not null,             -- of the tenant's rules, when it last changed
    events bigint not null default 0,
    last_event timestamptz,
    primary key (tenant, name)
) with (fillfactor = 80);
create index act_rule_revision on act_rule (tenant, revision);
select quanyu_protect('act_rule');

create table act_rule_version (           -- never changed
    tenant text not null,
    name text not null,
    version integer not null,
    body jsonb not null,
    published timestamptz not null,
    publisher text not null,
    primary key (tenant, name, version)
);
select quanyu_protect('act_rule_version');

create table act_rule_state (             -- only where there is something to remember
    tenant text not null,
    rule text not null,
    subject text not null,                -- '' for a rule over n of m
    event text,                           -- that is open
    since timestamptz,                    -- the condition holds; of an open event: the recovery
    due timestamptz,                      -- look again then
    sides jsonb not null default '{}',    -- of its fences
    counted boolean,                      -- of a member of a group: whether it is one of the n
    primary key (tenant, rule, subject)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
create index act_rule_state_due on act_rule_state (tenant, due) where due is not null;
create index act_rule_state_event on act_rule_state (tenant, event) where event is not null;
select quanyu_protect('act_rule_state');

create table act_rule_event (
    tenant text not null,
    id text not null,
    rule text not null,
    version integer not null,
    key text not null,
    subject text not null,
    change bigint,                        -- that made it; null: time did, or it was so when the rule was switched on
    title text not null,
    severity text not null,
    lon double precision, lat double precision,
    facts jsonb not null,
    opened timestamptz not null,
    closed timestamptz,
    ending text check (ending in ('recovered', 'gone', 'off')),
    closing jsonb,                        -- the facts of its end
    case_id text,
    primary key (tenant, id)
) with (fillfactor = 80);
create unique index act_rule_event_open on act_rule_event (tenant, rule, key) where closed is null;
create unique index act_rule_event_once on act_rule_event (tenant, rule, key, change) where change is not null;
create index act_rule_event_newest on act_rule_event (tenant, opened desc, id desc);
create index act_rule_event_rule on act_rule_event (tenant, rule, opened desc, id desc);
create index act_rule_event_subject on act_rule_event (tenant, subject, opened desc, id desc);
create index act_rule_event_case on act_rule_event (tenant, case_id) where case_id is not null;
select quanyu_protect('act_rule_event');

create table act_rule_book (              -- a row per tenant with rules
    tenant text primary key,
    revision bigint not null default 0
) with (fillfactor = 10);
select quanyu_protect('act_rule_book');

create table act_rule_listener (
    tenant text primary key,
    alive timestamptz not null            -- until when somebody is known to have listened
) with (fillfactor = 10);
select quanyu_protect('act_rule_listener');

create table act_rule_gap (               -- when nobody listened, or the clock jumped: no silence of a sensor
    tenant text not null,
    begun timestamptz not null,
    ended timestamptz not null,
    primary key (tenant, begun)
);
select quanyu_protect('act_rule_gap');
