"""Messages of streams become lines of a delivery: one JSON object each, with topic and time of arrival."""

import base64
from datetime import datetime
from typing import Any

import msgspec

from quanyu.connect.sources import entity
from quanyu.core.errors import Fault, Invalid

_MOST_FAULTS = 20


def lines(arrived: datetime, topic: str, payload: bytes) -> list[bytes]:
    """JSON lines of one message; the same message gives the same bytes.

    Whatever it holds, it gives at least one: a message that cannot be told apart is kept as it is. What says nothing
    (`{}`) stays so, without topic and time, which would make a record of it: the import refuses it with its reason.
    """
    said = {"topic": topic} if topic else {}
    said |= {"arrived": arrived.isoformat()}
    try:
        return [
            _line(record if record == {} else said | _flat(record))
            for record in _entities(msgspec.json.decode(payload))
        ]
    except (ValueError, RecursionError):
        return [_line(said | {"payload": _readable(payload)})]


def check_push(body: bytes, name: str) -> None:
    """Raises Invalid unless it is a Notification, an entity or a list of entities (ETSI GS CIM 009, 5.3, 5.6.7)."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Invalid("connect.source.push.no_json", name=name, reason=str(error)) from error
    if isinstance(value, dict) and value.get("type") == "Notification" and "data" not in value:
        raise Invalid("connect.source.push.no_data")
    faults = [
        Fault("connect.source.push.no_entity", f"/{place}")
        for place, one in enumerate(_entities(value))
        if not entity.is_entity(one)
    ]
    if faults:
        raise Invalid("connect.source.push.invalid", faults=tuple(faults[:_MOST_FAULTS]))


def _line(record: dict[str, Any]) -> bytes:
    return msgspec.json.encode(record) + b"\n"


def _entities(value: Any) -> list[Any]:
    """What a notification, a GeoJSON answer or a batch holds."""
    if isinstance(value, dict) and value.get("type") == "Notification" and "data" in value:
        value = value["data"]
    if isinstance(value, dict) and value.get("type") == "FeatureCollection":
        value = value.get("features")
    return value if isinstance(value, list) and value else [value]


def _flat(record: Any) -> dict[str, Any]:
    if not isinstance(record, dict):
        return {"payload": record}
    return entity.simplified(record) if entity.is_entity(record) else record


def _readable(payload: bytes) -> str:
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        return base64.b64encode(payload).decode()
