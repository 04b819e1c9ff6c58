"""A client outside the node: `load.py PORT KIND CONNECTIONS SECONDS ENTITIES` prints what it saw as one JSON object.

KIND is `update` (one attribute of one entity a request), `batch` (an upsert of 200 whole entities a request), `retrieve` (one entity
by its id) or `query` (20 of a type by the value of an attribute and where they are).
"""

import asyncio
import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

PER_BATCH = 200
_ASKED = "GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"
_HEAD = "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"


def sensor(number: int, chance: random.Random) -> dict[str, Any]:
    moment = datetime.now(UTC).isoformat()
    point = {"type": "Point", "coordinates": [121 + (number % 1000) / 1000, 31 + number / 1_000_000]}
    return {
        "id": f"urn:ngsi-ld:AirQualityObserved:bench:{number}",
        "type": "AirQualityObserved",
        "name": {"type": "Property", "value": f"监测点{number}"},
        "pm25": {
            "type": "Property",
            "value": chance.randrange(300),
            "unitCode": "GQ",
            "observedAt": moment,
        },
        "humidity": {"type": "Property", "value": chance.random(), "observedAt": moment},
        "status": {"type": "Property", "value": "working"},
        "location": {"type": "GeoProperty", "value": point},
    }


def request(method: str, path: str, body: object) -> bytes:
    content = json.dumps(body, ensure_ascii=False).encode()
    return _HEAD.format(method=method, path=path, length=len(content)).encode() + content


def updates(entities: int, chance: random.Random) -> Callable[[], bytes]:
    def make() -> bytes:
        id = f"urn:ngsi-ld:AirQualityObserved:bench:{chance.randrange(entities)}"
        value = {"type": "Property", "value": chance.randrange(300)}
        return request("PATCH", f"/ngsi-ld/v1/entities/{id}/attrs/pm25", value)

    return make


def batches(entities: int, chance: random.Random) -> Callable[[], bytes]:
    """Made beforehand: they are large, and not what is measured."""
    made = [
        request(
            "POST",
            "/ngsi-ld/v1/entityOperations/upsert",
            [sensor(n, chance) for n in range(start, start + PER_BATCH)],
        )
        for start in range(0, entities, PER_BATCH)
    ]
    place = iter(range(1 << 62))
    return lambda: made[next(place) % len(made)]


def retrievals(entities: int, chance: random.Random) -> Callable[[], bytes]:
    def make() -> bytes:
        id = f"urn:ngsi-ld:AirQualityObserved:bench:{chance.randrange(entities)}"
        return _ASKED.format(path=f"/ngsi-ld/v1/entities/{id}").encode()

    return make


def queries(entities: int, chance: random.Random) -> Callable[[], bytes]:
    def make() -> bytes:
        place = f"[{121 + chance.random():.3f},31]"
        near = f"georel=near;maxDistance==2000&geometry=Point&coordinates={place}"
        asked = f"type=AirQualityObserved&q=pm25%3E{chance.randrange(200)}&{near}&limit=20"
        return _ASKED.format(path=f"/ngsi-ld/v1/entities?{asked}").encode()

    return make


KINDS: dict[str, Callable[[int, random.Random], Callable[[], bytes]]] = {
    "update": updates, "batch": batches, "retrieve": retrievals, "query": queries,
}  # fmt: skip


async def connection(
    port: int, make: Callable[[], bytes], until: Callable[[], bool], times: list[float]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while not until():
        content = make()
        begun = time.perf_counter()
        writer.write(content)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or b"0")
        body = await reader.readexactly(length)
        times.append(time.perf_counter() - begun)
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201", b"HTTP/1.1 204")):
            raise RuntimeError((head + body)[:500])
    writer.close()


async def main(port: int, kind: str, connections: int, seconds: float, entities: int) -> None:
    """A batch run goes over all entities at least once."""
    chance, times = random.Random(1), list[float]()
    make = KINDS[kind](entities, chance)
    least = entities // PER_BATCH if kind == "batch" else 0
    begun = time.perf_counter()

    def over() -> bool:
        return time.perf_counter() - begun > seconds and len(times) >= least

    await asyncio.gather(*(connection(port, make, over, times) for _ in range(connections)))
    took = time.perf_counter() - begun
    cuts = statistics.quantiles(times, n=100)
    each = PER_BATCH if kind == "batch" else 1
    found = {"rate": each * len(times) / took, "p50": cuts[49] * 1000, "p99": cuts[98] * 1000, "refused": 0}
    print(json.dumps(found))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])))
