"""急救: the nearest who can treat this patient, and why the nearer ones were passed over."""

import json
from importlib.resources import files
from typing import Any

from quanyu.packs import DemoData, Pack, Parameter
from quanyu.scenarios.emergency import calls_http, figures_http, http, siting_http, summary_http, what_if_http
from quanyu.scenarios.emergency.views import VIEWS

_HERE = files(__name__)


def _read(name: str) -> Any:
    return json.loads((_HERE / "definitions" / name).read_text(encoding="utf-8"))


pack = Pack(
    name="emergency",
    version="1.5.0",
    package=__name__,
    titles={"zh-CN": "院前急救", "en": "Emergency care"},
    about={
        "zh-CN": "按病种、当班、余床与路网时间选择急救车与医院，说明为何跳过更近的机构并随时重算；志愿者与除颤器；医院倒计时；患者摘要；指标与选址。",
        "en": "Ambulance and hospital by problem, duty, beds and roads, decided again when they change; volunteers, the hospital's screen, patient summaries, figures, sites.",
    },
    models=_read("models.json"),
    rules=_read("rules.json"),
    indicators=_read("indicators.json"),
    views=VIEWS,
    parameters=(
        Parameter(
            name="help", kind="number", default=800, unit="m", minimum=50, maximum=3000,
            titles={"zh-CN": "呼叫志愿者的半径", "en": "How far volunteers are asked"},
        ),
    ),
    routes=(
        *http.routes, *calls_http.routes, *figures_http.routes, *siting_http.routes, *what_if_http.routes, *summary_http.routes,
    ),
    migrations=_HERE / "migrations",
    messages={"zh-CN": _read("zh-CN.json"), "en": _read("en.json")},
    demo=(DemoData(dataset="emergency-facilities", file=_HERE / "demo" / "facilities.csv"),),
)  # fmt: skip
