-- 交接班: what a shift leaves to the next one. As it was given, it stays; who takes over adds their signature.
create table case_handover (
    tenant text not null,
    id text not null,
    begun timestamptz not null,
    ended timestamptz not null,
    given_by text not null,
    notes text not null,
    promises jsonb not null,              -- what was promised to whom, until when
    state jsonb not null,                 -- of the cases, when it was given
    signed_by text,
    signed_at timestamptz,
    remark text not null default '',
    primary key (tenant, id)
);
create unique index case_handover_unsigned on case_handover (tenant) where signed_at is null;
create index case_handover_newest on case_handover (tenant, ended desc, id desc);
select quanyu_protect('case_handover');
