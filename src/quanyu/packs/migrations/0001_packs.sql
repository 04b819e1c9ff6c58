-- Packs that a city has switched on, or had. Switching off keeps the row: what was running is running again afterwards.
create table pack_state (
  tenant text not null,
  pack text not null,
  enabled boolean not null,
  version text not null,
  settings jsonb not null default '{}',   -- parameters that differ from the pack's own
  rested jsonb not null default '{}',      -- what was running when it was switched off
  changed timestamptz not null,
  author text not null,
  primary key (tenant, pack)
);
select quanyu_protect('pack_state');
