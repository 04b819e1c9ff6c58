"""The statements of `find`: the places in braces are filled with text of ours, never with data."""

from quanyu.twin._read_sql import COLUMNS

_SEEN = "(expires is null or expires > now())"

BY_KEY = f"""
select {COLUMNS} from entity
where tenant = $1 and {_SEEN} and {{where}} and (type, id) > ({{type}}::text, {{id}}::text)
order by type, id limit {{limit}}::bigint
"""
# Of one type, a run of the index; what has the type as another than its first is found among the few of `entity_several`.
BY_TYPE = f"""
select * from (
  (select {COLUMNS} from entity
   where tenant = $1 and type = {{name}}::text and id > {{low}}::text and {_SEEN} and {{where}}
   order by id limit {{limit}}::bigint)
  union all
  (select {COLUMNS} from entity
   where tenant = $1 and types is not null and types && {{names}}::text[] and type <> all({{names}}::text[]) and {_SEEN}
     and {{where}} and (type, id) > ({{type}}::text, {{id}}::text) order by type, id limit {{limit}}::bigint)
) as found order by type, id limit {{limit}}::bigint
"""
BY_TYPES = f"""
select * from (
  (select {COLUMNS} from entity
   where tenant = $1 and type = any({{names}}::text[]) and {_SEEN} and {{where}}
     and (type, id) > ({{type}}::text, {{id}}::text) order by type, id limit {{limit}}::bigint)
  union all
  (select {COLUMNS} from entity
   where tenant = $1 and types is not null and types && {{names}}::text[] and type <> all({{names}}::text[]) and {_SEEN}
     and {{where}} and (type, id) > ({{type}}::text, {{id}}::text) order by type, id limit {{limit}}::bigint)
) as found order by type, id limit {{limit}}::bigint
"""
# `|| ''` keeps the planner from reading whole types instead of the box.
BY_BOX = f"""
select {COLUMNS} from entity
where tenant = $1 and {_SEEN} and {{where}} and (type || '', id) > ({{type}}::text, {{id}}::text)
order by type || '', id limit {{limit}}::bigint
"""
BY_ID = f"""
select {COLUMNS} from entity
where tenant = $1 and id = any($2::text[]) and {_SEEN} and ($3::text[] is null or dataset = any($3))
"""
COUNT = f"select count(*) from entity where tenant = $1 and {_SEEN} and {{where}}"
COUNT_SURE = f"""
select count(*) as candidates, count(*) filter (where due is null and ({{sure}})) as sure from entity
where tenant = $1 and {_SEEN} and {{where}}
"""
DECLARED = """
select d.id from unnest($1::text[]) as t(name), lateral twin_declared(t.name, $2, $3::jsonb, $4::jsonb, $5::integer) as d(id)
limit $5
"""
