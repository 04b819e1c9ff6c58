"""Rules of the demonstration: what its own sensors open by themselves. Published once; what people change afterwards stays."""

from typing import Any

COVER_OPEN: dict[str, Any] = {
    "name": "manhole-open", "title": {"zh-CN": "井盖开启", "en": "Manhole cover open"}, "severity": "red",
    "description": {
        "zh-CN": "井盖传感器报告开启，立即派遣水务局处置。", "en": "A sensor says that its cover is open: the water bureau is sent at once.",
    },
    "subject": {"type": "Device"},
    "when": {"q": 'deviceState=="井盖开启"'},
    "case": {
        "class": "C01", "title": "{name}井盖开启", "text": "传感器 {deviceCode} 报告井盖开启，水位 {value} 厘米。",
        "channel": "sensor", "urgent": True, "dispatch": True, "organisation": "jz-water",
    },
}  # fmt: skip

WATER_HIGH: dict[str, Any] = {
    "name": "manhole-level", "title": {"zh-CN": "井下水位过高", "en": "Water high in a manhole"}, "severity": "orange",
    "description": {"zh-CN": "高于 80 厘米触发，低于 65 厘米恢复。", "en": "Begins above 80 cm and is over below 65 cm."},
    "subject": {"type": "Device", "q": "deviceState"},
    "when": {"q": "value>80"}, "recovery": {"when": {"q": "value<65"}},
    "case": {
        "class": "C01", "title": "{name}水位 {value} 厘米", "text": "传感器 {deviceCode} 报告水位过高。", "channel": "sensor",
        "dispatch": True, "organisation": "jz-water",
    },
}  # fmt: skip

AIR: dict[str, Any] = {
    "name": "pm25-high", "title": {"zh-CN": "PM2.5 大范围偏高", "en": "PM2.5 high in much of the city"}, "severity": "orange",
    "description": {
        "zh-CN": "三成以上监测点一小时平均高于 75 微克/立方米，是一个事件；夜间不打扰。",
        "en": "One event where a third of the stations have more than 75 µg/m³ in the mean of an hour; quiet at night.",
    },
    "subject": {"type": "AirQualityObserved"},
    "when": {"window": {"attribute": "pm25", "over": "PT1H", "value": "avg", "above": 75}},
    "group": {"at_least": 5, "share": 0.3, "recovers_below": 3}, "quiet": {"hours": "22:00-24:00,00:00-06:00"},
    "case": {
        "title": "{holding} 个监测点 PM2.5 持续偏高", "channel": "sensor", "dispatch": True, "organisation": "jz-environment",
    },
}  # fmt: skip

PARKING_SILENT: dict[str, Any] = {
    "name": "parking-silent", "title": {"zh-CN": "停车数据中断", "en": "Parking data fall silent"}, "severity": "yellow",
    "description": {
        "zh-CN": "半数以上停车场十分钟没有余位数据，是一个事件。", "en": "One event where half of the car parks have told nothing for ten minutes.",
    },
    "subject": {"type": "OffStreetParking", "q": "availableSpotNumber"},
    "when": {"silent": {"over": "PT10M", "attributes": ["availableSpotNumber"]}},
    "group": {"at_least": 5, "share": 0.5, "recovers_below": 5},
    "case": {
        "class": "C02001", "title": "{holding} 个停车场没有余位数据", "channel": "sensor", "dispatch": True,
        "organisation": "jz-transport",
    },
}  # fmt: skip

RULES = (COVER_OPEN, WATER_HIGH, AIR, PARKING_SILENT)
