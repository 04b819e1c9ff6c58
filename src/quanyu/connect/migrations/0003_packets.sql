-- What each MQTT packet identifier of a source's session last carried. It outlives the message, which may be imported
-- before the broker, whose connection broke before our acknowledgement, sends it once more.
alter table source_message drop column packet;

create table source_packet (
  tenant text not null,
  source text not null,
  packet int not null,
  digest bytea not null,                    -- of topic and payload
  primary key (tenant, source, packet)
);
select quanyu_protect('source_packet');
