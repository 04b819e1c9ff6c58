"""Live occupancy as it arrives, in three formats, parsed into one: readings, and vehicles that come and go.

t133     messages of DB4401/T 133-2021, by their names (definitions 2.7); of its fields public text gives `ParkID` and those of a
         car park's register, not those of a reading: `FIELDS` says which we read, so that an operator's own are one row each
ngsi-ld  entities of type OffStreetParking, normalized or simplified
csv      a header with lot, time, free and, if known, spaces
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from quanyu.core.errors import Fault, Invalid

Json = Mapping[str, Any]


class Format(StrEnum):
    T133 = "t133"
    NGSI_LD = "ngsi-ld"
    CSV = "csv"


class Message(StrEnum):
    """The message set of DB4401/T 133-2021."""

    LOT_STATE = "停车场状态"
    SPACE_STATE = "停车位状态"
    ENTRY = "车辆入场"
    EXIT = "车辆出场"
    FREE_SPACES = "空位信息"
    ROADSIDE_STATE = "道路泊位路段状态"
    ROADSIDE_MOVE = "道路泊位出入场"
    ROADSIDE_SPACE = "道路泊位实时状态"
    LOGIN = "登录"
    SHARED_LOGIN = "停车位预约共享登录"
    SHARED_AUTHORISATION = "停车位预约共享预授权"
    SHARED_ORDER = "停车位预约共享订单上传"


FIELDS: Mapping[str, tuple[str, ...]] = {
    "lot": ("ParkID", "parkId", "sectionId", "停车场编号", "路段编号"),
    "time": ("time", "时间"),
    "free": ("freeSpaces", "空位数", "剩余泊位数"),
    "spaces": ("totalSpaces", "泊位总数"),
    "plate": ("plate", "车牌号"),
    "move": ("move", "出入"),
}
_TELL_FREE = {Message.LOT_STATE, Message.FREE_SPACES, Message.ROADSIDE_STATE}
_MOVES = {Message.ENTRY: True, Message.EXIT: False}
_IN_WORDS = {"in": True, "入场": True, "out": False, "出场": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`spaces` None: not told."""

    lot: str
    at: datetime
    free: int
    spaces: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    lot: str
    at: datetime
    plate: str
    enters: bool


@dataclass(frozen=True, slots=True)
class Told:
    """`passed_over`: messages that are known and tell nothing of occupancy."""

    readings: tuple[Reading, ...] = ()
    moves: tuple[Move, ...] = ()
    passed_over: int = 0


def of_messages(messages: Iterable[Json]) -> Told:
    """Raises Invalid with every fault and its place."""
    readings: list[Reading] = []
    moves: list[Move] = []
    other: list[Message] = []

    def read(one: Json) -> None:
        kind = Message(str(one.get("message", one.get("消息", ""))))
        if kind in _TELL_FREE:
            readings.append(_reading(one))
        elif kind in _MOVES or kind is Message.ROADSIDE_MOVE:
            moves.append(_move(one, _MOVES.get(kind)))
        else:
            other.append(kind)

    _collected(enumerate(messages), read)
    return Told(tuple(readings), tuple(moves), len(other))


def of_entities(entities: Iterable[Json]) -> Told:
    """Raises Invalid with every fault and its place."""
    readings: list[Reading] = []

    def read(one: Json) -> None:
        free = one.get("availableSpotNumber")
        at = free.get("observedAt") if isinstance(free, dict) else one.get("observedAt")
        spaces = _maybe(_value(one.get("totalSpotNumber")))
        readings.append(
            Reading(lot=_text(one.get("id")), at=_moment(at), free=_count(_value(free)), spaces=spaces)
        )

    _collected(enumerate(entities), read)
    return Told(tuple(readings))


def of_csv(text: str) -> Told:
    """Raises Invalid with every fault and its line."""
    readings: list[Reading] = []

    def read(row: Json) -> None:
        lot, at, free = _text(row.get("lot")), _moment(row.get("time")), _count(row.get("free"))
        readings.append(Reading(lot=lot, at=at, free=free, spaces=_maybe(row.get("spaces"))))

    _collected(enumerate(csv.DictReader(io.StringIO(text)), start=2), read)
    return Told(tuple(readings))


def _collected(parts: Iterable[tuple[int, Json]], read: Callable[[Json], None]) -> None:
    """Reads every part; what is wrong with them is raised together."""
    faults = []
    for place, one in parts:
        try:
            read(one)
        except (ValueError, TypeError, OverflowError) as error:
            faults.append(Fault("packs.thing.unreadable", f"/{place}", {"reason": str(error)[:200]}))
    if faults:
        raise Invalid("packs.thing.reading", faults=tuple(faults[:100]), count=len(faults))


def _reading(one: Json) -> Reading:
    return Reading(
        lot=_lot(one), at=_moment(_field(one, "time")), free=_count(_field(one, "free")),
        spaces=_maybe(_field(one, "spaces")),
    )  # fmt: skip


def _move(one: Json, enters: bool | None) -> Move:
    said = str(_field(one, "move"))
    if enters is None and said not in _IN_WORDS:
        raise ValueError(f"move {said}")
    return Move(
        lot=_lot(one), at=_moment(_field(one, "time")), plate=_text(_field(one, "plate")),
        enters=_IN_WORDS[said] if enters is None else enters,
    )  # fmt: skip


def _field(one: Json, name: str) -> Any:
    return next((one[key] for key in FIELDS[name] if key in one), None)


def _lot(one: Json) -> str:
    """The standard's `ParkID` is a number."""
    said = _field(one, "lot")
    return _text(str(said) if isinstance(said, int) and not isinstance(said, bool) else said)


def _text(said: Any) -> str:
    if not isinstance(said, str) or not 0 < len(said) <= 200:
        raise ValueError(f"name {said!r:.60}")
    return said


def _moment(said: Any) -> datetime:
    at = datetime.fromisoformat(said)
    if at.tzinfo is None:
        raise ValueError(f"{said} has no zone")
    return at


def _count(said: Any) -> int:
    number = int(said)
    if not 0 <= number <= 1_000_000:
        raise ValueError(f"{said} spaces")
    return number


def _maybe(said: Any) -> int | None:
    return None if said in (None, "") else _count(said)


def _value(said: Any) -> Any:
    return said.get("value") if isinstance(said, dict) else said
