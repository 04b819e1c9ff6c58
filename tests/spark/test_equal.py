"""The same question to DuckDB and to a cluster of two workers: the same columns, types and values."""

import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from quanyu.core.profile import ValueType
from quanyu.evaluate.indicators.compute import Wanted, compute
from quanyu.evaluate.indicators.definitions import publish
from quanyu.exchange.delivery.made import made_of
from quanyu.exchange.policy import Anonymity, Condition, Mask, MaskKind, Operator, Relation, Terms, govern
from quanyu.exchange.policy.changes import changed
from quanyu.exchange.policy.masks import applied
from quanyu.exchange.policy.terms import Unit
from quanyu.govern.imports.content import parquet
from quanyu.govern.quality.rules import Rule, RuleKind
from quanyu.govern.quality.whole import Looked, look
from quanyu.query import Engine, Failed, Failure, rows_of
from quanyu.store import Database
from tests.unit.evaluate.indicators.test_datasets import NOW, kept
from tests.unit.evaluate.indicators.test_definitions import said
from tests.unit.evaluate.indicators.test_history import FORMULAS, sealed

Both = tuple[Engine, Engine]
_COLUMNS = ("姓名", "phone", "born", "district", "income", "paid", "seen", "even")
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_LOOKS = 10
"""So often in turn the cluster is seen at the same work before it counts as the long one."""
_PATIENCE = 120.0
_TERMS = Terms(columns=_COLUMNS, purpose="p", basis="b", starts=_NOW, ends=_NOW + timedelta(days=9))


def current(people: list[str]) -> str:
    """As `current_sql` writes it."""
    first, second, gone = people
    rows = f"select * replace (parse_filename(_import, true) as _import) from {parquet([first, second], filename='_import')}"
    replaced = f"select parse_filename(part, true) as part, _row from {parquet([gone])}"
    return f"(select now.* from ({rows}) as now anti join ({replaced}) as gone on now._import = gone.part and now._row = gone._row)"


def answers(engines: Both, files: list[str], sql: str, parameters: Any = ()) -> list[tuple[Any, list[Any]]]:
    found = []
    for engine in engines:
        session = engine.session(files)
        reader = session.stream(sql, parameters)
        found.append((reader.schema, rows_of(reader)))
        session.close()
    return found


def alike(one: Any, other: Any) -> bool:
    """Sums of fractions differ in the last digit by the order in which they are added, on either engine."""
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=1e-12, nan_ok=True)
    return bool(one == other and type(one) is type(other))


def same(engines: Both, files: list[str], sql: str, parameters: Any = ()) -> list[Any]:
    (schema, here), (other, there) = answers(engines, files, sql, parameters)
    assert schema == other
    assert here
    assert alike(here, there), next((a, b) for a, b in zip(here, there, strict=False) if not alike(a, b))
    return here


EXPRESSIONS = """
dayofweek(born), week(born), extract(isodow from born), quarter(born), date_diff('month', born, seen), date_diff('hour', seen, seen + interval 90 minute), born + interval 1 month, born + 3, date_trunc('week', born), strftime(seen, '%Y-%m-%d %H:%M'), strptime('20200131', '%Y%m%d'), try_strptime(phone, '%Y%m%d'), year(seen)
income / district, district / 0, -income / 0, paid / 3, paid * 2, paid + income, district // 3, district % 3, round(income / 7, 2), round(paid, 1), round(income, -2), floor(income), ceil(paid), abs(-paid), sqrt(income), ln(income), log(income + 1), power(2, district), greatest(district, 3), nullif(district, 3)
income::varchar, (income * 1e6)::varchar, (income / 1e6)::varchar, (income / 1e9)::varchar, paid::varchar, seen::varchar, born::varchar, even::varchar, income::integer, paid::integer, even::integer, try_cast(phone as bigint), try_cast('x' || phone as integer), try_cast(phone as date), try_cast('1.5e3' as double)
upper(phone), lower("姓名"), length("姓名"), left(phone, 3), right(phone, 4), substr(phone, 2, 3), trim('  a '), replace(phone, '0', '\\'), strpos(phone, '8'), contains(phone, '1'), split_part('a-b-c', '-', 2), concat(phone, 'a', null), concat_ws('-', phone, "姓名"), phone || "姓名", phone like '138%1', "姓名" ilike 'p1_', phone like '1\\%', 'it''s', '中"文`', regexp_full_match(phone, '1[0-9]{10}'), strlen("姓名"), chr(65533)
""".strip().splitlines()


@pytest.mark.parametrize("shown", EXPRESSIONS)
def test_values(engines: Both, people: list[str], shown: str) -> None:
    same(engines, people, f"select {shown} from {current(people)} order by _row limit 60")


@pytest.mark.parametrize(
    "sql",
    ["select district, count(*), count(distinct phone), sum(income), avg(paid), sum(paid), sum(district), min(born), max(phone), stddev(income), "
     "variance(income), median(district), quantile_cont(income, 0.3), quantile_disc(income, 0.3), count(*) filter (where even), max(even) "
     "from people group by district order by district",
     'select "姓名", rank() over (order by district), lag(income) over (partition by district order by income), '
     "sum(income) over (partition by district order by income rows between 2 preceding and current row) from people order by income limit 40",
     "with a as (select district, max(income) as top from people group by district) "
     'select p."姓名", a.top from people p join a on p.district = a.district and p.income = a.top order by 1',
     "select district from people where born in (select max(born) from people) union select 99 except select 1 order by 1",
     "select phone from people order by phone desc limit 3", "select * from people order by _row limit 5",
     "select null as n, 1.5 as d, date '2020-01-01' as x, [1, 2] as a from people limit 1"],
)  # fmt: skip
def test_questions(engines: Both, people: list[str], sql: str) -> None:
    same(
        engines, people, sql.replace("people", f"{current(people)} as people").replace("as people p", "as p")
    )


@pytest.mark.parametrize(
    ("sql", "changes"),
    [("select * from people order by seen", {"masks": {
        "phone": Mask(kind=MaskKind.HASH), "income": Mask(kind=MaskKind.GENERALISE, step=100), "born": Mask(kind=MaskKind.SHIFT, days=5),
        "姓名": Mask(kind=MaskKind.TOKEN), "paid": Mask(kind=MaskKind.HIDE)}}),
     ("select born, count(*) as n from people group by born order by born", {"masks": {"born": Mask(kind=MaskKind.GENERALISE, unit=Unit.MONTH)}}),
     ("select district, avg(income) as a, count(*) as n from people group by district order by district", {"group": 86}),
     ("select district, phone from people order by income", {"anonymity": Anonymity(k=86, columns=("district",))}),
     ("select count(*) as n, count(distinct district) as d from people", {"where": (
        Condition(column="姓名", op=Operator.STARTS, value="P5"), Condition(column="district", op=Operator.IN, value=(1, "2")),
        Condition(column="born", op=Operator.LT, value="1990-09-01"), Condition(column="phone", op=Operator.KNOWN))}),
     ("select seen from people order by seen", {"rows": 12})],
)  # fmt: skip
def test_contracts(engines: Both, people: list[str], sql: str, changes: dict[str, Any]) -> None:
    columns = engines[0].session(people).columns(current(people))
    terms = msgspec.structs.replace(_TERMS, **changes)
    relation = Relation(dataset="people", columns=columns, terms=terms, key=bytes(32), source=current(people))
    governed = govern(sql, [relation])
    same(engines, people, governed.sql, governed.parameters)


def test_what_has_changed_since_is_the_same_on_either(engines: Both, people: list[str]) -> None:
    """From the first file alone to what is now; coarse values are compared as they are shown."""
    columns = engines[0].session(people).columns(current(people))
    terms = msgspec.structs.replace(_TERMS, masks={"income": Mask(kind=MaskKind.GENERALISE, step=500.0)})
    relation = Relation(dataset="people", columns=columns, terms=terms, key=bytes(32), source=current(people))
    before = f"(select * replace (parse_filename(_import, true) as _import) from {parquet(people[:1], filename='_import')})"
    since = changed(relation, ("姓名",), before, columns)
    governed = govern(
        'select _change, "姓名", income, born from people limit 100 offset 0', [since], ordered=True
    )
    same(engines, people, governed.sql, governed.parameters)


def test_a_table_that_was_made_is_joined_on_either(engines: Both, people: list[str], tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    answer = pa.table({"who": ["P5", "P7", "nobody"], "next": [1.5, None, 2.0]})
    made = made_of(answer, "#1", msgspec.structs.replace(_TERMS, columns=("who", "next")), tmp_path)
    relations = [
        Relation(dataset=name, columns=engines[0].session(files).columns(source), terms=terms, key=b"", source=source)
        for name, files, source, terms in (
            ("people", people, current(people), _TERMS),
            ("#1", made.covered.files, made.covered.source, made.covered.terms),
        )
    ]  # fmt: skip
    governed = govern(
        'select "姓名", next from people join "#1" as f on f.who = "姓名" order by 1', relations
    )
    found = same(engines, [*people, *made.covered.files], governed.sql, governed.parameters)
    assert found == [("P5", 1.5), ("P7", None)]


def test_pages_of_a_contract_follow_each_other(engines: Both, people: list[str]) -> None:
    columns = engines[0].session(people).columns(current(people))
    relation = Relation(
        dataset="people", columns=columns, terms=_TERMS, key=bytes(32), source=current(people)
    )
    page = govern('select "姓名" from people limit 50 offset 290', [relation], ordered=True)
    assert same(engines, people, page.sql)[:8] == [(f"P{293 + i}",) for i in range(8)]


def test_a_mask_that_is_laid_on_afterwards_is_laid_on_either(engines: Both, people: list[str]) -> None:
    columns = engines[0].session(people).columns(current(people))
    masks = {"phone": Mask(kind=MaskKind.REDACT, content="phone")}
    terms = msgspec.structs.replace(_TERMS, masks=masks)
    relation = Relation(dataset="people", columns=columns, terms=terms, key=bytes(32), source=current(people))
    governed = govern("select phone from people where district = 3 order by seen limit 1", [relation])
    session = engines[1].session(people)
    (batch,) = session.stream(governed.sql, governed.parameters)
    session.close()
    assert applied(batch, governed.afterwards).to_pylist() == [{"phone": "138****0003"}]


_RULES = (
    Rule(name="unique", kind=RuleKind.UNIQUE, columns=("born",)),
    Rule(name="not_null", kind=RuleKind.NOT_NULL, columns=("phone",)),
    Rule(name="phone", kind=RuleKind.PHONE, columns=("phone",)),
    Rule(name="range", kind=RuleKind.RANGE, columns=("income",), parameters={"minimum": 100.0, "maximum": 5000.0}),
    Rule(name="pattern", kind=RuleKind.PATTERN, columns=("姓名",), parameters={"pattern": "P[0-9]{2,3}"}),
    Rule(name="codes", kind=RuleKind.CODE_LIST, columns=("district",), parameters={"codes": ["0", "1", "2"]}),
    Rule(name="id_card", kind=RuleKind.ID_CARD, columns=("phone",)),
    Rule(name="credit_code", kind=RuleKind.CREDIT_CODE, columns=("phone",)),
    Rule(name="compare", kind=RuleKind.COMPARE, columns=("born", "seen"), parameters={"operator": "<"}),
    Rule(name="depends", kind=RuleKind.FUNCTIONAL_DEPENDENCY, columns=("born", "district")),
    Rule(name="repeated", kind=RuleKind.REPEATED_TEXT, columns=("姓名",)),
    Rule(name="encoding", kind=RuleKind.ENCODING, columns=("姓名",)),
    Rule(name="speed", kind=RuleKind.SPEED, columns=("district", "seen", "income", "paid"), parameters={"maximum": 3.0}),
)  # fmt: skip


def test_rules_find_the_same_records(engines: Both, people: list[str]) -> None:
    types = {
        "姓名": ValueType.TEXT, "phone": ValueType.TEXT, "born": ValueType.DATE, "district": ValueType.INTEGER,
        "income": ValueType.NUMBER, "paid": ValueType.NUMBER, "seen": ValueType.DATETIME,
    }  # fmt: skip
    looked = Looked(
        content=current(people), files=tuple(people), types=types, tables={}, as_of=date(2026, 1, 1)
    )
    here, there = (look(engine, looked, _RULES) for engine in engines)
    assert here == there
    assert {one.rule: one.broken for one in here if not one.broken} == {
        "compare": 0,
        "phone": 0,
        "encoding": 0,
        "repeated": 0,
    }


_OF_RECORDS = {
    "own.count": "count(dataset requests at 受理时间)", "own.sum": "sum(minutes of dataset requests at 受理时间)",
    "own.rank": "percentile(50, minutes of dataset requests at 受理时间 where minutes > 10)",
    "own.share2": "share(满意度 = '满意' of dataset requests at 受理时间 where 满意度 known)",
}  # fmt: skip


async def test_indicators_over_records_and_sealed_history_count_the_same(
    engines: Both, database: Database, tenant: str, spark_folder: Path
) -> None:
    values = []
    async with database.tenant(tenant) as connection:
        await kept(connection, tenant, spark_folder)
        await sealed(connection, tenant, spark_folder, [1, 3, "dry"], datetime(2026, 3, 5, 12, tzinfo=UTC))
        for code, formula in {**FORMULAS, **_OF_RECORDS}.items():
            await publish(connection, tenant, said(formula, code=code), by="me", now=NOW)
        for engine in engines:
            wanted = Wanted(first=date(2026, 1, 1), last=date(2026, 4, 1))
            done = await compute(connection, tenant, spark_folder, wanted, now=NOW, engine=engine)
            values.append({(one.code, one.period.start): one.value for one in done.values})
    assert values[0] == values[1]
    assert values[0]["own.rank", date(2026, 2, 1)] == 35
    assert values[0]["own.kind", date(2026, 3, 1)] == 1


def at_work() -> set[int]:
    """The stages that the cluster has under way."""
    from pyspark import SparkContext  # here, so that the tests are skipped where it is not installed

    return set(SparkContext.getOrCreate().statusTracker().getActiveStageIds())


def test_a_question_that_is_stopped_ends_and_its_cores_are_free(engines: Both, people: list[str]) -> None:
    """Stopped in the midst of a join that would go on for years."""
    session, over = engines[1].session(people), threading.Event()

    def stop() -> None:
        looks: list[set[int]] = []
        while not over.wait(0.5):
            looks = [*looks, at_work()][-_LOOKS:]
            if len(looks) == _LOOKS and looks[0] and all(one == looks[0] for one in looks):
                session.interrupt()

    stopping = threading.Thread(target=stop)
    stopping.start()
    many = ", ".join(f"{current(people)} as t{number}" for number in range(5))
    with pytest.raises(Failed) as caught:
        session.stream(
            f"select count(*) from {many} where t0.income + t1.income + t2.income + t3.income = t4.income"
        )
    over.set()
    stopping.join()
    session.close()
    assert caught.value.failure is Failure.STOPPED

    after = engines[1].session(people)
    patience = threading.Timer(_PATIENCE, after.interrupt)
    patience.start()
    assert len(rows_of(after.stream(f"select phone from {current(people)} limit 1"))) == 1
    patience.cancel()
    after.close()


def test_nothing_is_left_of_an_answer(engines: Both, people: list[str], spark_folder: Path) -> None:
    same(engines, people, f"select 1 as one from {current(people)} limit 1")
    assert list((spark_folder / "tmp" / "spark").iterdir()) == []
