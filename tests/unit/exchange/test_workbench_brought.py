"""Algorithms of packs in questions of the workbench: called by what they declare, on what the asker is shown and nothing else."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from quanyu.compute.brought_tables import function_of
from quanyu.core.actor import system_actor
from quanyu.core.errors import Denied, Invalid, QuanyuError, Unavailable
from quanyu.exchange.delivery.engine import Engines
from quanyu.exchange.delivery.formats import Format
from quanyu.exchange.delivery.service import Deliveries
from quanyu.exchange.policy import Mask, MaskKind
from quanyu.exchange.workbench.asking import Asking, described, functions_for
from quanyu.packs import Algorithm, Pack, service
from quanyu.packs.algorithms import Algorithms
from quanyu.packs.finding import Found
from quanyu.query import DuckEngine
from tests.unit.exchange.city import City, residents

LIST = {"type": "array"}
ECHO = "counts_echo((select 收入 as value from residents order by 编号))"


def _mean(Values: list[float], digits: int = 1, doubled: bool = False) -> dict[str, float]:
    if None in Values:
        raise ValueError("a value is missing")
    return {
        "mean": round(sum(Values) / len(Values) * (1 + doubled), digits),
        "range": [min(Values), max(Values)],
    }  # type: ignore[dict-item]


def _algorithm(name: str, run: Callable[..., Any], outputs: dict[str, Any], **inputs: Any) -> Algorithm:
    return Algorithm(
        name=name, titles={"zh-CN": name, "en": name.title()}, inputs=inputs, outputs=outputs, run=run
    )


PACK = Pack(
    name="counts", version="1.0", package=__name__, titles={"zh-CN": "计数", "en": "Counts"},
    algorithms=(
        _algorithm(
            "mean", _mean, {"mean": {"type": "number"}, "range": LIST},
            Values=LIST, digits={"type": "integer", "default": 1}, doubled={"type": "boolean", "default": False},
        ),
        _algorithm("echo", lambda value: {"told": value}, {"told": LIST | {"items": {"type": "number"}}}, value=LIST),
        _algorithm("liar", lambda value: {"told": ["not", "numbers"]}, {"told": LIST | {"items": {"type": "number"}}}, value=LIST),
    ),
)  # fmt: skip
FOUND = (Found(name=PACK.name, origin="quanyu", pack=PACK),)


@pytest.fixture
async def algorithms(city: City) -> Algorithms:
    await city.imports(residents())  # other tests give somebody another income
    node = city.node
    actor = system_actor(city.tenant, "test")
    await service.enable(node.database, node.folder, PACK, actor=actor, clock=node.clock)
    return Algorithms(FOUND, node.database)


async def _asked(city: City, algorithms: Algorithms, who: str, sql: str) -> list[dict[str, Any]]:
    node, actor = city.node, city.actors[who]
    deliveries = Deliveries(node.database, node.folder, Engines(DuckEngine(node.folder)), node.clock)
    asking = Asking(deliveries, actor, algorithms, await functions_for(actor, algorithms))
    delivery = await asking.begin(sql, format=Format.JSON, rows=1000)
    answer = msgspec.json.decode(b"".join([part async for part in deliveries.stream(delivery)]))
    rows: list[dict[str, Any]] = answer["items"]
    return rows


async def test_an_algorithm_of_a_pack_is_a_function_by_what_it_declares(
    city: City, algorithms: Algorithms
) -> None:
    sql = "select mean, range from counts_mean((select 收入 as values from residents), digits => 0, doubled => true)"
    assert await _asked(city, algorithms, "civil", sql) == [{"mean": 3210.0, "range": "[1010,2200]"}]
    joined = f"select count(*) as n from {ECHO} as e join residents r on r.收入 = e.told"
    assert await _asked(city, algorithms, "civil", joined) == [{"n": 120}]
    async with city.node.database.tenant(city.tenant) as connection:
        row = await connection.fetchrow(
            "select process, inputs, outputs from compute_run order by id desc limit 1"
        )
    assert row["process"] == "counts.echo"
    assert row["inputs"]["rows"] == [120]
    assert row["outputs"].keys() == {"sm3"}


async def test_it_is_listed_after_the_nodes_own_with_what_it_takes_and_gives(
    city: City, algorithms: Algorithms
) -> None:
    functions = await functions_for(city.actors["civil"], algorithms)
    assert list(functions)[-3:] == ["counts_mean", "counts_echo", "counts_liar"]
    told = described(functions["counts_mean"], "en")
    assert (told.title, told.call, told.columns) == (
        "Mean", "counts_mean(rows, digits => …, doubled => …)", ("mean", "range"),
    )  # fmt: skip
    assert told.tables[0].columns == ("values",)


async def test_nothing_is_read_through_it_that_its_asker_may_not_read(
    city: City, algorithms: Algorithms
) -> None:
    with pytest.raises(Denied):
        await _asked(city, algorithms, "county", f"select * from {ECHO}")
    id = await city.contract(columns=("编号", "收入"), masks={"收入": Mask(kind=MaskKind.HIDE)})
    echoed = await _asked(city, algorithms, "county", f"select * from {ECHO}")
    masked = await _asked(city, algorithms, "county", "select 收入 as told from residents order by 编号")
    with pytest.raises(QuanyuError):  # a column that the contract does not have
        await _asked(
            city, algorithms, "county", "select * from counts_echo((select 街道 as value from residents))"
        )
    await city.ends(id)
    assert {one["told"] for one in masked} == {None}
    assert [one["told"] for one in echoed] == [None] * 120
    with pytest.raises(Denied):
        await _asked(city, algorithms, "county", f"select * from {ECHO}")


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("counts_mean((select null as values from residents))", Invalid),
        ("counts_mean((select 收入 from residents))", Invalid),
        ("counts_mean((select 收入 as values from residents), other => 1)", Invalid),
        ("counts_liar((select 收入 as value from residents))", Unavailable),
    ],
)
async def test_what_does_not_fit_its_form_is_told(
    city: City, algorithms: Algorithms, sql: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await _asked(city, algorithms, "civil", f"select * from {sql}")


async def test_one_of_a_pack_that_is_off_is_no_function(city: City, algorithms: Algorithms) -> None:
    node, actor = city.node, system_actor(city.tenant, "test")
    await service.disable(node.database, node.folder, FOUND, PACK.name, actor=actor, clock=node.clock)
    assert "counts_echo" not in await functions_for(city.actors["civil"], algorithms)
    with pytest.raises(QuanyuError):
        await _asked(city, algorithms, "civil", f"select * from {ECHO}")


async def test_an_algorithm_without_lists_takes_no_table(city: City, algorithms: Algorithms) -> None:
    (offer, *_) = await algorithms.offers(city.actors["civil"])
    plain = function_of(type(offer)(
        id="counts.plain", version="1", titles={}, inputs={"x": {"type": "number"}}, outputs={"y": {"type": "number"}}
    ))  # fmt: skip
    assert (plain.call, plain.table({"y": 2}, ()).to_pylist()) == ("counts_plain(x => …)", [{"y": 2.0}])
