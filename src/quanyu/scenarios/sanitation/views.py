"""What the portal shows of street cleaning: the day, the month, what is disputed, and the planned sections on the map."""

from typing import Any

from quanyu.packs import layer, page, words
from quanyu.scenarios.sanitation.views_contract import SETTLEMENT
from quanyu.scenarios.sanitation.views_doors import DOORS
from quanyu.scenarios.sanitation.views_findings import EXTENT, its_track
from quanyu.scenarios.sanitation.views_replay import REPLAY

_PREFIX = "/api/v1/packs/sanitation"


_UNCOUNTED = words(
    "这一天尚未统计：收到作业计划与车辆轨迹并统计后，结果在此显示。",
    "This day is not counted yet: once the plan and the tracks are there and the day is counted, its work is here.",
)
_DAY = {
    "kind": "figures", "route": f"{_PREFIX}/days/{{day}}", "values": ["share", "sections", "findings"],
    "titles": words("当日合计", "The day in all"),
    "units": {"share": "%", "sections": words("段", "section | sections"), "findings": words("条", "finding | findings")},
    "at": "counted", "source": words("作业计划与车辆轨迹（JT/T 808）", "plan and vehicles' tracks (JT/T 808)"),
    "opens": {"share": "coverage", "sections": "coverage", "findings": "findings"},
}  # fmt: skip
_FINDINGS = {
    "kind": "table", "name": "findings", "only": ["section"], "route": f"{_PREFIX}/findings?day={{day}}",
    "titles": words("发现的问题", "Findings"),
    "notes": words(
        "由车辆轨迹（JT/T 808）与计划比对得出。程度：迟到、怠速为时长，未扫全、漏扫为已扫比例，重复作业为遍数，轨迹跳变、驶出围栏为距离。",
        "From the vehicles' tracks (JT/T 808) against the plan. Extent: a time for late and idle, the share that was swept for missed and not whole, how often for repeated, a distance for jumps and leaving the fence.",
    ),
    "columns": ["kind", "value", "vehicle", "section", "begin", "dispute", "upheld"], "opens": {"value": its_track()},
    "units": {"value": EXTENT},
    "none": words("这一天没有发现问题，或者尚未统计。", "Nothing was found on this day, or it is not counted yet."),
}  # fmt: skip
_COVERAGE = {
    "kind": "table", "name": "coverage", "route": f"{_PREFIX}/days/{{day}}/coverage",
    "titles": words("各路段覆盖", "Coverage by section"),
    "notes": words(
        "已扫长度是设备开启、车速在作业范围内的轨迹在路段上的并集；等级 1–4 为道路清扫保洁等级。",
        "Swept is the union of the track on the section while the device was on and the speed that of sweeping; classes 1–4 are those of road cleaning.",
    ),
    "columns": ["street", "section", "grade", "length", "covered", "share"], "only": ["section"],
    "opens": {"share": {"block": "findings", "with": {"section": "section"}}},
    "units": {"length": "m", "covered": "m", "share": "%"}, "none": _UNCOUNTED,
}  # fmt: skip


def _of_street(block: str, **same: str) -> dict[str, Any]:
    """Records of a row's street."""
    return {"block": block, "with": {"street": "street"}, **({"is": same} if same else {})}


_BEHIND = (
    (("clean", "counts.planned", "counts.swept"), _of_street("swept")),
    (("tidy", "counts.mess", "counts.toilets_open", "counts.toilets"), _of_street("told", figure="tidy")),
    (("orderly", "counts.disorder"), _of_street("against", figure="orderly")),
    (("safe", "counts.unsafe"), _of_street("against", figure="safe")),
    (("counts.dirt",), _of_street("told", figure="clean")),
    (("counts.shifts", "counts.vehicles"), _of_street("shifts")),
)
"""What each column of a street comes from."""

_STREETS = {
    "kind": "table", "route": f"{_PREFIX}/months/{{day}}", "items": "items",
    "titles": words("所选日期当月，各街道得分（0–100）", "Streets in the month of the day chosen, from 0 to 100"),
    "notes": words(
        "干净＝已扫÷计划，每处污物减 2；整洁＝100，每处脏乱减 5，乘公厕开放比例，没有巡查也没有公厕记录的为空；有序＝无问题班次÷班次；安全＝100，每车每次跳变、怠速或出围栏减 10。后列为依据的计数。",
        "Clean: swept ÷ planned, less 2 for each dirt; tidy: 100 less 5 for each mess, times the share of toilets open, empty where neither an inspection nor a toilet was told; orderly: shifts without fault ÷ shifts; safe: 100 less 10 for each jump, idling or leaving of the fence, per vehicle. The counts behind are what they come from.",
    ),
    "columns": [
        "street", "clean", "tidy", "orderly", "safe", "counts.planned", "counts.swept", "counts.dirt", "counts.mess",
        "counts.toilets_open", "counts.toilets", "counts.disorder", "counts.shifts", "counts.unsafe", "counts.vehicles",
    ],
    "units": {"counts.planned": "m", "counts.swept": "m"},
    "opens": {column: behind for columns, behind in _BEHIND for column in columns},
    "none": words("这个月尚无统计的作业、巡查或公厕记录。", "No work, inspection or toilet of this month is counted yet."),
}  # fmt: skip
_AGAINST = {
    "kind": "table", "name": "against", "only": ["street", "figure"], "route": f"{_PREFIX}/months/{{day}}/findings",
    "titles": words("计入有序、安全得分的问题", "Findings behind orderly and safe"),
    "notes": words(
        "裁定撤销的不计。怠速、跳变、出围栏发生在途中，计入该车作业的每条街道。",
        "What was taken back does not count. Idling, jumps and leaving of the fence happen on the way: they count for each street that the vehicle sweeps.",
    ),
    "columns": ["street", "figure", "kind", "value", "vehicle", "section", "begin"], "units": {"value": EXTENT}, "opens": {"value": its_track()},
    "none": words("这个月没有计分的问题。", "Nothing of this month counts against a street."),
}  # fmt: skip
_SWEPT = {
    "kind": "table", "name": "swept", "only": ["street"], "route": f"{_PREFIX}/months/{{day}}/sections",
    "titles": words("当月各路段清扫", "Sweeping of each section in the month"),
    "notes": words(
        "干净得分所依据的计划与已扫长度，为已统计各日之和；点覆盖率看所选日期的该路段。",
        "The planned and swept metres that clean comes from, summed over the days that were counted; the share opens the section on the day chosen.",
    ),
    "columns": ["street", "section", "days", "length", "covered", "share"], "units": {"length": "m", "covered": "m", "share": "%", "days": words("天", "day | days")},
    "opens": {"share": {"view": "day", "block": "coverage", "with": {"section": "section"}}},
    "none": words("这个月尚未统计作业。", "No work of this month is counted yet."),
}  # fmt: skip
_TOLD = {
    "kind": "table", "name": "told", "only": ["street", "figure"], "route": f"{_PREFIX}/months/{{day}}/reports",
    "titles": words("巡查发现与公厕记录", "Inspections and toilets"),
    "notes": words(
        "企业平台报送：AI 巡检发现计入干净或整洁，公厕开放与否计入整洁；按位置归到 60 米内的街道。",
        "As firms told: what AI inspections found counts for clean or tidy, whether toilets were open for tidy; each by the street within 60 m.",
    ),
    "columns": ["street", "figure", "kind", "open", "at", "firm", "code", "confidence"], "units": {"confidence": "%"},
    "none": words("这个月没有巡查发现，也没有公厕记录。", "No inspection found anything in this month, and nothing was told of toilets."),
}  # fmt: skip
_SHIFTS = {
    "kind": "table", "name": "shifts", "only": ["street"], "route": f"{_PREFIX}/months/{{day}}/shifts",
    "titles": words("计划班次与车辆", "Shifts and vehicles of the plan"),
    "notes": words("每天的班次；当月班次数＝班次 × 已统计天数。", "Shifts of each day; those of the month are these times the days that were counted."),
    "columns": ["street", "section", "shift", "vehicle", "begin", "end", "times", "days"],
    "units": {"times": "×", "days": words("天", "day | days")},
    "none": words("没有作业计划。", "No shift is planned."),
}  # fmt: skip

_SAID = ["kind", "value", "vehicle", "section", "begin"]
_TRACK = f"{_PREFIX}/findings/{{finding}}/track"
_KEPT = {
    "kind": "figures", "route": _TRACK, "values": ["fixes", "metres", "same"], "units": {"fixes": words("个", "fix | fixes"), "metres": "m"},
    "source": words("车辆轨迹（JT/T 808）", "vehicles' tracks (JT/T 808)"), "opens": {"fixes": "track", "metres": "track", "same": "disputes"},
    "titles": words("轨迹证据", "The track as evidence"),
    "notes": words(
        "问题时段前后两分钟内该车的定位点（JT/T 808）。提交申诉时记下定位点的摘要（SHA-256）；裁定时重新计算，相同则轨迹未变。",
        "Where the vehicle was from two minutes before until two minutes after (JT/T 808). A dispute keeps the digest of these fixes (SHA-256); it is reckoned anew for the ruling, and the same where the track has not changed.",
    ),
}  # fmt: skip
_SEEN = {
    "kind": "map", "name": "track", "route": _TRACK, "place": "geometry", "columns": ["part", "at", "speed"], "units": {"speed": "km/h"},
    "titles": words("计划路段与车辆定位点", "The planned section and where the vehicle was"),
    "none": words("这一时段没有该车的定位点。", "No fix of this vehicle is there for that time."),
}  # fmt: skip
_DRIVEN = {
    **_KEPT, "values": ["fixes", "metres"], "opens": {"fixes": "track", "metres": "track"}, "titles": words("这条问题的轨迹", "The track of this finding"),
    "notes": words(
        "问题时段前后两分钟内该车的定位点（JT/T 808）与计划路段，按时间先后。",
        "Where the vehicle was from two minutes before until two minutes after (JT/T 808), and the planned section, in the order of time.",
    ),
}  # fmt: skip
_FIXES = {
    "kind": "table", "route": _TRACK, "columns": ["at", "speed", "part"], "units": {"speed": "km/h"},
    "titles": words("逐个定位点", "Fix by fix"), "none": _SEEN["none"],
}  # fmt: skip
_DISPUTE = {
    "kind": "form", "route": f"{_PREFIX}/findings/{{finding}}/dispute", "action": "source.push",
    "titles": words("提交申诉", "Dispute it"),
    "notes": words("对上面所选的问题；裁定之前可以改写。", "What is chosen above; it can be written anew until it is ruled upon."),
    "fields": [{"name": "reason", "kind": "lines", "required": True}],
    "submit": words("提交申诉", "Dispute"), "done": words("申诉已提交，轨迹已作为证据留存", "The dispute is with the body, with the track as evidence"),
}  # fmt: skip
_DISPUTES = {
    "kind": "table", "name": "disputes", "route": f"{_PREFIX}/disputes", "titles": words("申诉与裁定", "Disputes and rulings"),
    "columns": [*_SAID, "dispute", "disputed_by", "disputed_at", "upheld", "ruling", "ruled_by", "ruled_at"],
    "units": {"value": EXTENT}, "none": words("没有申诉。", "Nothing is disputed."),
}  # fmt: skip
_RULE = {
    "kind": "form", "route": f"{_PREFIX}/findings/{{finding}}/ruling", "action": "score.manage",
    "titles": words("裁定", "Rule on it"),
    "notes": words(
        "撤销的问题不再扣分，结算单随之改变；再次统计当天也不会恢复。",
        "What is taken back costs no points: the settlement changes with it, and counting the day again does not bring it back.",
    ),
    "fields": [{"name": "upheld", "kind": "flag", "values": ["true", "false"]}, {"name": "reason", "kind": "lines", "required": True}],
    "submit": words("裁定", "Rule"), "done": words("已裁定", "It is ruled upon"),
}  # fmt: skip

VIEWS = (
    layer(
        "sections", "作业路段", "Planned sections", "SanitationSection",
        {"route": f"{_PREFIX}/days/{{day}}/coverage", "value": "share"},
    ),
    page("month", "街道月度评价", "Streets this month", _STREETS, _SWEPT, _TOLD, _AGAINST, _SHIFTS, bodies=["firm"]),
    page("day", "作业日报", "The day's work", _DAY, _FINDINGS, _COVERAGE),
    page(
        "track", "问题轨迹", "The track of a finding", _DRIVEN, _SEEN, _FIXES, own=True,
        choose=[{"name": "finding", "route": f"{_PREFIX}/findings?day={{day}}", "value": "id", "label": ["kind", "vehicle", "section", "begin"]}],
    ),
    REPLAY,
    SETTLEMENT,
    page(
        "disputes", "扣分申诉", "Disputed deductions", _KEPT, _SEEN, _DISPUTE, _DISPUTES, action="source.push", own=True,
        choose=[{"name": "finding", "route": f"{_PREFIX}/disputable?day={{day}}", "value": "id", "label": ["kind", "vehicle", "section", "begin"]}],
    ),
    page(
        "rulings", "申诉裁定", "Rulings on disputes", _KEPT, _SEEN, _RULE, _DISPUTES, action="score.manage",
        choose=[{"name": "finding", "route": f"{_PREFIX}/disputes?open=true", "value": "id", "label": ["kind", "vehicle", "section", "dispute"]}],
    ),
    DOORS,
)  # fmt: skip
