"""What can be done about a cause of congestion."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from quanyu.scenarios.parking.causes import Cause


class Measure(StrEnum):
    GUIDANCE = "guidance"  # 停车诱导
    SIGNAL_PLAN = "signal_plan"  # 信号配时
    SIGNAL_PRIORITY = "signal_priority"  # 公交、急救信号优先
    YARD = "yard"  # 错时共享车场开放
    WORKS = "works"  # 占道施工调整
    WIDENING = "widening"  # 道路拓宽
    CLEARANCE = "clearance"  # 事故快处
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """`hours` of the day that it is about; it holds from `day` on."""

    street: str
    control: str
    cause: Cause
    measure: Measure
    what: str
    day: date
    hours: tuple[int, ...]
