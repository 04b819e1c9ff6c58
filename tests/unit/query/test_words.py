"""How a question for DuckDB is put to Spark; that both answer alike is shown by tests/spark."""

import pytest

from quanyu.core.errors import Invalid
from quanyu.query.opening import open_engine
from quanyu.query.trees import spark_sql


def said(sql: str, **parameters: object) -> str:
    return spark_sql(sql, parameters, lambda files, named: f"view {len(files)} {named}".strip())


@pytest.mark.parametrize(
    ("duckdb", "spark"),
    [
        ("select a from read_parquet(['x', 'y'], union_by_name = true, filename = 'f')", "SELECT `a` FROM `view 2 f`"),
        ("select * replace (1 as a) from read_parquet('x')", "SELECT * EXCEPT (`a`), 1 AS `a` FROM `view 1`"),
        ("with t as not materialized (select 1 as a) select a from t", "WITH `t` AS (SELECT 1 AS `a`) SELECT `a` FROM `t`"),
        ("select a like 'x\\' from t", "SELECT `a` LIKE 'x\\\\' ESCAPE '\x01' FROM `t`"),
        ("select 'it''s \\' || $p0", "SELECT 'it\\'s \\\\' || :p0"),
        ("select 姓名 from t order by 1", "SELECT `姓名` FROM `t` ORDER BY 1 NULLS LAST"),
        ("create temp table t as select 1 as a", "CREATE TEMPORARY VIEW `t` AS SELECT 1 AS `a`"),
        ("select avg(a), dayofweek(b) from t", "SELECT AVG(CAST(`a` AS DOUBLE)), (DAYOFWEEK(`b`) - 1) FROM `t`"),
        ("select regexp_replace(a, '^(.)-', '\\1') from t", "SELECT REGEXP_REPLACE(`a`, '(?d)^(.)-', '$1') FROM `t`"),
    ],
)  # fmt: skip
def test_a_question_means_the_same(duckdb: str, spark: str) -> None:
    assert said(duckdb) == spark


@pytest.mark.parametrize(
    "sql",
    ["select list(a) from t", "select monthname(a) from t", "select substr(a, 0, 2) from t", "select left(a, -1) from t",
     "select regexp_replace(a, 'x', 'y') from t", "select strftime(a, '%A') from t", "select date_diff('week', a, b) from t",
     "select extract(epoch from a) from t", "select round(a, b) from t", "select json_extract(a, '$.x') from t"],
)  # fmt: skip
def test_a_word_without_its_equal_is_refused(sql: str) -> None:
    with pytest.raises(Invalid) as caught:
        said(sql)
    assert caught.value.key == "query.word"


@pytest.mark.parametrize("sql", ["select * from read_csv('x')", "select * from other.t"])
def test_nothing_is_read_but_what_the_session_was_given(sql: str) -> None:
    with pytest.raises(Invalid) as caught:
        said(sql)
    assert caught.value.key in {"query.file", "query.word"}


@pytest.mark.parametrize("setting", ["postgres://x", "spark", "local[2]; drop"])
def test_what_is_no_engine_is_refused_at_start(setting: str, tmp_path: object) -> None:
    with pytest.raises(Invalid) as caught:
        open_engine(setting, tmp_path)  # type: ignore[arg-type]
    assert caught.value.key == "query.engine"
