"""停车与拥堵: how many spaces there really are, how full the streets are, and yards that are shared."""

import json
from importlib.resources import files
from typing import Any

from quanyu.packs import DemoData, Pack, Parameter, View, ViewKind
from quanyu.scenarios.parking import actions_http, charging_http, http, live_http, streets_http

_HERE = files(__name__)


def _read(name: str) -> Any:
    return json.loads((_HERE / "definitions" / name).read_text(encoding="utf-8"))


_CENSUS = {
    "kind": "table", "route": "/api/v1/packs/parking/census", "items": "streets",
    "titles": {"zh-CN": "各街道泊位", "en": "Spaces by street"},
    "columns": ["street", "registered", "real", "gap", "by_class.confirmed", "by_class.only_register", "by_class.only_field", "by_class.conflict"],
}  # fmt: skip
_LOTS = {
    "kind": "table", "route": "/api/v1/packs/parking/census", "items": "lots",
    "titles": {"zh-CN": "各停车场与依据", "en": "Lots and their evidence"},
    "columns": ["name", "street", "kind", "spaces", "told.register", "told.operator", "told.field", "told.citizen"],
    "links": {f"told.{source}": f"records.{source}" for source in ("register", "operator", "field", "citizen")},
}  # fmt: skip
_FREE = {
    "kind": "table", "route": "/api/v1/packs/parking/free", "items": "items",
    "columns": ["name", "free", "spaces", "age", "confidence", "outlooks.0.free", "outlooks.1.free", "outlooks.2.free"],
    "units": {"age": "s", "confidence": "%"}, "links": {"name": "thing", "free": "thing"},
}  # fmt: skip
_CONGESTION = {
    "kind": "table", "route": "/api/v1/packs/parking/streets/{day}",
    "titles": {"zh-CN": "各街道拥堵", "en": "Congestion by street"},
    "columns": ["street", "index", "level", "metres"], "units": {"metres": "m"},
    "none": {"zh-CN": "这一天的轨迹尚未统计：收到浮动车轨迹后统计一天，即可看到指数。", "en": "This day's tracks are not counted yet: once they have arrived and the day is counted, its indices are here."},
}  # fmt: skip
_ACTIONS = {
    "kind": "table", "route": "/api/v1/packs/parking/actions", "items": "items",
    "titles": {"zh-CN": "已采纳措施与成效", "en": "What was done, and what came of it"},
    "columns": ["street", "cause", "measure", "what", "day", "by", "at", "effect.value", "effect.low", "effect.high"],
    "none": {"zh-CN": "尚未采纳措施：成因旁采纳一项后，成效在此对比前后两周与对照街道。", "en": "Nothing was done yet: once a measure is accepted, its two weeks before and after are compared here with a control street."},
}  # fmt: skip

pack = Pack(
    name="parking",
    version="1.5.0",
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
    views=(
        View(
            name="census", kind=ViewKind.PAGE, titles={"zh-CN": "停车普查", "en": "Parking census"},
            body={"blocks": [_CENSUS, _LOTS]},
        ),
        View(
            name="free", kind=ViewKind.PAGE, titles={"zh-CN": "实时空位", "en": "Free spaces"},
            body={"blocks": [_FREE]},
        ),
        View(
            name="streets", kind=ViewKind.PAGE, titles={"zh-CN": "拥堵指数", "en": "Congestion by street"},
            body={"day": "/api/v1/packs/parking/streets", "blocks": [_CONGESTION, _ACTIONS, _CENSUS]},
        ),
        View(
            name="yards", kind=ViewKind.PAGE, titles={"zh-CN": "错时共享车场", "en": "Shared yards"},
            body={"blocks": [{"kind": "table", "route": "/api/v1/packs/parking/yards", "columns": ["name", "free", "spaces", "opens", "closes", "yuan_an_hour"]}]},
        ),
        View(
            name="doors", kind=ViewKind.PAGE, titles={"zh-CN": "接入符合性", "en": "Conformance of deliveries"},
            body={"blocks": [{"kind": "table", "route": "/api/v1/packs/parking/conformance", "items": "items", "columns": ["sender", "format", "deliveries", "accepted", "refused", "lag", "fits"], "units": {"lag": "s"}}]},
        ),
        View(
            name="charging", kind=ViewKind.PAGE, titles={"zh-CN": "充电设施", "en": "Chargers"},
            body={"blocks": [{"kind": "table", "route": "/api/v1/packs/parking/charging", "items": "feeders", "columns": ["feeder", "connectors", "charging", "taken", "possible"], "units": {"taken": "kW", "possible": "kW"}}]},
        ),
        View(
            name="records", kind=ViewKind.LAYER, titles={"zh-CN": "普查记录", "en": "Census records"},
            body={"type": "ParkingRecord", "colour": {"attribute": "sourceKind"}},
        ),
    ),
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
    routes=(*http.routes, *live_http.routes, *charging_http.routes, *streets_http.routes, *actions_http.routes),
    migrations=_HERE / "migrations",
    messages={"zh-CN": _read("zh-CN.json"), "en": _read("en.json")},
    demo=(DemoData(dataset="parking-census", file=_HERE / "demo" / "census.csv"),),
)  # fmt: skip
