"""环卫: the plan of street cleaning against what the vehicles drove, and what the month's work earns."""

import json
from importlib.resources import files
from typing import Any

from quanyu.packs import (
    DatasetRule,
    DemoData,
    Dimension,
    Pack,
    Parameter,
    QualityRule,
    RuleKind,
)
from quanyu.scenarios.sanitation import (
    contract_http,
    disputes_http,
    doors_http,
    firm_http,
    http,
    month_http,
    replay_http,
)
from quanyu.scenarios.sanitation.views import VIEWS

_HERE = files(__name__)


def _read(name: str) -> Any:
    return json.loads((_HERE / "definitions" / name).read_text(encoding="utf-8"))


def _speed(name: str, usual: float, zh: str, en: str) -> Parameter:
    return Parameter(
        name=name,
        kind="number",
        default=usual,
        unit="km/h",
        minimum=0,
        maximum=60,
        titles={"zh-CN": zh, "en": en},
    )


def _time(name: str, usual: float, zh: str, en: str) -> Parameter:
    return Parameter(
        name=name,
        kind="number",
        default=usual,
        unit="s",
        minimum=1,
        maximum=86_400,
        titles={"zh-CN": zh, "en": en},
    )


INSPECTED = {
    "overflow": "垃圾满溢", "bicycles": "单车乱停", "dust": "积尘", "litter": "路面垃圾",
    "exposed_waste": "暴露垃圾", "damaged_bin": "垃圾箱损坏",
}  # fmt: skip


def _class(kind: str, title: str) -> Parameter:
    titles = {"zh-CN": f"{title}的案件类别代码", "en": f"Class of cases of {kind.replace('_', ' ')}"}
    return Parameter(name=f"class_{kind}", kind="text", default="", titles=titles, names="class")


pack = Pack(
    name="sanitation",
    version="1.6.0",
    package=__name__,
    titles={"zh-CN": "环卫作业监管", "en": "Street cleaning"},
    about={
        "zh-CN": "企业平台接入与符合性报告；计划路段与车辆轨迹比对：覆盖率、迟到、漏扫、重复、怠速、跳变、围栏；干净整洁有序安全；合同得分与对账。",
        "en": "The firm's platform with a conformance report; planned sections against tracks; clean, tidy, orderly, safe by street; score, pay and books.",
    },
    models=_read("models.json"),
    sources=(
        {
            "name": "sanitation-fleet", "kind": "jt808", "dataset": "sanitation-fleet", "title": "环卫作业车辆轨迹",
            "settings": {"port": 8808},
        },
    ),
    quality_rules=(
        DatasetRule(
            dataset="sanitation-sections",
            rule=QualityRule(
                name="range:grade", kind=RuleKind.RANGE, columns=("grade",), parameters={"minimum": 1, "maximum": 4},
                dimension=Dimension.VALIDITY, title_zh="道路等级为一至四级", title_en="Grades are 1 to 4",
            ),
        ),
    ),
    rules=_read("rules.json"),
    indicators=_read("indicators.json"),
    views=VIEWS,
    parameters=(
        Parameter(name="tracks", kind="text", default="sanitation-fleet", names="dataset", titles={"zh-CN": "轨迹数据集", "en": "Dataset of tracks"}),
        _speed("slowest", 3, "作业最低车速", "Slowest speed of sweeping"),
        _speed("fastest", 15, "作业最高车速", "Fastest speed of sweeping"),
        Parameter(
            name="beside", kind="number", default=15, unit="m", minimum=1, maximum=100,
            titles={"zh-CN": "距路段中心线", "en": "Distance from the section"},
        ),
        Parameter(
            name="swept", kind="number", default=0.95, minimum=0.1, maximum=1,
            titles={"zh-CN": "合格覆盖率", "en": "Share that must be covered"},
        ),
        _time("gap", 60, "轨迹允许间断", "Longest silence within a track"),
        _time("grace", 900, "迟到宽限", "Grace before a shift is late"),
        _time("idle", 1200, "怠速时长", "Standing that counts as idle"),
        Parameter(
            name="sure", kind="number", default=0.6, minimum=0, maximum=1,
            titles={"zh-CN": "AI 发现转为案件的置信度", "en": "How sure an AI finding must be to become a case"},
        ),
        *(_class(kind, title) for kind, title in INSPECTED.items()),
    ),
    routes=(*http.routes, *firm_http.routes, *doors_http.routes, *month_http.routes, *contract_http.routes, *replay_http.routes, *disputes_http.routes),
    migrations=_HERE / "migrations",
    messages={"zh-CN": _read("zh-CN.json"), "en": _read("en.json")},
    demo=(DemoData(dataset="sanitation-sections", file=_HERE / "demo" / "sections.csv"),),
)  # fmt: skip
