"""Messages of streams become lines of a delivery: one JSON object each, with topic and time of arrival."""

import base64
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec


def write_lines(target: Path, messages: Iterable[tuple[datetime, str, bytes]]) -> int:
    """JSON lines in the order of arrival; the same messages give the same bytes. Returns how many records."""
    count = 0
    with target.open("wb") as file:
        for arrived, topic, payload in messages:
            for record in _records(payload):
                line = {"topic": topic, "arrived": arrived.isoformat()} | _flat(record)
                file.write(msgspec.json.encode(line) + b"\n")
                count += 1
    return count


def _records(payload: bytes) -> list[Any]:
    try:
        value = msgspec.json.decode(payload)
    except (msgspec.DecodeError, RecursionError):
        return [{"payload": _readable(payload)}]
    if (
        isinstance(value, dict)
        and value.get("type") == "Notification"
        and isinstance(value.get("data"), list)
    ):
        value = value["data"]
    return value if isinstance(value, list) else [value]


def _flat(record: Any) -> dict[str, Any]:
    if not isinstance(record, dict):
        return {"payload": record}
    return _simplified(record) if _is_entity(record) else record


def _is_entity(record: dict[str, Any]) -> bool:
    return isinstance(record.get("id"), str) and "type" in record


def _simplified(entity: dict[str, Any]) -> dict[str, Any]:
    """An NGSI-LD entity with plain values; the newest observedAt of its attributes becomes `observedAt`."""
    plain: dict[str, Any] = {}
    observed = []
    for name, attribute in entity.items():
        if not isinstance(attribute, dict) or "type" not in attribute:
            plain[name] = attribute
            continue
        plain |= _value(name, attribute)
        if isinstance(moment := attribute.get("observedAt"), str):
            observed.append(moment)
    plain.pop("@context", None)
    return plain | ({"observedAt": max(observed)} if observed else {})


def _value(name: str, attribute: dict[str, Any]) -> dict[str, Any]:
    value = attribute.get("value", attribute.get("object", attribute.get("languageMap")))
    if name == "location" and isinstance(value, dict) and value.get("type") == "Point":
        longitude, latitude = value["coordinates"][:2]
        return {"longitude": longitude, "latitude": latitude}
    return {name: value}


def _readable(payload: bytes) -> str:
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        return base64.b64encode(payload).decode()
