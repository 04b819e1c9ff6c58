"""Ten thousand of each, put into the database of a running node: as if the city had grown."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from quanyu.store import Connection

MANY = 10_000
RULE = "rule-00001"
"""That has 10,000 events."""

_NUMBERED = "lpad(n::text, 5, '0')"
_SERIES = f"from generate_series(1, {MANY}) n"
_DATASET = (
    "tenant, name, title, owner, region, kind, model, key_columns, mapping, options, columns, update_cycle, gate, raw_policy, version, "
    "records, quarantined, score, created, modified"
)
_PEOPLE = (
    f"insert into organisation (tenant, id, name) select 'local', 'body-' || {_NUMBERED}, '第' || {_NUMBERED} || '号单位' {_SERIES}",
    f"insert into account (tenant, id, login, name, state) select 'local', 'person-' || n, 'person-' || {_NUMBERED}, '第' || {_NUMBERED} || '位', 'active' {_SERIES}",
)
_WORK = (
    f"insert into job (tenant, kind, body, state, fault, finished) select 'local', 'govern.import', '{{}}', 'dead', '第' || {_NUMBERED} || '次没有办成', now() {_SERIES}",
    f"""insert into evidence_pending (tenant, actor, actor_name, action, kind, resource, outcome, reason, detail)
        select 'local', 'many', '第' || {_NUMBERED} || '位', 'dataset.read', 'dataset', 'parks', 'allowed', '', '{{}}' {_SERIES}""",
)
_DATA = (
    f"""insert into dataset_import select made.* from dataset_import one, generate_series(1, {MANY}) n, jsonb_populate_record(one, jsonb_build_object(
        'id', one.id || {_NUMBERED}, 'fingerprint', one.fingerprint || n, 'arrived', one.arrived - n * interval '1 minute')) made where one.dataset = 'parks'""",
    f"""insert into dataset ({_DATASET}) select {_DATASET} from (select made.* from dataset one, generate_series(1, {MANY}) n, jsonb_populate_record(one, jsonb_build_object(
        'name', 'data-' || {_NUMBERED}, 'title', '第' || {_NUMBERED} || '份数据', 'score', n % 100)) made where one.name = 'parks') made""",
    f"""insert into catalogue_entry select made.* from catalogue_entry one, generate_series(1, {MANY}) n, jsonb_populate_record(one, jsonb_build_object(
        'name', 'data-' || {_NUMBERED}, 'resource_code', one.resource_code || n,
        'description', one.description || jsonb_build_object('title', '第' || {_NUMBERED} || '份数据'))) made where one.name = 'parks'""",
    f"""insert into catalogue_text (tenant, name, audience, modified, words, body, facets)
        select tenant, 'data-' || {_NUMBERED}, audience, modified, words || array_to_tsvector(array['1data-' || {_NUMBERED}, '1' || {_NUMBERED}]), body, facets
        from catalogue_text, generate_series(1, {MANY}) n where name = 'parks'""",
    f"""insert into defect (tenant, dataset, rule, number, records, state, opened, modified)
        select 'local', 'data-' || {_NUMBERED}, 'not_null:name', 1, n, 'open', now(), now() {_SERIES}""",
)
_WATCHED = (
    f"""insert into act_rule (tenant, name, version, severity, opens_cases, type, changed, changed_by, revision, events)
        select 'local', 'rule-' || {_NUMBERED}, 1, 'blue', false, 'OffStreetParking', now(), 'many', 1, case n when 1 then {MANY} else 0 end {_SERIES}""",
    f"""insert into act_rule_version (tenant, name, version, body, published, publisher)
        select 'local', 'rule-' || {_NUMBERED}, 1, jsonb_build_object('name', 'rule-' || {_NUMBERED}, 'subject', '{{"type": "OffStreetParking"}}'::jsonb,
            'title', jsonb_build_object('zh-CN', '第' || {_NUMBERED} || '条规则'), 'when', '{{"q": "availableSpotNumber==0"}}'::jsonb), now(), 'many' {_SERIES}""",
    f"""insert into act_rule_event (tenant, id, rule, version, key, subject, title, severity, facts, opened, closed, ending)
        select 'local', 'event-' || {_NUMBERED}, '{RULE}', 1, 'key', 'urn:many', '第' || {_NUMBERED} || '次', 'blue', '{{}}',
            now() - n * interval '1 minute', now(), case when n > 5 then 'recovered' else 'gone' end {_SERIES}""",
)
_SHARED = (
    f"""insert into federation_node (tenant, id, side, state, since, card)
        select 'local', 'county-' || {_NUMBERED}, case n when 0 then 'self' else 'below' end, 'trusted', now(), jsonb_build_object('signatures', '[]'::jsonb,
            'body', jsonb_build_object('id', 'county-' || {_NUMBERED}, 'name', '第' || {_NUMBERED} || '县', 'level', 'county', 'region', '', 'url', null,
            'keys', '[]'::jsonb, 'version', 1)) from generate_series(0, {MANY}) n""",
    f"""insert into share_notice (tenant, organisation, kind, about, dataset, at)
        select 'local', 'body-00001', 'request_submit', 'R' || {_NUMBERED}, 'parks', now() - n * interval '1 minute' {_SERIES}""",
)
_WRITTEN = (
    f"""insert into case_handover (tenant, id, begun, ended, given_by, notes, promises, state, signed_by, signed_at)
        select 'local', 'shift-' || {_NUMBERED}, now() - (n + 1) * interval '12 hours', now() - n * interval '12 hours', 'one', '第' || {_NUMBERED} || '班', '[]',
            '{{"reported": 0, "closed": 0, "open": 0, "late": 0, "overdue": [], "granted": [], "ahead": []}}', 'other', now() - n * interval '12 hours' {_SERIES}""",
    f"""insert into workbench_query (tenant, id, owner, owner_name, name, sql, chart, shared, created, modified)
        select 'local', 'query-' || {_NUMBERED}, 'many', '王丽', '第' || {_NUMBERED} || '张表', 'select 1', '{{}}', true, now(), now() - n * interval '1 minute' {_SERIES}""",
    """insert into fusion_job (tenant, name, body, modified) values ('local', 'many', '{"name": "many", "type": "OffStreetParking", "sources": [{"dataset": "parks"}]}', now())""",
    f"""insert into fusion_candidate (tenant, job, left_id, right_id, left_record, right_record, confidence, compared, state)
        select 'local', 'many', 'l' || n, 'r' || n, jsonb_build_object('dataset', 'parks', 'key', 'l' || n, 'name', '左' || {_NUMBERED}),
            jsonb_build_object('dataset', 'parks', 'key', 'r' || n, 'name', '右' || {_NUMBERED}), 0.5, '[]', 'open' {_SERIES}""",
)
_COMING_AND_GOING = (
    f"""insert into source (tenant, name, kind, dataset, settings, every_seconds, state)
        select 'local', 'source-' || {_NUMBERED}, 'folder', 'parks', '{{"path": "/srv/inbox"}}', 3600, 'paused' {_SERIES}""",
    f"""insert into webhook (tenant, id, url, types, secret, active, created, creator)
        select 'local', 'hook-' || {_NUMBERED}, 'https://desk.example/' || {_NUMBERED}, '{{}}', '', false, now(), 'many' {_SERIES}""",
    f"""insert into webhook_delivery (tenant, webhook, event, body, made, due, tries, fault, dead)
        select 'local', 'hook-00001', 'event-' || {_NUMBERED}, '{{"type": "quanyu.case.closed", "subject": "C1"}}', now(), now(), 12, 'refused', now() {_SERIES}""",
    f"""insert into federation_message (tenant, direction, id, peer, kind, about, number, envelope, state, at, done)
        select 'local', 'out', 'message-' || {_NUMBERED}, 'county-' || {_NUMBERED}, 'ping', '', n, '{{}}', 'accepted', now() - n * interval '1 minute', now() {_SERIES}""",
)
_PUBLISHED = (
    f"""insert into catalogue_entry select made.* from catalogue_entry one, generate_series(1, {MANY}) n, jsonb_populate_record(one, jsonb_build_object(
        'name', 'open-' || {_NUMBERED}, 'resource_code', one.resource_code || '-' || n, 'state', 'published', 'published', now(),
        'description', one.description || jsonb_build_object('title', '第' || {_NUMBERED} || '份开放数据', 'is_open', true))) made where one.name = 'parks'""",
    f"""insert into catalogue_text (tenant, name, audience, modified, words, body, facets)
        select tenant, 'open-' || {_NUMBERED}, 'open', modified, words || array_to_tsvector(array['=audience:open', '=open:true', '=state:published',
            '1open-' || {_NUMBERED}, '1' || {_NUMBERED}]), body, facets || '{{"open": "true", "state": "published"}}' from catalogue_text, generate_series(1, {MANY}) n where name = 'parks'""",
    f"""insert into federation_entry (tenant, id, node, told_by, version, gone, entry, modified, seq, words)
        select 'local', node || '/data', node, node, 1, false, jsonb_build_object('id', node || '/data', 'node', node, 'level', 'county', 'region', '', 'name', 'data',
            'version', 1, 'modified', now(), 'gone', false, 'resource_code', 'C' || n, 'title', '第' || {_NUMBERED} || '县的数据', 'abstract', '', 'keywords', '[]'::jsonb,
            'owner', '', 'share_type', 1, 'share_condition', '', 'share_basis', '', 'is_open', false, 'update_cycle', 'daily', 'imported', null, 'records', n,
            'score', null, 'uses', 0, 'items', '[]'::jsonb), now() - n * interval '1 minute', 1000000 + n, array_to_tsvector(array['=node:' || node])
        from (select n, 'county-' || {_NUMBERED} as node {_SERIES}) told""",
)
_HELD = (
    f"""insert into api_token (tenant, id, account, name, hash, scopes, created, expires)
        select a.tenant, 'token-' || {_NUMBERED}, a.id, '第' || {_NUMBERED} || '个令牌', sha256(n::text::bytea), '{{map.read}}', now(), now() + interval '1 day'
        from account a, generate_series(1, {MANY}) n where a.login = 'admin'""",
)
_JUDGED = (
    f"""insert into evaluate_value (tenant, code, dimension, key, start, value, version, computed)
        select 'local', code, 'person', 'patroller/person-' || n, date '2026-01-01', n % 100 * share, 1, now()
        from generate_series(1, {MANY}) n, (values ('post.score', 1), ('post.valid_report_rate', 0.01)) as known (code, share)""",
    f"""insert into case_condition (tenant, class, area, amount, unit, effective_from)
        select 'local', 'C01003', '3201' || {_NUMBERED}, 4, 'hours', date '0001-01-01' {_SERIES}""",
)
_CHARGED = (
    f"""insert into parking_connector (tenant, operator, connector, station, feeder, kw, status, park, bolt, at)
        select 'local', 'volt', 'charger-' || {_NUMBERED}, 'east', 'feeder-1', 60, 1, 0, 0, now() {_SERIES}""",
    f"""insert into parking_order (tenant, operator, sequence, connector, status, kwh, at)
        select 'local', 'volt', 'order-' || {_NUMBERED}, 'charger-00001', 4, 8, now() - n * interval '1 minute' {_SERIES}""",
    f"""insert into parking_swap (tenant, operator, sequence, station, arrived, begun, given, taken, kwh)
        select 'local', 'volt', 'swap-' || {_NUMBERED}, case when n > {MANY} - 10 then 'west' else 'east' end, at, at, 'a', 'b', 8
        from (select n, timestamptz '2026-05-01T23:59+08' - n * interval '8 seconds' as at {_SERIES}) told""",
)
"""Of the pack of parking, which is on; of its swaps the ten oldest are those of another station."""
_FILLED = (
    *_PEOPLE,
    *_WORK,
    *_DATA,
    *_WATCHED,
    *_SHARED,
    *_WRITTEN,
    *_COMING_AND_GOING,
    *_PUBLISHED,
    *_HELD,
    *_JUDGED,
    *_CHARGED,
)


_BODY = f"'body', one.body || jsonb_build_object('id', one.id || n, 'subject', one.subject || {_NUMBERED})"
_COPIED = {
    "case_record": f"'id', one.id || {_NUMBERED}, 'instance', one.instance || n, 'title', one.title || {_NUMBERED}, 'words', one.words || {_NUMBERED}",
    "workflow_instance": f"'id', one.id || n, 'subject', one.subject || {_NUMBERED}, 'opening', null, {_BODY}",
    "workflow_step": "'instance', one.instance || n, 'key', null",
    "workflow_task": f"'instance', one.instance || n, 'subject', one.subject || {_NUMBERED}",
}
"""What tells a copy from the case that was reported, by table."""
_OF_THE_CASE = {"case_record": "one.id = $1", "workflow_step": "one.instance = (select r.instance from case_record r where r.id = $1)"}  # fmt: skip


async def fill(data: Path) -> None:
    """Of a node that has the dataset `parks` and parking on, by its folder; what is due to the rows comes by itself (evidence is sealed line by line)."""
    async with _database(data) as connection:
        for statement in _FILLED:
            await connection.execute(statement)


async def copy_case(data: Path, id: str) -> None:
    """As if the same had been reported so often."""
    async with _database(data) as connection:
        for table, changes in _COPIED.items():
            await connection.execute(
                f"""insert into {table} select made.* from {table} one, generate_series(1, {MANY}) n,
                    jsonb_populate_record(one, jsonb_build_object({changes})) made where {_OF_THE_CASE.get(table, "one.subject = $1")}""",
                id,
            )  # fmt: skip


@asynccontextmanager
async def _database(data: Path) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(host=str(data / "postgres"), user="quanyu", database="quanyu")
    yield connection
    await connection.execute("analyze")
    await connection.close()
