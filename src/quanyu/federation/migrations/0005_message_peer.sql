-- The last message with a node, however long the log is.
create index federation_message_peer on federation_message (tenant, peer, at desc);
