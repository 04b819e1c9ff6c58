"""What the three scenario packs of the demonstration city begin with: the plan of sweeping, the parking census, who saves lives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quanyu.app.demo.city import City
from quanyu.app.demo.draw import drawn
from quanyu.app.demo.files.delivered import Delivery
from quanyu.app.demo.files.driving import floating_cars, phases, signals, works
from quanyu.app.demo.files.table import Row, csv_text
from quanyu.app.demo.fleet import grade, sweepers
from quanyu.app.demo.land import Line, Point, rounded
from quanyu.app.demo.motion import iso
from quanyu.app.demo.swapping import OPEN, feeder, inventory

_CENTRES = ("chest_pain_centre", "stroke_centre", "trauma_centre", "maternal_centre", "child_centre")
AMBULANCES, VOLUNTEERS, AEDS = 20, 60, 24


def sections(city: City) -> list[Row]:
    return [
        [road.code, road.name, str(grade(road)), _wkt(road.line)] for one in sweepers(city) for road in one.sections
    ]  # fmt: skip


def census(city: City) -> list[Row]:
    """Seven of ten car parks are registered, six reported by operators, some only seen in the field or marked by residents."""
    chance = drawn(city.seed, "parking census")
    rows: list[Row] = []
    for park in city.car_parks:
        lon, lat = park.spot.point
        for source, share in (("register", 0.7), ("operator", 0.6), ("field", 0.5), ("citizen", 0.15)):
            if chance.random() < share:
                spaces = (
                    park.capacity
                    if source == "register" or chance.random() < 0.8
                    else round(park.capacity * 0.8)
                )
                east, north = chance.uniform(-0.0002, 0.0002), chance.uniform(-0.0002, 0.0002)
                rows.append(
                    [f"{source}-{park.code}", source, park.name, park.spot.street.name, str(spaces), *_text(rounded(lon + east, lat + north))]
                )  # fmt: skip
    return rows


def swap_station_rows(city: City, begun: datetime) -> list[Row]:
    """One counts a battery twice, another has a status that no list knows."""
    rows: list[Row] = []
    for one in city.swap_stations:
        held = inventory(city.seed, one, begun)
        counts = [
            str(held[name])
            for name in (
                "slots",
                "fullBatteries",
                "chargingBatteries",
                "faultyBatteries",
                "queueLength",
                "swapCount",
            )
        ]
        rows.append([one.code, one.name, one.operator, one.spot.address, feeder(one), *counts, str(one.power), str(OPEN), iso(begun), *_text(one.spot.point)])  # fmt: skip
    wrong = drawn(city.seed, "spoilt swap stations").sample(rows, 2)
    wrong[0][6] = str(int(wrong[0][6]) + 1)
    wrong[1][12] = "9"
    return rows


def ambulances(city: City) -> list[Row]:
    return [[f"JH{n:03}", "free", *_text(base(city, n))] for n in range(AMBULANCES)]


def base(city: City, number: int) -> Point:
    """Where an ambulance waits: at a hospital."""
    return hospitals(city)[number % len(hospitals(city))][1]


def hospitals(city: City) -> list[tuple[str, Point]]:
    """Those that take emergencies."""
    return [(one.code, one.spot.point) for one in city.hospitals if one.grade != "0"]


def facilities(city: City) -> list[Row]:
    rows = []
    for one in (hospital for hospital in city.hospitals if hospital.grade != "0"):
        chance = drawn(city.seed, "emergency", one.code)
        able = _CENTRES if one.grade == "3A" else tuple(chance.sample(_CENTRES, 3))
        rows.append(
            [one.code, one.name, ",".join(able), ",".join(able[:-1]), str(chance.randrange(1, 9)), f"{chance.uniform(0.2, 0.9):.2f}", *_text(one.spot.point)]
        )  # fmt: skip
    return rows


def volunteers(city: City) -> list[Row]:
    chance = drawn(city.seed, "volunteers")
    return [[f"V{n:03}", "心肺复苏与除颤", *_text(city.places.spot(chance).point)] for n in range(VOLUNTEERS)]


def aeds(city: City) -> list[Row]:
    chance = drawn(city.seed, "aeds")
    spots = [city.places.spot(chance) for _ in range(AEDS)]
    return [[f"AED{n:03}", spot.address, *_text(spot.point)] for n, spot in enumerate(spots)]


@dataclass(frozen=True, slots=True)
class _File:
    header: Sequence[str]
    rows: Callable[[City, datetime], list[Row]]

    def __call__(self, city: City, begun: datetime) -> bytes:
        return csv_text((), self.header, self.rows(city, begun)).encode("utf-8-sig")


def _delivery(
    dataset: str, title: str, owner: str, about: str, file: _File, told: dict[str, Any], *, opened: bool = False
) -> Delivery:  # fmt: skip
    return Delivery(
        dataset=dataset, title=title, owner=owner, file=f"{title}.csv", write=file, about=about, opened=opened, told=told
    )  # fmt: skip


def _only(rows: Callable[[City], list[Row]]) -> Callable[[City, datetime], list[Row]]:
    return lambda city, _: rows(city)


def _text(point: Point) -> list[str]:
    return [str(point[0]), str(point[1])]


def _wkt(line: Line) -> str:
    return f"LINESTRING({','.join(f'{lon} {lat}' for lon, lat in line)})"


SCENES: tuple[Delivery, ...] = (
    _delivery("sanitation-sections", "环卫作业路段", "jz-urban", "清扫保洁计划路段与等级",
              _File(("路段编号", "道路", "等级", "wkt"), _only(sections)), {"model": "SanitationSection", "key": ["路段编号"]}),
    _delivery("parking-census", "停车普查记录", "jz-urban", "备案、经营者、实地和市民四个来源",
              _File(("编号", "来源", "名称", "街道", "泊位数", "longitude", "latitude"), _only(census)), {"model": "ParkingRecord", "key": ["编号"]}),
    _delivery("swap-stations", "换电站", "jz-energy", "换电站电池库存、排队与营业状态",
              _File(("换电站编号", "换电站名称", "运营单位", "地址", "馈线", "电池仓位数", "满电电池数", "充电中电池数", "故障电池数", "排队车辆数",
                     "当日换电次数", "单仓额定功率", "营业状态", "观测时间", "longitude", "latitude"), swap_station_rows),
              {"model": "BatterySwapStation", "key": ["换电站编号"]}),
    _delivery("ambulances", "急救车", "jz-health", "急救车与待命位置",
              _File(("车辆编号", "状态", "longitude", "latitude"), _only(ambulances)), {"model": "Ambulance", "key": ["车辆编号"]}),
    _delivery("emergency-facilities", "急救医疗机构", "jz-health", "救治能力、当班和余床",
              _File(("编号", "名称", "救治能力", "当班", "余床", "load", "longitude", "latitude"), _only(facilities)),
              {"model": "EmergencyFacility", "key": ["编号"], "types": {"编号": "text"}}),
    _delivery("rescue-volunteers", "急救志愿者", "jz-health", "受过培训的志愿者，编号为虚构",
              _File(("志愿者编号", "培训", "longitude", "latitude"), _only(volunteers)), {"model": "RescueVolunteer", "key": ["志愿者编号"]}),
    _delivery("defibrillators", "自动除颤器", "jz-health", "公共场所的自动除颤器",
              _File(("设备编号", "安放地点", "longitude", "latitude"), _only(aeds)), {"model": "Defibrillator", "key": ["设备编号"]}),
    _delivery("floating-cars", "浮动车轨迹", "jz-transport", "前几日早高峰的浮动车轨迹",
              _File(("vehicle", "time", "longitude", "latitude"), floating_cars), {"key": ["vehicle", "time"], "kind": "observations"}),
    _delivery("road-works", "占道施工", "jz-transport", "占道施工的位置与起止时间",
              _File(("编号", "名称", "开始时间", "结束时间", "longitude", "latitude"), works), {"model": "RoadWork", "key": ["编号"]}, opened=True),
    _delivery("traffic-signals", "信号灯", "jz-transport", "路口信号灯位置",
              _File(("编号", "名称", "longitude", "latitude"), _only(signals)), {"model": "TrafficSignal", "key": ["编号"]}),
    _delivery("signal-phases", "信号相位", "jz-transport", "早高峰配时方案",
              _File(("编号", "路口编号", "方案号", "相位号", "开始时间", "结束时间", "周期", "绿灯", "放行方向"), _only(phases)),
              {"model": "SignalPhase", "key": ["编号"], "types": {"相位号": "text"}}),
)  # fmt: skip
"""Delivered once the packs are on, whose models they follow."""
