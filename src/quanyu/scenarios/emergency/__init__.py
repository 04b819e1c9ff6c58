"""急救: the nearest who can treat this patient, and why the nearer ones were passed over."""

import json
from importlib.resources import files
from typing import Any

from quanyu.packs import DemoData, Pack, Parameter, View, ViewKind
from quanyu.scenarios.emergency import calls_http, figures_http, http, summary_http

_HERE = files(__name__)


def _read(name: str) -> Any:
    return json.loads((_HERE / "definitions" / name).read_text(encoding="utf-8"))


_PARTS = tuple(f"parts.{name}" for name in ("accepting", "passing_on", "leaving", "driving"))
_FIGURES = {
    "kind": "figures", "route": "/api/v1/packs/emergency/figures?from={month}&until={now}",
    "values": ["runs", "answered", "dispatched", "mean_minutes", *_PARTS, "median_drive"],
    "units": {"answered": "%", "dispatched": "%", "mean_minutes": "min"} | dict.fromkeys((*_PARTS, "median_drive"), "s"),
}  # fmt: skip

pack = Pack(
    name="emergency",
    version="1.2.0",
    package=__name__,
    titles={"zh-CN": "院前急救", "en": "Emergency care"},
    about={
        "zh-CN": "按病种、当班、余床与路网时间选择急救车与医院，说明为何跳过更近的机构并随时重算；志愿者与除颤器；医院倒计时；患者摘要；指标与选址。",
        "en": "Ambulance and hospital by problem, duty, beds and roads, decided again when they change; volunteers, the hospital's screen, patient summaries, figures, sites.",
    },
    models=_read("models.json"),
    rules=_read("rules.json"),
    indicators=_read("indicators.json"),
    views=(
        View(
            name="facilities", kind=ViewKind.LAYER, titles={"zh-CN": "急救机构", "en": "Emergency facilities"},
            body={"type": "EmergencyFacility", "colour": {"attribute": "load"}},
        ),
        View(
            name="calls", kind=ViewKind.PAGE, titles={"zh-CN": "进行中的呼叫", "en": "Calls under way"},
            body={"blocks": [{"kind": "table", "route": "/api/v1/packs/emergency/calls", "items": "items", "columns": ["problem", "rang", "state", "name", "seconds"], "units": {"seconds": "s"}, "links": {"name": "facility", "state": "ambulance"}}]},
        ),
        View(
            name="figures", kind=ViewKind.PAGE, titles={"zh-CN": "急救指标", "en": "Emergency figures"},
            body={"blocks": [_FIGURES]},
        ),
        View(
            name="volunteers", kind=ViewKind.LAYER, titles={"zh-CN": "急救志愿者", "en": "Volunteers"},
            body={"type": "RescueVolunteer"}, action="case.read",
        ),
        View(
            name="aeds", kind=ViewKind.LAYER, titles={"zh-CN": "自动除颤器", "en": "Defibrillators"},
            body={"type": "Defibrillator"},
        ),
        View(
            name="ambulances", kind=ViewKind.LAYER, titles={"zh-CN": "急救车", "en": "Ambulances"},
            body={"type": "Ambulance", "colour": {"attribute": "serviceStatus"}},
        ),
    ),
    parameters=(
        Parameter(
            name="help", kind="number", default=800, unit="m", minimum=50, maximum=3000,
            titles={"zh-CN": "呼叫志愿者的半径", "en": "How far volunteers are asked"},
        ),
    ),
    routes=(*http.routes, *calls_http.routes, *figures_http.routes, *summary_http.routes),
    migrations=_HERE / "migrations",
    messages={"zh-CN": _read("zh-CN.json"), "en": _read("en.json")},
    demo=(DemoData(dataset="emergency-facilities", file=_HERE / "demo" / "facilities.csv"),),
)  # fmt: skip
