-- Terminals of vehicles that a source knows, and what people send down to them.
create table source_terminal (
  tenant text not null,
  source text not null,
  terminal text not null,
  plate text,                                -- of its registration
  first_seen timestamptz not null,
  seen timestamptz not null,
  primary key (tenant, source, terminal)
);
select quanyu_protect('source_terminal');

create table source_order (
  tenant text not null,
  source text not null,
  id bigint generated always as identity,
  terminal text not null,
  message int not null,
  body bytea not null,
  sequence int not null,                     -- upper half of the numbers, so that an answer tells its order
  author text not null,
  asked timestamptz not null,
  sent timestamptz,
  answered timestamptz,
  result int,                                -- 0 done, 1 failed, 2 wrong, 3 not supported
  primary key (tenant, source, id)
);
select quanyu_protect('source_order');
create index source_order_waiting on source_order (tenant, source, terminal) where sent is null;
grant usage on all sequences in schema public to quanyu_app;
