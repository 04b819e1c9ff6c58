"""What the portal shows of emergency care: calls and why each goes where it goes, the hospital's screen, figures, layers of the map."""

from quanyu.packs import layer, page, words

_PREFIX = "/api/v1/packs/emergency"
_PARTS = tuple(f"parts.{name}" for name in ("accepting", "passing_on", "leaving", "driving"))


_NO_CALLS = words("现在没有进行中的呼叫。", "No call is under way now.")
_CALLS = {
    "kind": "table", "route": f"{_PREFIX}/calls", "items": "items",
    "notes": words(
        "待派车的在前，其余按到院先后。预计到院时间按实时路况计算，负数为已超过预计。",
        "Those that wait first, then by arrival. The time to the door is by the roads as they are driven now; below zero it is overdue.",
    ),
    "columns": ["problem", "rang", "state", "name", "seconds"], "units": {"seconds": "s"},
    "links": {"name": "facility", "state": "ambulance"}, "none": _NO_CALLS,
}  # fmt: skip
_DECISIONS = {
    "kind": "table", "route": f"{_PREFIX}/calls/{{call}}/decisions",
    "titles": words("每次决定", "Each decision"),
    "notes": words(
        "路况、余床或当班变化时重新决定；合计另含医院负荷的加时。",
        "Decided again where traffic, beds or duty change; the cost holds a penalty for the load of the facility, too.",
    ),
    "columns": ["number", "at", "name", "decision.to_scene", "decision.to_facility", "decision.hand_over", "decision.cost", "decision.on_roads"],
    "units": dict.fromkeys(("decision.to_scene", "decision.to_facility", "decision.hand_over", "decision.cost"), "s"),
    "links": {"name": "facility"}, "none": _NO_CALLS,
}  # fmt: skip
_PASSED = {
    "kind": "table", "route": f"{_PREFIX}/calls/{{call}}/decisions", "items": "items.decision.passed",
    "titles": words("更近但未选的医院", "Nearer, and passed over"),
    "columns": ["name", "reason", "seconds"], "heads": {"name": "facility", "seconds": "drive"}, "units": {"seconds": "s"}, "links": {"name": "facility"},
    "none": words("所选医院就是最近的。", "The one that was chosen is the nearest."),
}  # fmt: skip
_SCREEN = {
    "kind": "table", "route": f"{_PREFIX}/screens/{{facility}}",
    "notes": words(
        "上车即入院：救护车到达急诊门口的倒计时，负数为已超过预计；只列病种，不列患者。",
        "The countdown until the ambulance is at the door; below zero it is overdue. Problems only, no patients.",
    ),
    "columns": ["problem", "seconds", "boarded", "ambulance"], "units": {"seconds": "s"}, "links": {"ambulance": "ambulance"},
    "none": words("没有救护车正驶往医院。", "No ambulance is on its way to a hospital."),
}  # fmt: skip
_FIGURES = {
    "kind": "figures", "route": f"{_PREFIX}/figures?from={{month}}&until={{now}}",
    "titles": words("当月 1 日至所选日期", "From the first of the month until the day chosen"),
    "notes": words(
        "国家要求：10 秒内接听、3 分钟内派车均不低于 95%。平均反应时间＝受理＋信息传递＋出车＋行驶，只计各时刻齐全的出车。",
        "Both shares shall be 95% (national guidance). The mean response is call taking, passing on, leaving and driving; runs whose moments are all known count.",
    ),
    "values": ["runs", "answered", "dispatched", "mean_minutes", *_PARTS, "median_drive"],
    "at": "until", "source": words("呼叫与出车记录", "records of calls and runs"),
    "opens": dict.fromkeys(("runs", "answered", "dispatched", "mean_minutes", *_PARTS, "median_drive"), "runs"),
    "units": {"runs": words("次", "runs"), "answered": "%", "dispatched": "%", "mean_minutes": "min"} | dict.fromkeys((*_PARTS, "median_drive"), "s"),
}  # fmt: skip
_RUN_PARTS = ("answering", "accepting", "passing_on", "leaving", "driving", "whole")
_RUNS = {
    "kind": "table", "name": "runs", "route": f"{_PREFIX}/runs?from={{month}}&until={{now}}",
    "titles": words("逐次出车", "Each run"),
    "notes": words("上面的数字由这些出车得出，最近的在前。", "What the figures above come from, the newest first."),
    "columns": ["rang", "problem", *_RUN_PARTS], "units": dict.fromkeys(_RUN_PARTS, "s"),
    "none": words("这段时间没有时刻齐全的出车。", "No run of that time has all of its moments."),
}  # fmt: skip
_A_CALL = {"name": "call", "route": f"{_PREFIX}/calls", "value": "call", "label": ["problem", "rang"]}
_A_FACILITY = {"name": "facility", "route": f"{_PREFIX}/calls", "value": "facility", "label": ["name"]}

VIEWS = (
    layer("facilities", "急救机构", "Emergency facilities", "EmergencyFacility", "load"),
    page("calls", "进行中的呼叫", "Calls under way", _CALLS),
    page("decisions", "派送依据", "Why it goes there", _DECISIONS, _PASSED, choose=[_A_CALL]),
    page("screen", "医院接诊屏", "The hospital's screen", _SCREEN, choose=[_A_FACILITY]),
    page("figures", "急救指标", "Emergency figures", _FIGURES, _RUNS),
    layer("volunteers", "急救志愿者", "Volunteers", "RescueVolunteer", action="case.read"),
    layer("aeds", "自动除颤器", "Defibrillators", "Defibrillator"),
    layer("ambulances", "急救车", "Ambulances", "Ambulance", "serviceStatus"),
)
