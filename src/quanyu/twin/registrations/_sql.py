"""The SQL of registrations."""

from quanyu.twin.together import CHANNEL

STATE = """
insert into registration_state(tenant, alias) values ($1, $2)
on conflict (tenant) do update set version = registration_state.version
returning version, alias
"""

VERSION = "select coalesce(max(version), 0) from registration_state where tenant = $1"

CHANGE = f"""
insert into registration_state(tenant, alias, version) values ($1, $2, 1)
on conflict (tenant) do update set version = registration_state.version + 1
returning version, pg_notify('{CHANNEL}', $3)
"""

ALL = "select * from registration where tenant = $1 order by created, id"

SINCE = "select * from registration where tenant = $1 and version > $2"

IDS = "select id from registration where tenant = $1"

ONE = "select * from registration where tenant = $1 and id = $2"

INSERT = """
insert into registration(tenant, id, version, document, created, modified) values ($1, $2, $3, $4, $5, $5)
on conflict do nothing returning *
"""

UPDATE = """
update registration set document = $4, modified = $5, version = $3 where tenant = $1 and id = $2 returning *
"""

DELETE = "delete from registration where tenant = $1 and id = $2 returning id"

TALLY = """
update registration r set
  sent = r.sent + new.sent,
  failed = r.failed + new.failed,
  last_success = greatest(r.last_success, new.success),
  last_failure = greatest(r.last_failure, new.failure)
from unnest($2::text[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::timestamptz[])
  as new(id, sent, failed, success, failure)
where r.tenant = $1 and r.id = new.id
"""

ENTITY_BY_ID = """
select id from entity
where tenant = $1 and id = any($2::text[])
  and ($3::text[] is null or type = any($3) or types && $3)
  and ($4::text[] is null or doc ?| $4)
limit 1
"""

ENTITY_BY_TYPE = """
select id from entity
where tenant = $1 and (type = any($2::text[]) or types && $2)
  and ($3::text[] is null or doc ?| $3)
  and ($4::text is null or id ~ $4)
limit 1
"""

ENTITY_BY_PATTERN = """
select id from entity where tenant = $1 and ($2::text[] is null or doc ?| $2) and ($3::text is null or id ~ $3) limit 1
"""
