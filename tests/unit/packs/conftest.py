"""A small pack, and a city for it in the database of this test run."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from litestar import get

from quanyu.packs import (
    Algorithm,
    DatasetRule,
    Pack,
    Parameter,
    QualityRule,
    RuleKind,
    View,
    ViewKind,
)
from quanyu.packs.testing import City, Clock
from quanyu.store import Database
from quanyu.twin import Writer

BOTH = {"zh-CN": "路灯", "en": "Lamps"}


@get("/api/v1/packs/lamps/hello", opt={"action": "entity.read"})
async def hello() -> str:
    return "light"


@pytest.fixture
def lamps() -> Pack:
    return Pack(
        name="lamps", version="1.0", package="quanyu.packs", titles=BOTH, about=BOTH,
        models=[{
            "name": "PackLamp", "title_zh": "路灯", "title_en": "Lamp", "version": "1.0", "effective_from": "2026-01-01",
            "attributes": [{"name": "lampCode", "type": "text", "title_zh": "编号", "title_en": "Code", "is_key": True}],
        }],
        rules=[{
            "name": "lamps-out", "title": BOTH, "severity": "yellow", "subject": {"type": "PackLamp"},
            "when": {"q": "working==false"}, "key": "{id}",
        }],
        sources=[{"name": "lamp-feed", "kind": "ngsi-ld", "dataset": "lamps"}],
        quality_rules=(DatasetRule(dataset="lamps", rule=QualityRule(name="n", kind=RuleKind.NOT_NULL, columns=("lampCode",))),),
        indicators=[{
            "code": "lamps.reported", "titles": BOTH, "domain": "lamps", "unit": "C62", "period": "month",
            "direction": "none", "freshness_hours": 24, "dimensions": ["area"], "formula": "count(cases)",
        }],
        algorithms=(Algorithm(name="double", titles=BOTH, inputs={"x": {}}, outputs={"y": {}}, run=lambda x: 2 * x),),
        views=(View(name="lamps", kind=ViewKind.LAYER, titles=BOTH, body={"type": "PackLamp"}),),
        parameters=(Parameter(name="share", kind="number", default=0.9, minimum=0, maximum=1, titles=BOTH),),
        routes=(hello,),
        messages={"zh-CN": {"lamps.a": "灯"}, "en": {"lamps.a": "lamp"}},
    )  # fmt: skip


@pytest_asyncio.fixture
async def city(database: Database, tenant: str, folder: Path) -> AsyncIterator[City]:
    clock = Clock()
    writer = Writer(database, clock=clock)
    yield City(database=database, tenant=tenant, folder=folder, clock=clock, writer=writer)
    await writer.close()
