"""What a frame brings, as flat records for the import: always the same columns, so that every delivery is one table."""

from datetime import datetime
from typing import Any

from quanyu.connect.jt808.body import Said
from quanyu.connect.jt808.frame import Frame
from quanyu.connect.jt808.items import STANDARD
from quanyu.connect.jt808.location import Location
from quanyu.connect.jt808.words import alarm_words

_COLUMNS = (
    "terminal", "time", "longitude", "latitude", "speed", "direction", "altitude", "mileage", "fuel", "signal",
    "satellites", "located", "ignition", "alarm", "plate", "message", "media", "fault", "frame",
)  # fmt: skip
_EMPTY: dict[str, Any] = dict.fromkeys(_COLUMNS)
_KEPT = (0x01, 0x02, 0x30, 0x31)


def records_of(
    frame: Frame, said: Said, *, arrived: datetime, media: str | None = None
) -> list[dict[str, Any]]:
    """One a location; a registration is one too, because it names the plate."""
    head = _EMPTY | {"terminal": frame.terminal, "message": f"0x{frame.message:04X}", "media": media}
    if plate := said.attributes.get("plate"):
        return [head | {"time": arrived.isoformat(), "plate": plate}]
    return [head | _placed(location) for location in said.locations]


def broken(data: bytes, reason: str) -> dict[str, Any]:
    """Without a terminal, so that the import refuses it: what is wrong with a frame may be wrong with its number."""
    return _EMPTY | {"fault": reason, "frame": data.hex()}


def _placed(location: Location) -> dict[str, Any]:
    nowhere = location.lat == 0 == location.lon
    said = {
        "time": location.time.isoformat(),
        "longitude": None if nowhere else location.lon,
        "latitude": None if nowhere else location.lat,
        "speed": location.speed,
        "direction": location.direction,
        "altitude": location.altitude,
        "located": location.valid,
        "ignition": bool(location.status & 1),
        "alarm": ",".join(alarm_words(location.alarm)) if location.alarm else None,
    }
    for key, value in location.items:
        if key in _KEPT and len(value) == STANDARD[key][0]:
            said |= STANDARD[key][1](value)
    return said
