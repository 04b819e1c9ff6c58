"""A fleet on a real node that is killed under it: all come back at once, and what was acknowledged is there, once."""

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from quanyu.connect.jt808 import Frame, Location, pack
from quanyu.connect.jt808.body import understand
from quanyu.connect.jt808.frame import parse
from quanyu.connect.jt808.location import pack_location
from quanyu.connect.jt808.splitting import Splitter
from tests.faults.slow import slow
from tests.ports import free_port
from tests.running import RunningNode, node_in

NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
FRAMES = 20
_PATIENCE = 300


@dataclass
class Terminal:
    """Sends what is not acknowledged, as streams come: split anywhere, merged, with rubbish and broken frames in between."""

    number: str
    chance: random.Random
    heard: asyncio.Semaphore
    open: dict[int, bytes] = field(default_factory=dict)
    acknowledged: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        for sequence in range(FRAMES):
            place = Location(lat=31.2, lon=121.5, time=NOON + timedelta(seconds=sequence), speed=8.0)
            frame = Frame(message=0x0200, terminal=self.number, sequence=sequence, body=pack_location(place))
            self.open[sequence] = pack(frame)

    async def drive(self, port: int) -> None:
        """Until all is acknowledged, however often the line is cut."""
        while self.open:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)  # at once again, as terminals do
                continue
            try:
                await asyncio.gather(self._send(writer), self._hear(reader))
            except OSError:
                continue
            finally:
                writer.close()

    async def _send(self, writer: asyncio.StreamWriter) -> None:
        for piece in self._pieces(b"".join(self._with_rubbish())):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.05)

    async def _hear(self, reader: asyncio.StreamReader) -> None:
        splitter = Splitter()
        while self.open:
            data = await reader.read(4096)
            if not data:
                raise ConnectionResetError
            for piece in splitter.feed(data):
                said = understand(parse(piece)).attributes
                if said["result"] == 0 and self.open.pop(said["answered"], None):
                    self.acknowledged.append(said["answered"])
                    self.heard.release()

    def _with_rubbish(self) -> Iterator[bytes]:
        for frame in list(self.open.values()):
            yield frame
            if self.chance.random() < 0.1:
                yield frame[:12] + bytes([frame[12] ^ 0x55]) + frame[13:]

    def _pieces(self, stream: bytes) -> Iterator[bytes]:
        while stream:
            size = self.chance.randint(1, 400)
            yield stream[:size]
            stream = stream[size:]


@pytest.mark.parametrize("terminals", [20, pytest.param(2000, marks=slow)])
def test_a_fleet_comes_back_at_once_after_a_kill_and_loses_nothing(tmp_path: Path, terminals: int) -> None:
    port, heard = free_port(), asyncio.Semaphore(0)
    fleet = [Terminal(f"{13_800_000_000 + one:012d}", random.Random(one), heard) for one in range(terminals)]
    with node_in(tmp_path / "data") as node:
        source = {"kind": "jt808", "dataset": "fleet", "every_seconds": 1, "settings": {"port": port}}
        with node.client() as client:
            assert client.put("/api/v1/sources/fleet", json=source).status_code == 200
        asyncio.run(_drive(fleet, heard, port, node))
        expected = {(one.number, sequence) for one in fleet for sequence in one.acknowledged}
        assert len(expected) == terminals * FRAMES
        _until_all_are_there(node, len(expected))


async def _drive(fleet: list[Terminal], heard: asyncio.Semaphore, port: int, node: RunningNode) -> None:
    """The node is killed once a third is acknowledged."""
    async with asyncio.timeout(_PATIENCE):
        driving = asyncio.gather(*(one.drive(port) for one in fleet))
        for _ in range(len(fleet) * FRAMES // 3):
            await heard.acquire()
        await asyncio.to_thread(node.kill)
        await asyncio.to_thread(node.start)
        await driving


def _until_all_are_there(node: RunningNode, count: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while _places(node) != count:
        assert time.monotonic() < deadline, f"{_places(node)} of {count} are there"
        time.sleep(0.2)


def _places(node: RunningNode) -> int:
    """Different moments of different terminals among all that was received."""
    parts = [str(part) for part in (node.data / "datasets").glob("*/fleet/raw/*.parquet")]
    if not parts:
        return 0
    with duckdb.connect() as duck:
        ((found,),) = duck.sql(
            f"select count(*) from (select distinct terminal, time from read_parquet({parts}, union_by_name=true) "
            "where terminal is not null)"
        ).fetchall()
    return int(found)
