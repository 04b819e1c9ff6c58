"""The statements that read the state."""

COLUMNS = "id, type, types, dataset, scope, doc, version, created, renewed, modified, expires, due"

_THERE = "(expires is null or expires > now())"
ONE = f"select {COLUMNS} from entity where tenant = $1 and id = $2 and {_THERE}"
MANY = f"select {COLUMNS} from entity where tenant = $1 and id = any($2::text[]) and {_THERE}"

# $1 tenant, $2 types or null, $3 type and $4 id to begin after, $5 limit, $6 box or null, $7 dataset or null.
_BOXED = "and ($6::box is null or bbox && $6::box) and ($7::text is null or dataset = $7)"

BY_TYPE = f"""
select {COLUMNS} from entity
where tenant = $1 and ($2::text[] is null or type = any($2)) and (type, id) > ($3, $4) {_BOXED}
order by type, id limit $5
"""
# An entity of several types stands under its first one; the others find it among the few
# that the index `entity_several` holds.
BY_TYPES = f"""
select * from (
  (select {COLUMNS} from entity
   where tenant = $1 and type = any($2::text[]) and (type, id) > ($3, $4) {_BOXED} order by type, id limit $5)
  union all
  (select {COLUMNS} from entity
   where tenant = $1 and types is not null and types && $2 and type <> all($2) and (type, id) > ($3, $4) {_BOXED} order by type, id limit $5)
) as found order by type, id limit $5
"""
# The box first: `type || ''` keeps the planner from reading the whole type instead.
BY_BOX = f"""
select {COLUMNS} from entity
where tenant = $1 and bbox && $6::box and ($7::text is null or dataset = $7)
  and ($2::text[] is null or (type || '') = any($2) or types && $2) and (type || '', id) > ($3, $4)
order by type, id limit $5
"""
# Newest first; $4 the moment and $5 the id to begin after.
BY_TEXT = f"""
select {", ".join("e." + name for name in COLUMNS.split(", "))}, x.modified as found
from entity_text x join entity e on e.tenant = x.tenant and e.id = x.id
where x.tenant = $1 and x.words @@ $2::text::tsquery
  and ($4::timestamptz is null or (x.modified, x.id) < ($4, $5))
  and ($3::text[] is null or e.type = any($3) or e.types && $3) and ($7::box is null or e.bbox && $7::box)
  and ($8::text is null or e.dataset = $8)
order by x.modified desc, x.id desc limit $6
"""

LAYER_COUNT = """
select coalesce(sum(entities), 0)::bigint from layer
where tenant = $1 and ($2::text[] is null or type = any($2)) and ($3::text is null or dataset = $3)
"""
TYPES = "select type, sum(entities)::bigint as entities from layer where tenant = $1 group by type having sum(entities) > 0 order by type"
