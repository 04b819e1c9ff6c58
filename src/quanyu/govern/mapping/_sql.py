REMEMBER = """
insert into mapping_memory (tenant, dataset, signature, body, decided_by, decided_at)
values ($1, $2, $3, $4, $5, $6)
on conflict (tenant, dataset) do update
set signature = excluded.signature, body = excluded.body, decided_by = excluded.decided_by, decided_at = excluded.decided_at
"""

OF_DATASET = "select body from mapping_memory where dataset = $1"

RECALL = """
select body from mapping_memory where signature = $2
order by dataset = $1 desc, decided_at desc limit 1
"""

USE_IN_DATASET = """
update dataset set mapping = $2, model = coalesce($3, model), kind = $4, key_columns = $5, modified = $6 where name = $1
"""
