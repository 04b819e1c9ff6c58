"""A register of a thousand people and a list of shops, as DuckDB has them, and questions about them under terms."""

from datetime import UTC, date, datetime
from typing import Any

import duckdb

from quanyu.exchange.delivery.engine import opened
from quanyu.exchange.policy import Mask, MaskKind, Relation, Terms, govern
from quanyu.exchange.policy.masks import applied
from quanyu.query.duck import DuckSession

COLUMNS = {
    "姓名": "VARCHAR",
    "phone": "VARCHAR",
    "born": "DATE",
    "district": "INTEGER",
    "income": "DOUBLE",
    "secret": "VARCHAR",
}
SHOPS = {"id": "BIGINT", "district": "INTEGER", "owner": "VARCHAR"}
GIVEN = tuple(name for name in COLUMNS if name != "secret")
KEY = bytes(range(32))


def register() -> duckdb.DuckDBPyConnection:
    duck = duckdb.connect()
    duck.execute("set enable_external_access = false")
    duck.execute(
        """create table people as select 'P' || i as "姓名", (13800000000 + i)::varchar as phone,
        date '1990-01-01' + (i % 400)::int as born, (i % 7)::int as district, i * 10.0::double as income, 'hidden' || i as secret,
        'file' as _import, i as _row from range(1000) t(i)"""
    )
    duck.execute(
        "create table shops as select i as id, (i % 7)::int as district, (13800000000 + i)::varchar as owner, "
        "'file' as _import, i as _row from range(50) t(i)"
    )
    duck.execute("set lock_configuration = true")
    return duck


def terms(**changes: Any) -> Terms:
    usual: dict[str, Any] = {
        "columns": GIVEN, "purpose": "p", "basis": "b", "starts": datetime(2026, 1, 1, tzinfo=UTC),
        "ends": datetime(2027, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    return Terms(**{**usual, **changes})


def people(said: Terms | None = None) -> Relation:
    return Relation(dataset="people", columns=COLUMNS, terms=said or terms(), key=KEY, source="people")


def shops(said: Terms | None = None) -> Relation:
    said = said or terms(columns=("id", "district", "owner"))
    return Relation(dataset="shops", columns=SHOPS, terms=said, key=KEY[::-1], source="shops")


def answer(duck: duckdb.DuckDBPyConnection, sql: str, *relations: Relation) -> list[dict[str, Any]]:
    governed = govern(sql, relations)
    reader = opened(DuckSession(duck.cursor()), governed.sql, governed.parameters)
    rows = []
    for batch in reader:
        rows += applied(batch, governed.afterwards).to_pylist()
    return [dict(zip(governed.columns, row.values(), strict=True)) for row in rows]


def value(duck: duckdb.DuckDBPyConnection, sql: str, *relations: Relation) -> Any:
    rows = answer(duck, sql, *relations)
    return next(iter(rows[0].values())) if rows else None


MASKED = terms(
    masks={
        "phone": Mask(kind=MaskKind.TOKEN), "姓名": Mask(kind=MaskKind.REDACT, content="person_name"),
        "income": Mask(kind=MaskKind.HIDE),
    }
)  # fmt: skip
FIRST_BORN = date(1990, 1, 1)
