-- What of this node's own entries is gone is asked all the time, among those of every other node.
create index federation_entry_node on federation_entry (tenant, node) where not gone;
