"""Frames that terminals send until each is stored and acknowledged: 2,000 connections at once, against a real database.

.venv/bin/python bench/bench_jt808.py [TERMINALS] [FRAMES_EACH]
"""

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop

from quanyu.connect.jt808 import Frame, Location, pack
from quanyu.connect.jt808.gateway import Gateway
from quanyu.connect.jt808.location import pack_location
from quanyu.connect.jt808.session import Gate
from quanyu.connect.sources import service
from quanyu.connect.sources.model import SourceInput
from quanyu.connect.sources.places import Places
from quanyu.connect.sources.terminals import SourceBook
from quanyu.core.clock import utc_now
from quanyu.store import EmbeddedPostgres, connect_owner, embedded_address, migrate
from quanyu.store.database import Database

TENANT = "bench"
AT_ONCE = 10
"""Frames that a terminal sends before it waits for answers."""


def frames_of(terminal: int, count: int) -> list[bytes]:
    start = datetime(2026, 5, 1, tzinfo=UTC)
    return [
        pack(
            Frame(
                message=0x0200,
                terminal=f"{13_800_000_000 + terminal:012d}",
                sequence=number,
                body=pack_location(
                    Location(
                        lat=31.2 + terminal / 1e5, lon=121.5 + number / 1e5, speed=8.4, direction=90,
                        time=start + timedelta(seconds=5 * number), items=((0x01, b"\0\0\x10\0"), (0x30, b"\x1f")),
                    )
                ),
            )
        )
        for number in range(count)
    ]  # fmt: skip


class Terminal(asyncio.Protocol):
    """Sends a handful, waits until all of it is acknowledged, sends the next."""

    def __init__(self, frames: list[bytes]) -> None:
        self._frames = frames
        self._open = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._open -= data.count(b"\x7e")
        if self._open <= 0:
            self._send()

    def _send(self) -> None:
        group, self._frames = self._frames[:AT_ONCE], self._frames[AT_ONCE:]
        if not group:
            self.done.set_result(None)
            return
        self._open = 2 * len(group)
        self._transport.write(b"".join(group))  # type: ignore[attr-defined]


async def drive(port: int, terminals: int, count: int) -> None:
    """The other process: prints the seconds from the first frame to the last answer."""
    prepared = [frames_of(number, count) for number in range(terminals)]
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    opened: list[Terminal] = []
    for frames in prepared:
        _, terminal = await loop.create_connection(lambda frames=frames: Terminal(frames), "127.0.0.1", port)
        opened.append(terminal)
    await asyncio.gather(*(terminal.done for terminal in opened))
    print(json.dumps({"seconds": time.perf_counter() - began}))


async def serve(folder: Path, terminals: int, count: int) -> None:
    server = EmbeddedPostgres(folder / "postgres")
    await server.start()
    owner = await connect_owner(embedded_address(server))
    await migrate(owner, ("store", "identity", "workflow", "connect"))
    await owner.close()
    database = await Database.open(embedded_address(server))
    source_input = SourceInput(name="fleet", kind="jt808", dataset="fleet", settings={"port": 0})
    async with database.tenant(TENANT) as connection:
        source = await service.add(connection, TENANT, Places(own=folder), source_input)
    opened: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def listening(port: int) -> None:
        opened.set_result(port)

    book = SourceBook(database=database, folder=folder, source=source, clock=utc_now)
    gateway = Gateway(gate=Gate(secret=b"bench"), book=book, clock=utc_now)
    task = asyncio.create_task(gateway.run("127.0.0.1", 0, udp=False, listening=listening))
    client = await asyncio.create_subprocess_exec(
        sys.executable,
        __file__,
        "drive",
        str(await opened),
        str(terminals),
        str(count),
        stdout=subprocess.PIPE,
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    told, _ = await client.communicate()
    seconds = json.loads(told)["seconds"]
    used = resource.getrusage(resource.RUSAGE_SELF).ru_utime - before
    async with database.tenant(TENANT) as connection:
        stored = await connection.fetchval("select count(*) from source_message")
    total = terminals * count
    assert stored == total, f"{stored} of {total} are stored"
    print(
        f"{terminals} terminals, {total} frames stored and acknowledged in {seconds:.1f} s: {total / seconds:,.0f} frames/s"
    )
    print(f"user CPU time of the gateway: {used / total * 1e6:.0f} µs a frame")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await database.close()
    await server.stop()


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["drive"]:
        uvloop.run(drive(*map(int, arguments[1:])))
        return
    terminals, count = [int(one) for one in arguments] + [2_000, 50][len(arguments) :]
    with tempfile.TemporaryDirectory(prefix="quanyu-bench-") as folder:
        uvloop.run(serve(Path(folder), terminals, count))


if __name__ == "__main__":
    main(sys.argv[1:])
