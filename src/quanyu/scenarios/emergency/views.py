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
    "units": {"runs": words("次", "run | runs"), "answered": "%", "dispatched": "%", "mean_minutes": "min"} | dict.fromkeys((*_PARTS, "median_drive"), "s"),
}  # fmt: skip
_WHAT_IFS = f"{_PREFIX}/what-ifs"
_TRY = {
    "kind": "form", "route": _WHAT_IFS, "action": "entity.write",
    "titles": words("新的推演", "Try more stations"),
    "notes": words(
        "以所选日期的呼叫为需求，在路网上求新增若干急救站后可达呼叫最多的位置（最大覆盖选址，HiGHS）；没有登记急救站时以急救机构为现有站点。只写入推演分支，实际城市不变；同名推演被替换。",
        "With the calls of these days as demand: where so many more stations reach the most calls in time over the roads (maximal covering, HiGHS). Where no station is known, facilities stand for them. Written on a what-if branch only; the same name replaces it.",
    ),
    "fields": [
        {"name": "name", "title": "name_of_branch", "kind": "text", "required": True},
        {"name": "more", "kind": "number", "usual": 3, "required": True},
        {"name": "minutes", "kind": "number", "usual": 8, "required": True, "units": words("分钟", "min")},
        {"name": "since", "kind": "date", "from": "month"}, {"name": "till", "kind": "date"},
    ],
    "submit": words("推演", "Try"), "done": words("推演已完成", "The what-if is there"),
}  # fmt: skip
_TRIED = {
    "kind": "table", "route": _WHAT_IFS, "titles": words("推演比较", "What-ifs compared"),
    "columns": ["branch", "minutes", "more", "calls", "before", "after", "gained", "since", "till", "author", "at"], "heads": {"at": "tried"},
    "units": {"minutes": "min", "before": "%", "after": "%"},
    "opens": {name: {"block": "seen", "with": {"what_if": "branch"}} for name in ("calls", "before", "after", "gained")},
    "none": words("还没有推演。", "Nothing was tried yet."),
    "remove": {"route": f"{_WHAT_IFS}/{{branch}}", "action": "entity.write", "titles": words("删除推演", "Drop the what-if")},
}  # fmt: skip
_TOLD = {
    "kind": "figures", "route": f"{_WHAT_IFS}/{{what_if}}", "titles": words("覆盖前后", "Before and after"),
    "values": [f"what_if.{name}" for name in ("calls", "before", "after", "gained", "standing", "more", "minutes")],
    "units": {"what_if.before": "%", "what_if.after": "%", "what_if.minutes": "min"},
    "at": "what_if.at", "source": words("呼叫记录与路网", "records of calls, and the roads"), "opens": {f"what_if.{name}": "seen" for name in ("calls", "before", "after", "gained", "standing", "more")},
    "none": words("选择或新建一个推演。", "Choose a what-if, or try one."),
}  # fmt: skip
_SEEN = {
    "kind": "map", "name": "seen", "route": f"{_WHAT_IFS}/{{what_if}}", "columns": ["part", "calls", "before", "after"],
    "titles": words("站点与需求", "Stations and demand"),
    "notes": words("呼叫按方格合计，不显示单个地点；方格按其多数呼叫着色。", "Calls are counted by squares, no single place is shown; a square is as most of its calls are."),
    "lights": {"part": {"standing": "active", "proposed": "warn", "reached": "unknown", "gained": "good", "missed": "bad"}},
    "none": words("选择或新建一个推演。", "Choose a what-if, or try one."),
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
    page(
        "siting",
        "急救站选址推演",
        "Where stations would help",
        _TRY,
        _TRIED,
        _TOLD,
        _SEEN,
        choose=[{"name": "what_if", "route": _WHAT_IFS, "value": "branch"}],
    ),
    layer("volunteers", "急救志愿者", "Volunteers", "RescueVolunteer", action="case.read"),
    layer("aeds", "自动除颤器", "Defibrillators", "Defibrillator"),
    layer("ambulances", "急救车", "Ambulances", "Ambulance", "serviceStatus"),
)
