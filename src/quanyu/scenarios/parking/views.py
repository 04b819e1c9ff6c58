"""What the portal shows of parking and congestion: pages as data, and a layer of the map."""

from typing import Any

from quanyu.packs import layer, page, words
from quanyu.scenarios.parking.causes import Cause
from quanyu.scenarios.parking.measures import Measure
from quanyu.scenarios.parking.views_stations import STATIONS

_PREFIX = "/api/v1/packs/parking"
_HOUR = {
    "name": "hour",
    "values": [""],
    "route": f"{_PREFIX}/streets/{{day}}",
    "items": "curve",
    "unit": ":00",
}


_BY_CLASS = ("confirmed", "only_register", "only_field", "conflict")


def _lots(kind: str = "") -> dict[str, Any]:
    """Those of a row's street."""
    return {"view": "census", "block": "lots", "with": {"street": "street"}} | (
        {"is": {"kind": kind}} if kind else {}
    )


_CENSUS = {
    "kind": "table", "route": f"{_PREFIX}/census", "items": "streets",
    "opens": dict.fromkeys(("registered", "real", "gap"), _lots()) | {f"by_class.{one}": _lots(one) for one in _BY_CLASS},
    "titles": words("各街道泊位", "Spaces by street"),
    "notes": words(
        "备案、经营者、实地、市民四个来源比对；泊位按个计，后四列按停车场计。缺口是实地有而备案没有的泊位。",
        "Register, operators, field and residents laid upon each other. Spaces are counted singly, the last four columns by car park; the gap is what is there and not registered.",
    ),
    "columns": ["street", "registered", "real", "gap", *(f"by_class.{one}" for one in _BY_CLASS)],
}  # fmt: skip
_LOTS = {
    "kind": "table", "name": "lots", "only": ["street", "kind"], "route": f"{_PREFIX}/census", "items": "lots",
    "titles": words("各停车场与依据", "Lots and their evidence"),
    "columns": ["name", "street", "kind", "spaces", "told.register", "told.operator", "told.field", "told.citizen"],
    "lights": {"kind": {"confirmed": "good", "only_register": "unknown", "only_field": "active", "conflict": "warn"}},
    "links": {f"told.{source}": f"records.{source}" for source in ("register", "operator", "field", "citizen")},
}  # fmt: skip
_FREE = {
    "kind": "table", "route": f"{_PREFIX}/free", "items": "items",
    "notes": words(
        "经营者三种格式报送与孪生体中的最新读数；可信度刚报送时为 100%，每半小时减半；预测由四周读数学得。",
        "The newest of what operators deliver in three formats, and of the twin; confidence is 100% when just told and half after each half hour; forecasts are learned from four weeks.",
    ),
    "none": words("一天内没有停车场报送空位。", "No car park has told its free spaces within a day."),
    "columns": ["name", "free", "spaces", "age", "confidence", "outlooks.0.free", "outlooks.1.free", "outlooks.2.free"],
    "units": {"age": "s", "confidence": "%"}, "links": {"name": "thing", "free": "thing"},
}  # fmt: skip
_ERRORS = {
    "kind": "table", "route": f"{_PREFIX}/free", "items": "errors", "titles": words("预测误差", "How far the forecast was off"),
    "notes": words(
        "平均绝对误差占泊位的比例：以后四分之一的时间检验此前所学，旁边是“与上周同时刻相同”的误差。",
        "Mean absolute errors in shares of the spaces, of the last quarter of the time against what was told before it; beside them those of “as at this time last week”.",
    ),
    "columns": ["minutes", "forecast", "last_week", "count"], "heads": {"minutes": "ahead"}, "units": {"minutes": "min", "forecast": "%", "last_week": "%"},
    "none": words("不足八天读数，暂不预测。", "Less than eight days were told: nothing is foretold yet."),
}  # fmt: skip
_ADVICE = f"{_PREFIX}/guidance?origin={{origin}}&goal={{goal}}&in={{arrive}}"
_NO_ADVICE = words(
    "目的地 1 公里内没有报送空位、又能驾车到达的停车场。",
    "Within 1 km of the destination there is no car park that tells its free spaces and can be driven to.",
)
_GUIDANCE = {
    "kind": "table", "route": _ADVICE, "titles": words("推荐的停车场", "Where to park"),
    "notes": words(
        "按驾车、步行与停满再找的代价之和排序，最好的在前；驾车按到达时刻的路网行驶时间，空位按那时的预测。",
        "Ordered by the drive, the walk and what it costs to find it full, the best first: the drive as the roads are driven at that hour, the spaces as they are foretold for then.",
    ),
    "columns": ["name", "free", "chance", "drive", "walk", "cost"], "heads": {"free": "free_then"},
    "units": {"chance": "%", "drive": "s", "walk": "s", "cost": "s"}, "links": {"name": "lot", "free": "lot"}, "none": _NO_ADVICE,
}  # fmt: skip
_ADVISED = {
    "kind": "map", "route": _ADVICE, "titles": words("位置", "Where they are"), "columns": ["name", "free", "chance", "drive", "walk"], "none": _NO_ADVICE,
}  # fmt: skip
_PLACES = {"route": f"{_PREFIX}/places", "value": "spot", "label": ["name"]}
_UNCOUNTED = words(
    "这一天的轨迹尚未统计：收到浮动车轨迹后统计一天，即可看到指数。",
    "This day's tracks are not counted yet: once they have arrived and the day is counted, its indices are here.",
)
_CONGESTION = {
    "kind": "table", "route": f"{_PREFIX}/streets/{{day}}?hour={{hour}}",
    "titles": words("各街道拥堵", "Congestion by street"),
    "notes": words(
        "指数 0–10：0–2 畅通，2–4 基本畅通，4–6 轻度，6–8 中度，8–10 严重；由浮动车实际行驶时间与自由流时间之比得出。",
        "Index 0–10: to 2 free, to 4 mostly free, to 6 light, to 8 medium, above heavy; from what floating cars took over what they take when the road is free.",
    ),
    "opens": {"index": {"view": "causes", "with": {"street": "street"}}},
    "lights": {"level": {"free": "good", "mostly_free": "good", "light": "warn", "medium": "warn", "heavy": "bad"}},
    "columns": ["street", "index", "level", "metres"], "units": {"metres": "m"}, "none": _UNCOUNTED,
}  # fmt: skip
_CURVE = {
    "kind": "bars", "route": f"{_PREFIX}/streets/{{day}}", "items": "curve", "most": 10, "units": {"curve": ":00"}, "opens": {"curve": {"with": {"hour": "name"}}},
    "titles": words("全市各小时指数", "Index of the city by hour"), "none": _UNCOUNTED,
}  # fmt: skip
_ASKED = f"{_PREFIX}/streets/{{day}}/causes?street={{street}}&hour={{hour}}"
_CAUSES = {
    "kind": "table", "route": _ASKED, "titles": words("拥堵成因", "Causes"),
    "notes": words(
        "按依据附近损失的车辆时间排序：占道施工、交通事件、停车场已满致车辆绕行、信号灯。一处损失可能有两个解释，占比之和可超过 100%。",
        "Ranked by the time that vehicles lost near the evidence: works, incidents, full car parks that are circled, signals. One loss can have two explanations, so shares may sum to more than 100%.",
    ),
    "columns": ["cause", "share", "lost", "names"], "units": {"share": "%", "lost": "s"}, "links": {"names": "things"},
    "opens": {one: {"block": "losses", "with": {"cause": "cause"}} for one in ("share", "lost")},
    "none": words("这一天没有统计，或这条街道在所选时段没有损失时间，或没有找到依据。", "This day is not counted, or the street lost no time then, or nothing was there that explains it."),
}  # fmt: skip
_LOSSES = {
    "kind": "table", "name": "losses", "only": ["cause"], "route": _ASKED, "items": "items.losses",
    "titles": words("损失时间所在路段", "Where the time was lost"),
    "notes": words("上表由这些路段得出：各次通过比空路时多花的时间之和。", "What the table above comes from: the time that all drives of a link took longer than on a free road."),
    "columns": ["name", "cause", "lost", "passes", "slower"], "heads": {"name": "link"}, "units": {"lost": "s", "slower": "×"}, "links": {"name": "link"},
    "none": words("没有能由上述依据解释的损失。", "No loss that the evidence above explains."),
}  # fmt: skip
_SIGNALS = {
    "kind": "table", "route": _ASKED, "items": "items.plans", "titles": words("相关信号方案", "Signal plans there"),
    "notes": words(
        "“红灯平均等待”是空路上仅由配时造成的等待；每次通过的损失远大于它，说明来车多于绿灯放行能力。",
        "The wait at red is what the plan alone costs on an empty road; where a drive lost far more, more come than the green lets through.",
    ),
    "columns": ["name", "plan", "cycle", "green", "wait", "lost"], "heads": {"name": "thing", "lost": "lost_by_a_drive"}, "links": {"name": "thing"},
    "units": {"cycle": "s", "green": "s", "wait": "s", "lost": "s"},
    "none": words("没有已知配时方案的信号灯解释这条街道的损失。", "No signal whose plan is known explains a loss of this street."),
}  # fmt: skip
_ACCEPT = {
    "kind": "form", "route": f"{_PREFIX}/actions", "action": "score.manage", "sends": ["street"],
    "titles": words("采纳一项措施", "Accept a measure"),
    "notes": words(
        "对上面所选街道。对照街道上什么都不做，用来扣除全市同时发生的变化。",
        "For the street chosen above. On the control street nothing is done: what changed in all the city is taken off by it.",
    ),
    "fields": [
        {"name": "cause", "values": list(Cause)},
        {"name": "measure", "values": list(Measure)},
        {"name": "what", "kind": "text"},
        {"name": "day", "kind": "date"},
        {"name": "hours", "kind": "hours"},
        {"name": "control", "route": f"{_PREFIX}/streets/{{day}}", "value": "street", "unlike": "street"},
    ],
    "submit": words("采纳", "Accept"),
    "done": words("已采纳，成效将在生效日前后各有两天统计后得出", "Accepted; its effect is there once two days before and after are counted"),
}  # fmt: skip
_NOTHING_DONE = words("尚未采纳措施。", "Nothing was done yet.")
_ACTIONS = {
    "kind": "table", "name": "actions", "route": f"{_PREFIX}/actions", "items": "items",
    "titles": words("已采纳措施", "What was done"),
    "columns": ["street", "cause", "measure", "what", "day", "control", "by", "at"], "none": _NOTHING_DONE,
    "remove": {"route": f"{_PREFIX}/actions/{{id}}", "action": "score.manage", "titles": words("撤回", "Withdraw")},
}  # fmt: skip
_EFFECTS = {
    "kind": "table", "route": f"{_PREFIX}/actions", "items": "items", "titles": words("措施成效", "What came of it"),
    "notes": words(
        "生效日前两周与后两周的拥堵指数，扣除对照街道的变化；负数为改善，括在 95% 区间内。区间含 0 时不能断定有效。",
        "The index of two weeks before and after, less what the control street changed; below zero is better, with its 95% interval. Where that holds zero, nothing is proved.",
    ),
    "columns": [
        "street", "day", "effect.before", "effect.after", "effect.control_before", "effect.control_after", "effect.value", "effect.low",
        "effect.high", "effect.sure",
    ],
    "none": _NOTHING_DONE,
}  # fmt: skip
_THE_DAY = "from={day}T00:00:00%2B08:00&until={now}"
_YARDS = {
    "kind": "table", "route": f"{_PREFIX}/yards",
    "columns": ["name", "free", "spaces", "opens", "closes", "yuan_an_hour"], "heads": {"free": "unbooked"},
    "opens": {
        "free": {"block": "bookings", "with": {"name": "name"}, "is": {"running": "true"}},
        "spaces": {"block": "bookings", "with": {"name": "name"}},
    },
    "notes": words("现在无人预约的泊位；打开可见正在使用的预约。", "Spaces that nobody has booked for now; they open the bookings that are running."),
    "none": words("还没有单位开放错时共享车场。", "Nobody has opened a yard for sharing yet."),
}  # fmt: skip
_BOOKINGS = {
    "kind": "table", "name": "bookings", "only": ["name", "running"], "route": f"{_PREFIX}/bookings",
    "titles": words("各笔预约", "Each booking"),
    "notes": words("未结束的在前；号牌只显示首尾。", "Those that are not over first; of plates the beginning and the end."),
    "columns": ["name", "plate", "begin", "end", "running", "yuan", "booked"],
    "none": words("没有这样的预约。", "No such booking."),
}  # fmt: skip
_USE = {
    "kind": "table", "route": f"{_PREFIX}/use?{_THE_DAY}", "titles": words("各停车场使用情况", "How each car park is used"),
    "notes": words(
        "由车辆出入场得出，自当日零时起。利用率为占用时间与泊位时间之比，周转率为每泊位每日车次，饱和度为最满时车辆与泊位之比，缺口为最满时缺少的泊位。",
        "From vehicles that came and went, since the day began: occupied over all space-hours, vehicles a space and day, the fullest moment over the spaces, and the spaces that it lacked.",
    ),
    "columns": ["name", "spaces", "utilisation", "turnover", "mean_hours", "saturation", "gap"],
    "units": {"utilisation": "%", "saturation": "%", "mean_hours": "h"}, "links": {"name": "thing"},
    "opens": {one: {"block": "stays", "with": {"lot": "lot"}} for one in ("utilisation", "turnover", "mean_hours", "saturation", "gap")},
    "none": words("当日没有停车场报送车辆出入场。", "No car park has told of vehicles on this day."),
}  # fmt: skip
_STAYS = {
    "kind": "table", "name": "stays", "route": f"{_PREFIX}/stays?lot={{lot}}&{_THE_DAY}", "titles": words("各次停放", "Each stay"),
    "notes": words("所选停车场，最近的在前；号牌不保存。", "Of the car park chosen, the newest first; no plate is kept."),
    "columns": ["begin", "end", "minutes"], "units": {"minutes": "min"}, "none": words("当日没有停放。", "No stay on this day."),
}  # fmt: skip
_NO_DELIVERY = words("31 天内没有经营者报送。", "No operator has delivered within 31 days.")
_DELIVERIES = {
    "kind": "table", "route": f"{_PREFIX}/conformance", "items": "items", "units": {"lag": "s"},
    "lights": {"fits": {"true": "good", "false": "bad"}},
    "notes": words("31 天内各接入方经各格式的报送：百条中 98 条正确且在一刻钟内送达为符合。", "What came within 31 days, by sender and format: it fits where 98 of 100 are good and come within a quarter of an hour."),
    "columns": ["sender", "format", "deliveries", "accepted", "refused", "lag", "more", "fits"],
    "opens": {
        one: {"block": "deliveries", "with": {"sender": "sender", "format": "format"}}
        for one in ("deliveries", "accepted", "refused", "lag", "more")
    },
    "none": _NO_DELIVERY,
}  # fmt: skip
_EACH_DELIVERY = {
    "kind": "table", "name": "deliveries", "only": ["sender", "format"], "route": f"{_PREFIX}/deliveries", "units": {"lag": "s"},
    "titles": words("逐次报送", "Each delivery"),
    "notes": words("上表由这些报送得出，最近的在前；一次报送有一条错误即全部不收。", "What the report above comes from, the newest first; one fault refuses the whole delivery."),
    "columns": ["received", "sender", "format", "accepted", "refused", "lag", "faults", "more"], "none": _NO_DELIVERY,
}  # fmt: skip

VIEWS = (
    page("census", "停车普查", "Parking census", _CENSUS, _LOTS),
    page("free", "实时空位", "Free spaces", _FREE, _ERRORS),
    page(
        "guidance", "停车诱导", "Guidance", _GUIDANCE, _ADVISED,
        choose=[
            {"name": "goal"} | _PLACES, {"name": "origin", "unlike": "goal"} | _PLACES,
            {"name": "arrive", "values": ["0", "15", "30", "60", "120"]},
        ],
    ),
    page("streets", "拥堵指数", "Congestion by street", _CONGESTION, _CURVE, _CENSUS, day=f"{_PREFIX}/streets", choose=[_HOUR]),
    page(
        "causes", "拥堵成因与治理", "Causes of congestion", _CAUSES, _LOSSES, _SIGNALS, _ACCEPT, _ACTIONS, _EFFECTS, day=f"{_PREFIX}/streets",
        choose=[{"name": "street", "route": f"{_PREFIX}/streets/{{day}}", "value": "street"}, _HOUR],
    ),
    page(
        "use", "停车场使用", "Use of car parks", _USE, _STAYS,
        choose=[{"name": "lot", "route": f"{_PREFIX}/use?{_THE_DAY}", "value": "lot", "label": ["name"]}],
    ),
    page("yards", "错时共享车场", "Shared yards", _YARDS, _BOOKINGS),
    page("doors", "接入符合性", "Conformance of deliveries", _DELIVERIES, _EACH_DELIVERY),
    *STATIONS,
    layer("records", "普查记录", "Census records", "ParkingRecord", "sourceKind"),
)  # fmt: skip
