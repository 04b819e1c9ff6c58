"""The register and the operators' own reports speak of the same car parks: which is which waits for a review."""

from typing import Any

JOB = "car-parks"

MATCHING: dict[str, Any] = {
    "name": JOB,
    "type": "OffStreetParking",
    "sources": [
        {
            "dataset": "car-parks", "key": "备案号", "name": "停车场名称", "longitude": "经度", "latitude": "纬度",
            "attributes": {"address": "地址", "totalSpotNumber": "总泊位数", "fee": "收费标准", "operator": "经营单位"},
        },
        {
            "dataset": "parking-reports", "key": "车场编号", "name": "停车场名称",
            "longitude": "位置/经度", "latitude": "位置/纬度",
            "attributes": {"address": "地址", "totalSpotNumber": "泊位数（个）/总泊位", "operator": "经营单位"},
        },
    ],
    "rules": {"name": "longest"},
}  # fmt: skip
