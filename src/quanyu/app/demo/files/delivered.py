"""Which dataset is made from which file, whose it is, and what its sender says about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quanyu.app.demo.city import City
from quanyu.app.demo.files import feeds, maps, registers, requests
from quanyu.app.demo.names import CITY_CODE

MARK = "（演示）"
KEYWORD = "演示"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """`write` gives the bytes for the moment at which the city began; `told` goes into the form of the upload.

    What is `opened` anybody may read, also who is not signed in.
    """

    dataset: str
    title: str
    owner: str
    file: str
    write: Callable[[City, datetime], bytes]
    cycle: str = "irregular"
    about: str = ""
    opened: bool = False
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    name: str
    content: bytes
    said: dict[str, Any]


def deliver(delivery: Delivery, city: City, begun: datetime) -> Delivered:
    """The file and the fields of its upload. The same city and moment give the same bytes."""
    said = {
        "title": delivery.title + MARK,
        "owner": delivery.owner,
        "region": CITY_CODE,
        "update_cycle": delivery.cycle,
        **delivery.told,
    }
    return Delivered(name=delivery.file, content=delivery.write(city, begun), said=said)


def _shapes(type_: str, key: str, name: str | None, **columns: str) -> dict[str, Any]:
    """A mapping for what has no data model: attributes by column. What has a `name` is labelled on the map."""
    attributes = [{"attribute": attribute, "column": column} for attribute, column in columns.items()]
    return {"mapping": {"type": type_, "key": [key], "name": name, "geometry": "geometry", "attributes": attributes}}  # fmt: skip


_VEHICLE = {
    "mapping": {
        "type": "Vehicle", "key": ["车辆编号"], "name": "车牌号",
        "attributes": [
            {"attribute": "vehicleCode", "column": "车辆编号"},
            {"attribute": "vehiclePlateIdentifier", "column": "车牌号"},
            {"attribute": "vehicleType", "column": "车辆类型"},
            {"attribute": "owner", "column": "所属单位"},
        ],
    }
}  # fmt: skip

DELIVERIES: tuple[Delivery, ...] = (
    Delivery(dataset="regions", title="江州市行政区划", owner="jz-data", file="江州市行政区划.geojson", cycle="yearly",
             write=lambda city, _: maps.regions(city), about="市、区县、街道（乡镇）、社区（村）四级边界", opened=True,
             told={"model": "AdministrativeArea", "key": ["区划代码"], "types": {"区划代码": "text", "上级代码": "text"}}),
    Delivery(dataset="roads", title="江州市路网", owner="jz-transport", file="路网_GCJ02.geojson", cycle="quarterly",
             write=lambda city, _: maps.roads(city), about="路段、等级、车道和限速，地图厂商坐标（GCJ-02）", opened=True,
             told={"model": "RoadSegment", "crs": "GCJ-02", "key": ["路段编号"]}),
    Delivery(dataset="car-parks", title="停车场备案台账", owner="jz-urban", file="停车场备案台账.csv", cycle="monthly",
             write=lambda city, _: registers.car_parks(city), about="城管局备案的公共和配建停车场", opened=True,
             told={"model": "OffStreetParking", "key": ["备案号"], "types": {"行政区划代码": "text"}}),
    Delivery(dataset="sanitation-vehicles", title="环卫车辆台账", owner="jz-urban", file="环卫车辆台账.xlsx", cycle="monthly",
             write=lambda city, _: registers.vehicles(city), about="环卫作业车辆；位置由车载终端上报",
             told=_VEHICLE),
    Delivery(dataset="air-quality", title="空气质量微站监测", owner="jz-environment", file="空气质量微站.jsonl", cycle="real_time",
             write=feeds.air_day, about="微型监测站经 MQTT 上报的读数", opened=True,
             told={"model": "AirQualityObserved", "key": ["stationid", "time"], "kind": "observations"}),
    Delivery(dataset="service-requests", title="12345热线工单", owner="jz-hotline", file="12345工单明细.csv", cycle="daily",
             write=requests.history_file, about="近九十天的诉求工单，新工单随时追加",
             told={"model": "ServiceRequest", "key": ["工单编号"], "types": requests.TYPES}),
    Delivery(dataset="grids", title="单元网格", owner="jz-urban", file="单元网格.geojson", cycle="yearly",
             write=lambda city, _: maps.grids(city), about="城市管理单元网格",
             told=_shapes("Grid", "网格编码", None, gridCode="网格编码", gridName="网格名称", communityCode="社区代码")),
    Delivery(dataset="waters", title="水系", owner="jz-water", file="水系.geojson", cycle="yearly",
             write=lambda city, _: maps.waters(city), about="河道和湖泊水面",
             told=_shapes("WaterBody", "编号", "名称", waterCode="编号", category="类别")),
    Delivery(dataset="manholes", title="井盖液位传感器", owner="jz-water", file="井盖液位.jsonl", cycle="real_time",
             write=feeds.manhole_day, about="井内液位、井盖状态和电量，经 MQTT 上报",
             told={"model": "Device", "key": ["device_id", "time"], "kind": "observations"}),
    Delivery(dataset="parking-reports", title="停车企业上报泊位", owner="jz-transport", file="停车企业上报.xlsx", cycle="monthly",
             write=lambda city, _: registers.parking_reports(city), about="停车企业各自填报，与备案台账有出入",
             told={"model": "OffStreetParking", "key": ["车场编号"]}),
    Delivery(dataset="hospitals", title="医疗机构名录", owner="jz-health", file="医疗机构名录.csv", cycle="yearly",
             write=lambda city, _: registers.hospitals(city), about="医院和基层医疗卫生机构",
             told={"model": "Hospital", "key": ["机构编码"]}),
    Delivery(dataset="charging-stations", title="公共充电站", owner="jz-energy", file="充电站.txt", cycle="monthly",
             write=lambda city, _: registers.charging_stations(city), about="公共充电站和充电枪数",
             told={"model": "ChargingStation", "key": ["充电站编号"]}),
    Delivery(dataset="enterprises", title="环卫与停车行业企业", owner="jz-market", file="企业名单.csv", cycle="irregular",
             write=lambda city, _: registers.enterprises(city), about="行业企业名单，统一社会信用代码由企业填报",
             told={"model": "Organisation"}),
)  # fmt: skip
"""In the order in which they arrive: what moves comes early."""
