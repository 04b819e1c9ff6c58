"""Messages of streams become lines of a delivery: one JSON object each, with topic and time of arrival."""

import base64
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from quanyu.connect.sources import entity
from quanyu.core.errors import Fault, Invalid

_MOST_FAULTS = 20


def lines(arrived: datetime, topic: str, payload: bytes) -> Iterator[bytes]:
    """JSON lines of one message; the same message gives the same bytes."""
    said = {"topic": topic} if topic else {}
    for record in _records(payload):
        yield msgspec.json.encode(said | {"arrived": arrived.isoformat()} | _flat(record)) + b"\n"


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


def _records(payload: bytes) -> list[Any]:
    try:
        return _entities(msgspec.json.decode(payload))
    except (msgspec.DecodeError, RecursionError):
        return [{"payload": _readable(payload)}]


def _entities(value: Any) -> list[Any]:
    """What a notification, a GeoJSON answer or a batch holds."""
    if isinstance(value, dict) and value.get("type") == "Notification" and "data" in value:
        value = value["data"]
    if isinstance(value, dict) and value.get("type") == "FeatureCollection":
        value = value.get("features")
    return value if isinstance(value, list) else [value]


def _flat(record: Any) -> dict[str, Any]:
    if not isinstance(record, dict):
        return {"payload": record}
    return entity.simplified(record) if entity.is_entity(record) else record


def _readable(payload: bytes) -> str:
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        return base64.b64encode(payload).decode()
