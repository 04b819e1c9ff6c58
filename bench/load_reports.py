"""Senders outside the node: `load_reports.py PORT CONNECTIONS SECONDS CODE` sends reports through Open311 and prints what it saw.

Each is another report, with a place, a reporter and the address of a photo, as an app of a city sends it.
"""

import asyncio
import itertools
import json
import random
import statistics
import sys
import time
from urllib.parse import urlencode

WORDS = (
    "井盖破损有响声",
    "路灯不亮",
    "树枝压到电线",
    "垃圾满了没人清",
    "人行道积水",
    "施工扰民",
    "共享单车乱停放",
    "护栏被撞坏",
)
_HEAD = (
    "POST /open311/v2/requests.json HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-www-form-urlencoded\r\n"
    "content-length: {length}\r\n\r\n"
)


def report(number: int, code: str, chance: random.Random) -> bytes:
    form = {
        "service_code": code, "lat": f"{30 + chance.random():.6f}", "long": f"{120 + chance.random():.6f}",
        "description": f"{chance.choice(WORDS)}，在{chance.randrange(999)}号门口，第{number}次", "email": f"u{number}@example.org",
        "first_name": "市", "last_name": "民", "media_url": f"https://photos.example.org/{number}.jpg",
    }  # fmt: skip
    body = urlencode(form).encode()
    return _HEAD.format(length=len(body)).encode() + body


async def connection(
    port: int, code: str, numbers: "itertools.count[int]", until: float, times: list[float]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    chance = random.Random(1)
    while time.perf_counter() < until:
        content = report(next(numbers), code, chance)
        begun = time.perf_counter()
        writer.write(content)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or b"0")
        body = await reader.readexactly(length)
        times.append(time.perf_counter() - begun)
        if not head.startswith(b"HTTP/1.1 201"):
            raise RuntimeError((head + body)[:500])
    writer.close()


async def main(port: int, connections: int, seconds: float, code: str) -> None:
    times: list[float] = []
    numbers = itertools.count(1)
    begun = time.perf_counter()
    until = begun + seconds
    await asyncio.gather(*(connection(port, code, numbers, until, times) for _ in range(connections)))
    took = time.perf_counter() - begun
    cuts = statistics.quantiles(times, n=100)
    print(json.dumps({"rate": len(times) / took, "p50": cuts[49] * 1000, "p99": cuts[98] * 1000}))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]))
