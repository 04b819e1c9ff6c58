CLEAR_REGIONS = "delete from region"

ANY_REGION = "select exists (select from region)"

ALL_REGIONS = "select code, name, effective_from, effective_to from region order by code, effective_from"

LIST_REGIONS = """
select code, name, effective_from, effective_to from region
where effective_from <= $1 and (effective_to is null or effective_to > $1)
  and ($2::text is null or parent is not distinct from nullif($2, ''))
  and ($3::text is null or starts_with(code, $3) or position($3 in name) > 0)
  and code > $4
order by code
limit $5
"""

REGION_NAMES = """
select distinct on (code) code, name from region where code = any($1)
order by code, effective_from desc
"""

VERSIONS = """
select name, version, effective_from, effective_to, body, changed_by, changed_at from standard
where kind = $1 and ($2::text is null or name = $2)
order by name, effective_from, version
"""

PUT = """
insert into standard (tenant, kind, name, version, effective_from, effective_to, body, changed_by, changed_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (tenant, kind, name, version) do nothing
returning name
"""

SAME = "select body from standard where kind = $1 and name = $2 and version = $3"
