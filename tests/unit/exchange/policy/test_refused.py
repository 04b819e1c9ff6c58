"""What a query may not be: every attempt is refused in words, before the engine sees it or by what it answers."""

import contextlib
from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.core.errors import Invalid, QuanyuError
from quanyu.core.messages import LANGUAGES
from quanyu.exchange.policy import govern
from quanyu.exchange.policy.grammar import AGGREGATES, ALLOWED
from tests.unit.exchange.policy.people import MASKED, answer, people, register, shops, terms

ESCAPES = """
select * from '/etc/passwd'
select * from read_csv('/etc/passwd')
select * from read_parquet('*')
select * from glob('/*')
select * from people; drop table people
select * from people; select * from '/etc/passwd'
drop table people
insert into people select * from people
update people set phone = ''
delete from people
create table x as select 1
copy people to '/tmp/x'
copy (select 1) to '/tmp/x'
attach '/tmp/x' as x
pragma database_list
call pragma_version()
set memory_limit = '1TB'
install httpfs
load httpfs
explain select * from people
describe people
show tables
values (1)
table people
select * from duckdb_settings()
select * from information_schema.tables
select * from main.people
select * from memory.main.people
select * from pg_catalog.pg_class
select * from sqlite_master
select * from duckdb_tables
select * from query('select 1')
select * from query_table('people')
select * from range(1000000000)
select * from generate_series(1, 1000000000)
select * from people, unnest([1, 2])
select * from people, lateral (select 1)
select * from (values (1)) t
select * from (from people)  x, people tablesample 5
select people from people
select p from people p
select row(people) from people
select columns(*) from people
select columns('.*') from people
select * replace (1 as phone) from people
select secret from people
select p.secret from people p
select "SECRET" from people
select _row from people
select _import from people
select "governed record" from people
select rowid from people
select main.people.phone from people
select getenv('HOME') from people
select current_setting('memory_limit') from people
select getvariable('x') from people
select nextval('x') from people
select version() from people
select current_user from people
select repeat('x', 1000000000) from people
select lpad('x', 1000000000, 'x') from people
select list(phone) from people
select array_agg(phone) from people
select struct_pack(a := phone) from people
select {'a': phone} from people
select [phone] from people
select map {'a': phone} from people
select phone[1] from people
select phone.x from people
select to_json(people) from people
select hash(people) from people
select any_value(people) from people
select arg_max(secret, income) from people
select $1 from people
select ? from people
select @x from people
select cast('people' as regclass) from people
select cast(phone as struct(a int)) from people
select * from people natural join shops
select * from people semi join shops using (district)
select * from people asof join shops using (district)
select * from people positional join shops
select * from people pivot (count(*) for district in (1))
select * from people limit (select 1)
select * from people limit 10 percent
select * from people qualify row_number() over () = 1
select distinct on (district) phone from people
select district from people group by all
select district, count(*) from people group by rollup (district)
select phone from people union by name select district as phone from people
with people as (select 1 as x) select * from people
with "governed:people" as (select 1 as x) select * from people
with recursive t as (select 1 as x union all select x + 1 from t) select * from t
with t(a) as (select phone from people) select a from t
select * from people as t(a, b)
select phone from people for update
select phone into x from people
select x.phone from people y
select phone from nowhere
select district from people, shops
select (select secret from people limit 1)
select exists (select secret from people)
select 1 from people where secret = 'x'
select 1 from people order by secret
select count(*) from people group by secret
select max(secret) over () from people
select 'a' || secret from people
select case when secret > 'a' then 1 end from people
select * from people join shops on people.secret = shops.owner
select E'\\x41' from people
select $$x$$ from people where secret = $$x$$
/* x */ drop table people
""".strip().splitlines()

PROBES = """
select * from people where phone = '13800000001'
select * from people where phone like '138%'
select * from people where phone in ('13800000001')
select * from people where phone > '1380'
select * from people where phone between 'a' and 'b'
select * from people where not phone = '13800000001'
select * from people where phone is not distinct from '1'
select * from people order by phone
select phone as p from people order by p
select phone from people order by 1
select lower(phone) from people
select phone || '' from people
select cast(phone as bigint) from people
select max(phone) from people
select min(姓名) from people
select string_agg(phone, ',') from people
select count(*) filter (where phone = '1') from people
select sum(case when phone = '1' then 1 else 0 end) from people
select row_number() over (order by phone) from people
select lag(phone) over (order by district) from people
select count(*) from people group by left(phone, 3)
select count(*) from people group by district having max(phone) > '1'
select x from (select phone as x from people) t where x = '1'
select lower(x) from (select phone as x from people) t
with t as (select phone as x from people) select x || 'a' from t
select (select phone from people limit 1) as x
select * from shops where owner = (select phone from people limit 1)
select * from shops where owner in (select phone from people)
select * from shops where exists (select 1 from people where people.phone = shops.owner)
select s.* from shops s join people p on s.owner = p.phone
select s.* from shops s join people p on p.phone = p.district
select phone from people union all select owner from shops
select phone from people union select phone from people where district = 姓名
select owner from shops union all select phone from people
select owner from shops except select phone from people
select owner from shops intersect select phone from people
select coalesce(phone, 'x') from people
select nullif(phone, '13800000001') from people
select greatest(phone, 'x') from people
select distinct 姓名 from people
select count(distinct 姓名) from people
select 姓名, count(*) from people group by 姓名
select extract(year from 姓名) from people
""".strip().splitlines()


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    made = register()
    yield made
    made.close()


@pytest.mark.parametrize("sql", ESCAPES)
def test_what_leads_out_of_the_contract_is_refused_with_words(
    duck: duckdb.DuckDBPyConnection, sql: str
) -> None:
    with pytest.raises(Invalid) as caught:
        answer(duck, sql, people(), shops())
    for fault in caught.value.faults:
        assert all(fault.key not in fault.text(language) for language in LANGUAGES)


@pytest.mark.parametrize("sql", PROBES)
def test_what_would_tell_a_masked_value_is_refused(duck: duckdb.DuckDBPyConnection, sql: str) -> None:
    with pytest.raises(Invalid) as caught:
        answer(duck, sql, people(MASKED), shops())
    assert {"exchange.query.masked", "exchange.query.engine"} >= {fault.key for fault in caught.value.faults}


@pytest.mark.parametrize(
    "sql",
    [
        "(" * 20_000,
        "select " + "(" * 59 + "1" + ")" * 59 + " as x",
        "select 1" * 5000,
        "\0",
        "",
        ";",
        "'",
        "select 'a",
    ],
)
def test_bombs_and_broken_text_are_refused_with_words(sql: str) -> None:
    with contextlib.suppress(QuanyuError):
        assert govern(sql, [people()]).columns == ("x",)


@given(st.text(max_size=60) | st.lists(st.sampled_from(["select", "from", "people", "phone", "where", "(", ")", "'", '"', ",", "*", "=", "1", "union", "with", "as", "--", "/*", "*/", ";"]), max_size=15).map(" ".join))  # fmt: skip
def test_no_text_at_all_does_anything_but_answer_or_be_refused(sql: str) -> None:
    try:
        governed = govern(sql, [people()])
    except QuanyuError:
        return
    assert governed.sql.startswith(("with", "select"))


def test_an_error_of_the_engine_quotes_no_value(duck: duckdb.DuckDBPyConnection) -> None:
    found = answer(duck, "select cast(姓名 as int) as n from people limit 1", people())
    assert found == [{"n": None}]
    with pytest.raises(Invalid) as caught:
        answer(duck, "select date_trunc('nonsense', born) from people", people())
    assert "1990" not in str(caught.value)


def test_every_aggregate_is_among_the_allowed_words() -> None:
    assert set(AGGREGATES) <= ALLOWED


def test_a_query_over_nothing_is_refused() -> None:
    with pytest.raises(Invalid, match="no dataset"):
        govern("select 1 as x", [])


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        govern("select getenv('a'), list(phone) from people, '/etc/passwd'", [people(terms())])
    assert len(caught.value.faults) >= 3
