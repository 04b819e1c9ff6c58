-- What a source brought and the import refused is kept aside until a person releases or discards it; messages that
-- wait are counted, so that they stay within a limit; the link of a stream fails and recovers apart from its runs.
alter table source
  alter column fault type jsonb using case when fault is null then null
    else jsonb_build_object('key', 'connect.source.unexpected', 'values', jsonb_build_object('reason', fault)) end,
  add column waiting int not null default 0,
  add column waiting_bytes bigint not null default 0,
  add column linked timestamptz,            -- since when the stream is connected; null: it is not
  add column link_failures int not null default 0,
  add column link_fault jsonb,
  add column link_fault_at timestamptz;

update source s set (waiting, waiting_bytes) =
  (select count(*), coalesce(sum(octet_length(payload)), 0) from source_message m where m.tenant=s.tenant and m.source=s.name);

alter table source_message add column packet int;  -- MQTT packet identifier: tells a repetition from a like message

create table source_refusal (
  tenant text not null,
  source text not null,
  id text not null,                         -- of the delivery; the same content is the same refusal
  refused timestamptz not null,
  fault jsonb not null,
  bytes bigint not null,
  released boolean not null default false,  -- a person wants it delivered again
  primary key (tenant, source, id)
);
select quanyu_protect('source_refusal');
