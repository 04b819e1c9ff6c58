"""What a query answers under terms: columns, rows, masks, groups, noise; beside the same question to the bare register."""

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.exchange.policy import (
    Anonymity,
    Condition,
    Mask,
    MaskKind,
    Noise,
    Operator,
    Terms,
    govern,
    strictest,
)
from quanyu.exchange.policy.masks import Tokens, shift_of
from quanyu.exchange.policy.terms import Unit
from tests.unit.exchange.policy.people import (
    GIVEN,
    KEY,
    MASKED,
    answer,
    people,
    register,
    shops,
    terms,
    value,
)

QUESTIONS = """
select count(*) from people
select * from people order by income limit 3
select p.* from people as p where p.district = 3 and income > 5000 order by income
select district, count(*) as n, avg(income) as mean from people group by district order by n desc, district
select year(born) as y, sum(income) from people where born >= date '1990-06-01' group by 1 order by 1
select upper(phone) as x from people where 姓名 like 'P99%' order by x
select case when income > 100 then 'a' else 'b' end as k, count(*) from people group by k order by k
select s.id, p.phone from people p join shops s on p.phone = s.owner order by s.id
select s.id, count(p.phone) as n from shops s left join people p using (district) group by s.id order by s.id limit 5
select district from people union select district from shops order by district
select district from people except select 1 order by 1
with t as (select district, max(income) as top from people group by district) select * from t where top > 9950 order by top
select count(distinct district) as d, min(born), max(born) from people
select district, rank() over (order by district) as r from shops order by id limit 4
select (select max(income) from people) as top
select count(*) from people where district in (select district from shops where id < 3)
select phone from people where exists (select 1 from shops where shops.owner = people.phone) order by phone limit 2
select round(income / 3, 1) as x, abs(-1), coalesce(null, 'a'), length(phone) from people order by income limit 2
select strftime(born, '%Y-%m') as m, count(*) from people group by m order by m limit 3
select count(*) filter (where district = 1) as ones from people
select district, income from people where district between 2 and 3 order by income limit 2 offset 1
""".strip().splitlines()


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    made = register()
    yield made
    made.close()


@pytest.mark.parametrize("sql", QUESTIONS)
def test_terms_that_hide_nothing_change_no_answer(duck: duckdb.DuckDBPyConnection, sql: str) -> None:
    bare = sql.replace("select * from people", f"select {', '.join(GIVEN)} from people").replace(
        "p.*", ", ".join(f"p.{one}" for one in GIVEN)
    )
    expected = duck.execute(bare).fetchall()
    assert [tuple(row.values()) for row in answer(duck, sql, people(), shops())] == expected


def test_only_given_columns_and_rows_are_there(duck: duckdb.DuckDBPyConnection) -> None:
    narrow = people(terms(columns=("district",), where=(
        Condition(column="district", op=Operator.IN, value=(1, 2)), Condition(column="born", op=Operator.LT, value="1990-02-01"),
    )))  # fmt: skip
    rows = answer(duck, "select * from people", narrow)
    assert {tuple(row) for row in rows} == {("district",)}
    expected = duck.execute(
        "select count(*) from people where district in (1, 2) and born < date '1990-02-01'"
    ).fetchone()
    assert (len(rows),) == expected


@pytest.mark.parametrize(
    ("op", "column", "wanted", "number"),
    [("eq", "district", 3, 143), ("ne", "district", 3, 857), ("lt", "income", 50, 5), ("le", "income", 50, 6), ("gt", "income", 9980, 1),
     ("ge", "income", 9980, 2), ("in", "姓名", ("P1", "P2", "nobody"), 2), ("starts", "姓名", "P99", 11), ("known", "phone", None, 1000),
     ("unknown", "phone", None, 0), ("eq", "district", "no number", 0), ("eq", "姓名", "' or 1=1 --", 0)],
)  # fmt: skip
def test_conditions_at_and_beside_their_edge(
    duck: duckdb.DuckDBPyConnection, op: str, column: str, wanted: object, number: int
) -> None:
    narrow = terms(where=(Condition(column=column, op=Operator(op), value=wanted),))  # type: ignore[arg-type]
    assert value(duck, "select count(*) from people", people(narrow)) == number


@pytest.mark.parametrize(
    ("mask", "column", "shown"),
    [(Mask(kind=MaskKind.HIDE), "phone", None), (Mask(kind=MaskKind.TRUNCATE, keep=3), "phone", "138****"),
     (Mask(kind=MaskKind.TRUNCATE, keep=11), "phone", "13800000001"), (Mask(kind=MaskKind.GENERALISE, step=100), "income", 0.0),
     (Mask(kind=MaskKind.GENERALISE, unit=Unit.YEAR), "born", date(1990, 1, 1)), (Mask(kind=MaskKind.REDACT, content="phone"), "phone", "138****0001"),
     (Mask(kind=MaskKind.SHIFT, days=5), "born", date(1990, 1, 2 + 5))],
)  # fmt: skip
def test_a_mask_shows_what_it_says(
    duck: duckdb.DuckDBPyConnection, mask: Mask, column: str, shown: object
) -> None:
    found = answer(
        duck, f"select {column} from people where 姓名 = 'P1'", people(terms(masks={column: mask}))
    )
    if mask.kind is MaskKind.SHIFT:
        shown = date.fromordinal(date(1990, 1, 2).toordinal() + shift_of(KEY, 5))
    assert found == [{column: shown}]


def test_hashes_and_tokens_are_equal_where_values_are_and_tokens_come_back(
    duck: duckdb.DuckDBPyConnection,
) -> None:
    masked = people(terms(masks={"phone": Mask(kind=MaskKind.TOKEN), "姓名": Mask(kind=MaskKind.HASH)}))
    sql = "select a.phone, b.phone as again, a.姓名 as h from people a join people b on a.phone = b.phone order by a.income limit 1"
    (row,) = answer(duck, sql, masked)
    assert row["phone"] == row["again"]
    assert row["phone"].startswith("tk_")
    assert Tokens(KEY).value(row["phone"]) == "13800000000"
    assert len(row["h"]) == 32
    other = answer(duck, "select phone from people limit 1", people(MASKED))
    assert other[0]["phone"] == row["phone"]  # one contract, one key


def test_a_query_that_computes_with_a_coarse_column_sees_it_coarse(duck: duckdb.DuckDBPyConnection) -> None:
    masked = people(
        terms(
            masks={
                "born": Mask(kind=MaskKind.GENERALISE, unit=Unit.MONTH),
                "income": Mask(kind=MaskKind.HIDE),
            }
        )
    )
    groups = answer(duck, "select born, count(*) as n from people group by born order by born", masked)
    assert [(row["born"].day, row["n"]) for row in groups[:2]] == [(1, 93), (1, 84)]
    assert value(duck, "select count(*) from people where born = date '1990-01-02'", masked) == 0
    assert value(duck, "select sum(income) from people", masked) is None
    hashed = people(terms(masks={"phone": Mask(kind=MaskKind.HASH)}))
    assert value(duck, "select count(*) from people where phone = '13800000001'", hashed) == 0


@pytest.mark.parametrize(("least", "groups"), [(142, 7), (143, 6), (144, 0)])
def test_small_groups_are_left_out_at_their_edge(
    duck: duckdb.DuckDBPyConnection, least: int, groups: int
) -> None:
    rows = answer(
        duck, "select district, count(*) as n from people group by district", people(terms(group=least))
    )
    assert len(rows) == groups


def test_a_join_does_not_blow_a_group_up(duck: duckdb.DuckDBPyConnection) -> None:
    """One person beside fifty shops is still one person."""
    sql = "select count(*) as n from people p join shops s on p.district = s.district where p.姓名 = 'P1'"
    assert answer(duck, sql, people(terms(group=2)), shops()) == []


@pytest.mark.parametrize(
    "sql",
    ["select * from people", "select max(income) from people", "select sum(income) filter (where 姓名 = 'P1') from people",
     "select sum(case when 姓名 = 'P1' then income end) from people", "select count(*) from (select * from people limit 5) t",
     "select count(*) from (select distinct born from people) t", "select count(*) from people where income > (select avg(income) from people)",
     "select district, count(*) over () from people", "select string_agg(phone, ',') from people", "select median(income) from people",
     "select count(*) from people union all select 1 from people", "select count(*) from people where exists (select 1 from people x where x.姓名 = 'P1')"],
)  # fmt: skip
def test_under_a_group_rule_nothing_of_one_person_can_be_asked(
    duck: duckdb.DuckDBPyConnection, sql: str
) -> None:
    with pytest.raises(Exception, match=r"exchange\.query|not_allowed|not allowed|things"):
        answer(duck, sql, people(terms(group=5)))


def test_figures_may_be_worked_on(duck: duckdb.DuckDBPyConnection) -> None:
    sql = "select max(n) as top from (select district, count(*) as n from people group by district) t"
    assert value(duck, sql, people(terms(group=5))) == 143


def test_records_of_rare_combinations_are_not_given(duck: duckdb.DuckDBPyConnection) -> None:
    rare = people(terms(anonymity=Anonymity(k=3, columns=("born",))))
    assert value(duck, "select count(*) from people", rare) == 600  # 200 days have three, 200 have two
    months = terms(
        masks={"born": Mask(kind=MaskKind.GENERALISE, unit=Unit.MONTH)},
        anonymity=Anonymity(k=3, columns=("born",)),
    )
    assert value(duck, "select count(*) from people", people(months)) == 1000


def test_noise_is_centred_and_as_wide_as_the_budget_says(duck: duckdb.DuckDBPyConnection) -> None:
    noisy = people(terms(noise=Noise(epsilon=1.0, budget=5, bounds={"income": (0, 10_000)})))
    governed = govern("select count(*) as n from people", [noisy])
    drawn = [duck.execute(governed.sql).fetchall()[0][0] for _ in range(300)]
    spread = sum(abs(one - 1000) for one in drawn) / len(drawn)
    assert 0.6 < spread < 1.6  # Laplace with scale 1, rounded
    assert governed.epsilon == 1.0
    with pytest.raises(Exception, match=r"is not allowed"):
        govern("select sum(district) from people", [noisy])


def test_the_most_rows_of_an_answer_hold_whatever_is_asked(duck: duckdb.DuckDBPyConnection) -> None:
    few = people(terms(rows=5))
    assert len(answer(duck, "select * from people limit 100", few)) == 5
    assert len(answer(duck, "select * from people limit 4", few)) == 4


def test_several_contracts_give_what_all_of_them_allow() -> None:
    one = terms(
        columns=("phone", "born", "district"),
        group=3,
        rows=10,
        masks={"phone": Mask(kind=MaskKind.TRUNCATE, keep=5)},
    )
    other = terms(columns=("phone", "district"), group=7, masks={"phone": Mask(kind=MaskKind.TRUNCATE, keep=3), "district": Mask(kind=MaskKind.HASH)},
                  where=(Condition(column="district", op=Operator.EQ, value=1),))  # fmt: skip
    both = strictest([one, other])
    assert (both.columns, both.group, both.rows, len(both.where)) == (("phone", "district"), 7, 10, 1)
    assert both.masks["phone"].keep == 3
    assert strictest([other, one]).masks == both.masks
    clash = strictest([one, terms(masks={"phone": Mask(kind=MaskKind.HASH)})])
    assert clash.masks["phone"].kind is MaskKind.HIDE


SOME = st.builds(
    terms, group=st.integers(0, 9), rows=st.none() | st.integers(1, 9), onward=st.booleans(),
    columns=st.sampled_from([GIVEN, GIVEN[:3], ("phone", "born")]),
    masks=st.dictionaries(st.sampled_from(["phone", "born"]), st.sampled_from([
        Mask(kind=MaskKind.HIDE), Mask(kind=MaskKind.HASH), Mask(kind=MaskKind.TRUNCATE, keep=2), Mask(kind=MaskKind.TRUNCATE, keep=4),
        Mask(kind=MaskKind.GENERALISE, step=10), Mask(kind=MaskKind.GENERALISE, step=20), Mask(kind=MaskKind.GENERALISE, step=15),
    ])),
)  # fmt: skip


@given(SOME, SOME)
def test_the_strictest_is_the_same_in_any_order_and_adds_nothing(one: Terms, other: Terms) -> None:
    both, turned = strictest([one, other]), strictest([other, one])
    assert (set(both.columns), both.masks, both.group, both.rows) == (
        set(turned.columns),
        turned.masks,
        turned.group,
        turned.rows,
    )
    assert strictest([both, one]).masks == both.masks
    assert both.onward is (one.onward and other.onward)


@given(st.text())
def test_a_token_turns_back_into_its_value(text: str) -> None:
    tokens = Tokens(KEY)
    assert tokens.value(tokens.token(text)) == text
