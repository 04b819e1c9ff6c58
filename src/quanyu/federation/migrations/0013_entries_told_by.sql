-- Entries are asked for by the node that has told of them, too.
update federation_entry set words = words || array_to_tsvector(array['=told_by:' || told_by]);
