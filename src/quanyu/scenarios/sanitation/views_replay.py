"""What the portal shows of a vehicle's day: its track with a time slider, the sections that it swept, where it stood or jumped."""

from quanyu.packs import page, words

_PREFIX = "/api/v1/packs/sanitation"
_ROUTE = f"{_PREFIX}/vehicles/{{vehicle}}/{{day}}"
_NO_FIX = words("这一天没有该车的定位点。", "No fix of this vehicle is there for this day.")

_SUMS = {
    "kind": "figures", "route": _ROUTE, "values": ["fixes", "metres", "sections", "stops", "idle", "jumps"],
    "titles": words("当日行驶", "The day's drive"), "heads": {"sections": "swept_whole"},
    "units": {
        "metres": "m", "fixes": words("个", "fix | fixes"), "sections": words("段", "section | sections"),
        "stops": words("次", "time | times"), "idle": words("次", "time | times"), "jumps": words("次", "time | times"),
    },
    "source": words("车辆轨迹（JT/T 808）与作业计划", "vehicles' tracks (JT/T 808), and the plan"),
    "opens": {"fixes": "replay", "metres": "replay", "sections": "matched", "stops": "events", "idle": "events", "jumps": "events"},
}  # fmt: skip
_REPLAY = {
    "kind": "replay", "name": "replay", "route": _ROUTE, "titles": words("轨迹回放", "Replay"),
    "notes": words(
        "拖动时间轴或点播放；路段按该车当日清扫着色，停留 90 秒以上、怠速与跳变标在图上。",
        "Drag the time or play it; sections are coloured by what this vehicle swept of them on the day; standing for 90 s and more, idling and jumps are marked.",
    ),
    "columns": ["part", "at", "speed"], "units": {"speed": "km/h"}, "marks": ["matched", "events"],
    "lights": {"part": {"swept": "good", "partly": "warn", "missed": "bad", "stop": "unknown", "idle": "warn", "jump": "bad"}},
    "none": _NO_FIX,
}  # fmt: skip
_MATCHED = {
    "kind": "table", "name": "matched", "route": _ROUTE, "items": "matched", "titles": words("匹配路段", "Sections matched"),
    "columns": ["street", "section", "part", "metres", "share"], "heads": {"metres": "covered"}, "units": {"metres": "m", "share": "%"},
    "lights": {"part": {"swept": "good", "partly": "warn", "missed": "bad"}},
    "none": words("该车当日没有计划路段，也没有清扫任何路段。", "This vehicle was to sweep no section on this day, and swept none."),
}  # fmt: skip
_EVENTS = {
    "kind": "table", "name": "events", "route": _ROUTE, "items": "events", "titles": words("停留、怠速与跳变", "Standing, idling, jumps"),
    "columns": ["part", "at", "until", "seconds", "metres"], "heads": {"metres": "jumped"}, "units": {"seconds": "s", "metres": "m"},
    "lights": {"part": {"stop": "unknown", "idle": "warn", "jump": "bad"}},
    "none": words("该车当日没有停留、怠速或跳变。", "This vehicle neither stood nor jumped on this day."),
}  # fmt: skip

REPLAY = page(
    "replay", "车辆轨迹回放", "Replay of a vehicle", _SUMS, _REPLAY, _MATCHED, _EVENTS, action="entity.read", own=True,
    choose=[{"name": "vehicle", "route": f"{_PREFIX}/vehicles/{{day}}", "value": "vehicle"}],
)  # fmt: skip
