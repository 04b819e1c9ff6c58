-- Where an entity was at a moment: the newest change of its place before it, without looking through all other changes.
create index change_moved on change (tenant, entity, ts) where attrs ? 'location' and op in (1, 2);
