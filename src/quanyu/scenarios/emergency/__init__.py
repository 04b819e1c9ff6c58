"""急救: the nearest who can treat this patient, and why the nearer ones were passed over."""

import json
from importlib.resources import files
from typing import Any

from quanyu.packs import DemoData, Pack, View, ViewKind
from quanyu.scenarios.emergency.http import routes

_HERE = files(__name__)


def _read(name: str) -> Any:
    return json.loads((_HERE / "definitions" / name).read_text(encoding="utf-8"))


pack = Pack(
    name="emergency",
    version="1.0.0",
    package=__name__,
    titles={"zh-CN": "院前急救", "en": "Emergency care"},
    about={
        "zh-CN": "按病种、当班、余床与路网时间选择急救车与医院，说明为何跳过更近的机构；四段响应时间。",
        "en": "Ambulance and hospital by problem, duty, beds and the road network; why nearer ones were passed over; the four parts of a response.",
    },
    models=_read("models.json"),
    rules=_read("rules.json"),
    views=(
        View(
            name="facilities", kind=ViewKind.LAYER, titles={"zh-CN": "急救机构", "en": "Emergency facilities"},
            body={"type": "EmergencyFacility", "colour": {"attribute": "load"}},
        ),
        View(
            name="ambulances", kind=ViewKind.LAYER, titles={"zh-CN": "急救车", "en": "Ambulances"},
            body={"type": "Ambulance", "colour": {"attribute": "serviceStatus"}},
        ),
    ),
    routes=routes,
    messages={"zh-CN": _read("zh-CN.json"), "en": _read("en.json")},
    demo=(DemoData(dataset="emergency-facilities", file=_HERE / "demo" / "facilities.csv"),),
)  # fmt: skip
