"""停车与拥堵: how many spaces there really are, how full the streets are, and yards that are shared."""

import json
from importlib.resources import files
from typing import Any

from quanyu.packs import DemoData, Pack, Parameter
from quanyu.scenarios.parking import (
    actions_http,
    charging_http,
    conformance_http,
    guidance_http,
    http,
    live_http,
    streets_http,
    swapping_http,
    use_http,
)
from quanyu.scenarios.parking.quality import rules_of
from quanyu.scenarios.parking.swapping import TYPE as SWAP_STATION
from quanyu.scenarios.parking.views import VIEWS

_HERE = files(__name__)


def _read(name: str) -> Any:
    return json.loads((_HERE / "definitions" / name).read_text(encoding="utf-8"))


_MODELS, _CODES = _read("models.json"), _read("code-lists.json")

pack = Pack(
    name="parking",
    version="1.9.0",
    package=__name__,
    titles={"zh-CN": "停车与拥堵", "en": "Parking and congestion"},
    about={
        "zh-CN": "多源停车普查、实时空位与预测、诱导、利用率与周转率、充换电设施与馈线负荷、拥堵指数与成因、错时共享预约。",
        "en": "A census from several sources, free spaces now and later, guidance, use, chargers and swap stations with their load, the congestion index and its causes, shared yards.",
    },
    models=_MODELS,
    code_lists=_CODES,
    quality_rules=rules_of(next(one for one in _MODELS if one["name"] == SWAP_STATION), _CODES),
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
    routes=(*http.routes, *live_http.routes, *guidance_http.routes, *use_http.routes, *conformance_http.routes, *charging_http.routes, *swapping_http.routes, *streets_http.routes, *actions_http.routes),
    migrations=_HERE / "migrations",
    messages={"zh-CN": _read("zh-CN.json"), "en": _read("en.json")},
    demo=(DemoData(dataset="parking-census", file=_HERE / "demo" / "census.csv"),),
)  # fmt: skip
