"""What the portal shows of chargers and swap stations: two pages, with the load of both on their feeders, and a layer of the map."""

from quanyu.packs import layer, page, words
from quanyu.scenarios.parking.swapping import TYPE

_PREFIX = "/api/v1/packs/parking"
_NO_CHARGER = words("没有充电设施报送状态。", "No charger has told its state.")
_NO_SWAP = words("这一天没有换电站报送换电订单。", "No swap was told on this day.")

_BATTERIES = words("块", "battery | batteries")

_FEEDERS = {
    "kind": "table", "route": f"{_PREFIX}/feeders", "units": {"taken": "kW", "possible": "kW"},
    "titles": words("各馈线负荷", "Load by feeder"),
    "notes": words(
        "同一馈线上充电枪与换电站电池仓的负荷合计，按额定功率计；实际功率只有电表知道。",
        "Connectors and the battery slots of swap stations on one feeder together, by rated power; what flows exactly only the meter knows.",
    ),
    "opens": {
        "connectors": {"view": "charging", "block": "connectors", "with": {"feeder": "feeder"}},
        "vehicles": {"view": "charging", "block": "connectors", "with": {"feeder": "feeder"}, "is": {"status": "3"}},
        "slots": {"view": "swapping", "block": "stations", "with": {"feeder": "feeder"}},
        "batteries": {"view": "swapping", "block": "stations", "with": {"feeder": "feeder"}},
    },
    "columns": ["feeder", "connectors", "vehicles", "slots", "batteries", "taken", "possible"],
    "none": words("没有充换电设施报送状态。", "No charger or swap station has told its state."),
}  # fmt: skip
_CONNECTORS = {
    "kind": "table", "name": "connectors", "route": f"{_PREFIX}/connectors", "only": ["feeder", "status"],
    "titles": words("各充电枪", "Connectors"),
    "notes": words("状态按 T/CEC 102：离网、空闲、占用、充电中、预约锁定、故障。", "States as of T/CEC 102: off line, free, occupied, charging, reserved, faulty."),
    "columns": ["name", "connector", "feeder", "status", "kw", "at"], "heads": {"name": "station", "at": "told"}, "units": {"kw": "kW"},
    "links": {"name": "thing"},
    "lights": {"status": {"0": "unknown", "1": "good", "2": "warn", "3": "active", "4": "warn", "255": "bad"}},
    "none": _NO_CHARGER,
}  # fmt: skip
_ORDERS = {
    "kind": "table", "route": f"{_PREFIX}/charging-orders", "titles": words("充电订单", "Charging orders"),
    "notes": words("最近的在前。", "The newest first."),
    "columns": ["at", "sequence", "connector", "order", "kwh"], "heads": {"at": "told"}, "units": {"kwh": "kWh"},
    "none": words("没有运营商报送充电订单。", "No operator has told a charging order."),
}  # fmt: skip
_SUMS = {
    "kind": "figures", "route": f"{_PREFIX}/swap-stations", "at": "at",
    "units": {
        "stations": words("座", "station | stations"), "able": words("座", "station | stations"), "available": "%", "full": _BATTERIES, "charging": _BATTERIES,
        "faulty": _BATTERIES, "queue": words("辆", "vehicle | vehicles"),
    },
    "titles": words("换电站总览", "All stations together"), "source": words("换电站报送", "as the stations tell"),
    "values": ["stations", "able", "available", "full", "charging", "faulty", "queue"],
    "opens": dict.fromkeys(("stations", "able", "available", "full", "charging", "faulty", "queue"), "stations"),
}  # fmt: skip
_STATIONS = {
    "kind": "table", "name": "stations", "route": f"{_PREFIX}/swap-stations", "only": ["feeder"],
    "titles": words("各换电站", "Each station"),
    "notes": words(
        "满电、充电中与故障电池之和等于仓位数；满电不足仓位两成为紧张。负荷为充电中电池的额定功率。",
        "Full, charging and faulty batteries make the slots; with a fifth of them full, or less, supply is low. The load is the rated power of what charges.",
    ),
    "columns": ["name", "supply", "full", "charging", "faulty", "slots", "queue", "feeder", "taken", "age"], "heads": {"name": "station"},
    "units": {"taken": "kW", "age": "s"}, "links": {"name": "thing"},
    "lights": {"supply": {"ready": "good", "low": "warn", "empty": "bad", "shut": "unknown"}},
    "none": words("没有换电站报送电池库存。", "No swap station has told its inventory."),
}  # fmt: skip
_WRONG = {
    "kind": "table", "route": f"{_PREFIX}/swap-stations", "items": "wrong", "titles": words("未计入的换电站", "Stations that are not counted"),
    "columns": ["name", "reason"], "heads": {"name": "station"}, "links": {"name": "thing"},
    "none": words("没有：所有换电站的库存都能核对。", "None: every inventory adds up."),
}  # fmt: skip
_WORK = {
    "kind": "table", "route": f"{_PREFIX}/swaps/{{day}}", "titles": words("当日换电", "Swaps of the day"),
    "columns": ["name", "swaps", "wait", "longest", "lasted", "kwh"], "heads": {"name": "station", "wait": "mean_wait"},
    "units": {"wait": "s", "longest": "s", "lasted": "s", "kwh": "kWh"}, "links": {"name": "thing"},
    "opens": {one: {"block": "swaps", "with": {"name": "name"}} for one in ("swaps", "wait", "longest", "lasted", "kwh")},
    "none": _NO_SWAP,
}  # fmt: skip
_SWAPS = {
    "kind": "table", "name": "swaps", "route": f"{_PREFIX}/swaps/{{day}}/orders", "only": ["name"],
    "titles": words("逐笔换电订单", "Each swap"),
    "notes": words("最近的在前；等候为到站至开始换电，电量为换出与换入电池之差。", "The newest first; the wait is from arrival until the swap begins, the energy by how much the battery given holds more than the one left."),
    "columns": ["begun", "name", "wait", "ended", "given", "taken", "kwh"], "heads": {"name": "station", "wait": "waited", "taken": "left"},
    "units": {"wait": "s", "kwh": "kWh"}, "none": _NO_SWAP,
}  # fmt: skip

STATIONS = (
    page("charging", "充电设施", "Chargers", _FEEDERS, _CONNECTORS, _ORDERS, own=True),
    page("swapping", "换电站", "Swap stations", _SUMS, _STATIONS, _FEEDERS, _WORK, _SWAPS, _WRONG, own=True),
    layer("swap-stations", "换电站", "Battery swap stations", TYPE, "status"),
)  # fmt: skip
