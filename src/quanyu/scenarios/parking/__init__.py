"""停车与拥堵: how many spaces there really are, how full the streets are, and yards that are shared."""

import json
from importlib.resources import files
from typing import Any

from quanyu.packs import DemoData, Pack, Parameter
from quanyu.scenarios.parking import (
    actions_http,
    charging_http,
    conformance_http,
    http,
    live_http,
    streets_http,
)
from quanyu.scenarios.parking.views import VIEWS

_HERE = files(__name__)


def _read(name: str) -> Any:
    return json.loads((_HERE / "definitions" / name).read_text(encoding="utf-8"))


pack = Pack(
    name="parking",
    version="1.7.0",
    package=__name__,
    titles={"zh-CN": "停车与拥堵", "en": "Parking and congestion"},
    about={
        "zh-CN": "多源停车普查、实时空位与预测、诱导、利用率与周转率、充电状态、拥堵指数与成因、错时共享预约。",
        "en": "A census from several sources, free spaces now and later, guidance, use, chargers, the congestion index and its causes, shared yards.",
    },
    models=_read("models.json"),
    code_lists=_read("code-lists.json"),
    rules=_read("rules.json"),
    indicators=_read("indicators.json"),
    views=VIEWS,
    parameters=(
        Parameter(
            name="apart", kind="number", default=80, unit="m", minimum=5, maximum=500,
            titles={"zh-CN": "同一停车场的最大距离", "en": "Farthest apart that one lot may be recorded"},
        ),
        Parameter(
            name="alike", kind="number", default=0.34, minimum=0, maximum=1,
            titles={"zh-CN": "名称相似度", "en": "How alike names must be"},
        ),
        Parameter(name="tracks", kind="text", default="floating-cars", names="dataset", titles={"zh-CN": "浮动车轨迹数据集", "en": "Dataset of tracks"}),
    ),
    routes=(*http.routes, *live_http.routes, *conformance_http.routes, *charging_http.routes, *streets_http.routes, *actions_http.routes),
    migrations=_HERE / "migrations",
    messages={"zh-CN": _read("zh-CN.json"), "en": _read("en.json")},
    demo=(DemoData(dataset="parking-census", file=_HERE / "demo" / "census.csv"),),
)  # fmt: skip
