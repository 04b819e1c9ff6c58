-- Entities of several types are few: one small index in the order of lists finds them, where the GIN index was passed
-- over by the planner as long as the table had no statistics.
drop index entity_types;
create index entity_several on entity (tenant, type, id) where types is not null;
