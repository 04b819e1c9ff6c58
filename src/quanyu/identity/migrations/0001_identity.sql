-- Tenants: one region node each. Belongs to the node itself, so it has no row security.
create table tenant (
  id text primary key,
  name text not null,
  region text,
  created timestamptz not null default now()
);
select quanyu_open('tenant');

create table organisation (
  tenant text not null,
  id text not null,
  parent text,
  name text not null,
  name_en text,
  region text,
  credit_code text,
  created timestamptz not null default now(),
  primary key (tenant, id),
  foreign key (tenant, parent) references organisation (tenant, id),
  check (parent is distinct from id)
);
create index organisation_parent on organisation (tenant, parent);
select quanyu_protect('organisation');

-- The password is an argon2id hash; the second factor's secret is encrypted with a key outside the database.
create table account (
  tenant text not null,
  id text not null,
  login text not null,
  name text not null,
  organisation text,
  language text not null default 'zh-CN',
  state text not null check (state in ('active', 'disabled', 'must_change')),
  password text,
  totp_secret bytea,
  totp_confirmed boolean not null default false,
  totp_step bigint not null default 0,
  issuer text,
  subject text,
  created timestamptz not null default now(),
  changed timestamptz not null default now(),
  primary key (tenant, id),
  foreign key (tenant, organisation) references organisation (tenant, id)
);
create unique index account_login on account (tenant, lower(login));
create unique index account_subject on account (tenant, issuer, subject) where subject is not null;
select quanyu_protect('account');

create table account_role (
  tenant text not null,
  account text not null,
  role text not null,
  granted_by text not null,
  granted_at timestamptz not null default now(),
  primary key (tenant, account, role),
  foreign key (tenant, account) references account (tenant, id) on delete cascade
);
-- 三员: no account holds two of the three administrators, whatever the programs above believe.
create unique index account_role_one_of_three on account_role (tenant, account)
  where role in ('system_admin', 'security_admin', 'audit_admin');
create index account_role_holders on account_role (tenant, role);
select quanyu_protect('account_role');

create table recovery_code (
  tenant text not null,
  account text not null,
  hash bytea not null,
  primary key (tenant, account, hash),
  foreign key (tenant, account) references account (tenant, id) on delete cascade
);
select quanyu_protect('recovery_code');

-- Counted for every name that is tried, known or not, so that a delay tells nothing about who exists.
create table login_attempt (
  tenant text not null,
  login bytea not null,
  failed int not null,
  retry_at timestamptz not null,
  changed timestamptz not null,
  primary key (tenant, login)
);
create index login_attempt_age on login_attempt (tenant, changed);
select quanyu_protect('login_attempt');

create table session (
  tenant text not null,
  hash bytea not null,
  account text not null,
  created timestamptz not null,
  seen timestamptz not null,
  primary key (tenant, hash),
  foreign key (tenant, account) references account (tenant, id) on delete cascade
);
create index session_account on session (tenant, account);
select quanyu_protect('session');

-- A token without account is the local operator's, made anew at each start of the node.
create table api_token (
  tenant text not null,
  id text not null,
  account text,
  name text not null,
  hash bytea not null,
  scopes text[],
  created timestamptz not null,
  expires timestamptz not null,
  used timestamptz,
  primary key (tenant, id),
  foreign key (tenant, account) references account (tenant, id) on delete cascade,
  check (account is not null or id = 'operator')
);
create unique index api_token_hash on api_token (tenant, hash);
create index api_token_account on api_token (tenant, account, id);
select quanyu_protect('api_token');

create table oidc_flow (
  tenant text not null,
  state bytea not null,
  nonce text not null,
  verifier text not null,
  return_to text not null,
  created timestamptz not null,
  primary key (tenant, state)
);
select quanyu_protect('oidc_flow');
