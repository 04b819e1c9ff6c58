"""Terminals on real connections: what they send is in the database before they hear of it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import cast

import pytest

from quanyu.connect.jt808 import Frame, Location, pack
from quanyu.connect.jt808.body import understand
from quanyu.connect.jt808.frame import Part, parse
from quanyu.connect.jt808.gateway import Gateway
from quanyu.connect.jt808.layout import write
from quanyu.connect.jt808.lines import MOST_FAULTS
from quanyu.connect.jt808.location import pack_location
from quanyu.connect.jt808.messages import layout_of
from quanyu.connect.jt808.parts import PATIENCE
from quanyu.connect.jt808.session import Gate
from quanyu.connect.sources import _terminals, service, terminals
from quanyu.connect.sources.model import SourceInput
from quanyu.connect.sources.places import Places
from quanyu.connect.sources.terminals import SourceBook
from quanyu.core.clock import utc_now
from quanyu.core.errors import Invalid, NotFound
from tests.patience import PATIENCE_SECONDS, eventually
from tests.unit.connect.sources.conftest import Scene

NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
CAR = "013800138000"


@dataclass
class Terminal:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def hear(self) -> Frame:
        """The next frame from the platform."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.reader.readexactly(1)
            return parse(b"\x7e" + await self.reader.readuntil(b"\x7e"))


def _located(sequence: int, *, car: str = CAR, version: int | None = None) -> bytes:
    place = Location(
        lat=31.2, lon=121.5 + sequence / 1000, time=NOON + timedelta(seconds=sequence), speed=8.5
    )
    return pack(
        Frame(message=0x0200, terminal=car, sequence=sequence, body=pack_location(place), version=version)
    )


@asynccontextmanager
async def _door(
    scene: Scene,
    *,
    udp: bool = False,
    gate: Gate = Gate(secret=b"key"),  # noqa: B008 (frozen)
    clock: Callable[[], datetime] = utc_now,
) -> AsyncIterator[int]:
    """The port of a gateway whose book is the source `jt808`."""
    source = await scene.add("jt808", port=0, udp=udp)
    book = SourceBook(database=scene.database, folder=scene.folder, source=source, clock=utc_now)
    opened: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def listening(port: int) -> None:
        opened.set_result(port)

    gateway = Gateway(gate=gate, book=book, clock=clock, pause=0.02)
    task = asyncio.create_task(gateway.run("127.0.0.1", 0, udp=udp, listening=listening))
    try:
        yield await opened
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Sender(asyncio.DatagramProtocol):
    """A terminal that speaks in datagrams."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        self._heard: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._heard.put_nowait(data)

    def say(self, datagram: bytes) -> None:
        self._transport.sendto(datagram)

    async def hear(self) -> Frame:
        """The next datagram, which is one frame."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return parse(await self._heard.get())

    def close(self) -> None:
        self._transport.close()


@asynccontextmanager
async def _sender(port: int) -> AsyncIterator[Sender]:
    loop = asyncio.get_running_loop()
    _, sender = await loop.create_datagram_endpoint(Sender, remote_addr=("127.0.0.1", port))
    yield sender
    sender.close()


@asynccontextmanager
async def _terminal(port: int) -> AsyncIterator[Terminal]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    yield Terminal(reader, writer)
    writer.close()


async def _lines(scene: Scene) -> list[dict[str, object]]:
    await scene.run("jt808")
    return [json.loads(line) for line in scene.inbox.lines]


async def test_a_terminal_is_asked_for_the_part_that_was_lost_and_the_message_is_whole(scene: Scene) -> None:
    now = NOON
    batch = b"\0\x02\0" + 2 * (b"\0\x1c" + pack_location(Location(lat=31.2, lon=121.5, time=NOON, speed=8.5)))
    pieces = [
        pack(Frame(message=0x0704, terminal=CAR, sequence=7 + number, body=one, part=Part(total=3, number=number + 1)))
        for number, one in enumerate((batch[:20], batch[20:40], batch[40:]))
    ]  # fmt: skip
    async with _door(scene, clock=lambda: now) as port, _terminal(port) as terminal:
        await terminal.say(pieces[0] + pieces[2] + _located(1))
        await terminal.hear()  # what came before it was heard as well
        now += PATIENCE
        asked = await terminal.hear()
        assert (asked.message, understand(asked).attributes["parts"]) == (0x8003, "0002")
        await terminal.say(pieces[1])
        answer = await terminal.hear()
    assert understand(answer).attributes == {"answered": 7, "answeredMessage": 0x0704, "result": 0}
    assert len(await _lines(scene)) == 3


async def test_what_is_acknowledged_is_stored(scene: Scene) -> None:
    async with _door(scene) as port, _terminal(port) as terminal:
        await terminal.say(_located(1))
        answer = await terminal.hear()
        assert (await scene.row("jt808"))["waiting"] == 1
    assert understand(answer).attributes == {"answered": 1, "answeredMessage": 0x0200, "result": 0}


async def test_frames_that_come_split_and_merged_are_imported_one_by_one(scene: Scene) -> None:
    stream = b"".join(_located(number) for number in range(1, 4))
    async with _door(scene) as port, _terminal(port) as terminal:
        for begin in range(0, len(stream), 50):
            await terminal.say(stream[begin : begin + 50])
            await asyncio.sleep(0)
        answers = [await terminal.hear() for _ in range(3)]
    assert [understand(one).attributes["answered"] for one in answers] == [1, 2, 3]
    assert [line["longitude"] for line in await _lines(scene)] == [121.501, 121.502, 121.503]


async def test_a_corrupt_frame_is_kept_with_its_reason_and_not_acknowledged(scene: Scene) -> None:
    broken = bytearray(_located(1))
    broken[20] ^= 0xFF
    async with _door(scene) as port, _terminal(port) as terminal:
        await terminal.say(bytes(broken) + _located(2))
        assert understand(await terminal.hear()).attributes["answered"] == 2
    first, second = await _lines(scene)
    assert first["terminal"] is None
    assert first["frame"] == broken.hex()
    assert "校验码" in str(first["fault"])
    assert second["terminal"] == CAR


async def test_datagrams_are_stored_and_each_answered_by_one_of_its_own(scene: Scene) -> None:
    async with _door(scene, udp=True) as port, _sender(port) as sender:
        sender.say(_located(5) + _located(6))
        answers = [await sender.hear(), await sender.hear()]
    assert [understand(one).attributes["answered"] for one in answers] == [5, 6]
    assert (await scene.row("jt808"))["waiting"] == 2


async def test_a_message_comes_in_datagrams_in_any_order_and_again(scene: Scene) -> None:
    """Batch location in two sub-packets, the second first and twice; the end of a third is cut off."""
    place = pack_location(Location(lat=31.2, lon=121.5, time=NOON))
    body = b"\0\x01\0" + len(place).to_bytes(2, "big") + place
    parts = [
        pack(Frame(message=0x0704, terminal=CAR, sequence=7 + number, body=one, part=Part(total=2, number=number + 1)))
        for number, one in enumerate((body[:9], body[9:]))
    ]  # fmt: skip
    async with _door(scene, udp=True) as port, _sender(port) as sender:
        for datagram in (parts[1], parts[1], parts[0], _located(9)[:20], _located(10)):
            sender.say(datagram)
        answers = [understand(await sender.hear()).attributes["answered"] for _ in range(2)]
    assert answers == [7, 10]
    lines = await _lines(scene)
    assert [(one["terminal"], one.get("frame")) for one in lines] == [
        (CAR, None), (None, _located(9)[:20].hex()), (CAR, None)
    ]  # fmt: skip


async def test_of_a_sender_of_rubbish_a_bounded_number_is_kept_and_what_is_right_still_counts(
    scene: Scene,
) -> None:
    async with _door(scene, udp=True) as port, _sender(port) as sender:
        for _ in range(MOST_FAULTS + 5):
            sender.say(b"\x7e\x01\x7e")
            await asyncio.sleep(0)
        sender.say(_located(1))
        assert understand(await sender.hear()).attributes["answered"] == 1
    assert len(await _lines(scene)) == MOST_FAULTS + 1


async def test_what_a_terminal_does_not_answer_it_is_told_again_and_later_each_time(scene: Scene) -> None:
    await scene.add("jt808", port=0)
    times = []
    async with scene.database.tenant(scene.tenant) as connection:
        await _terminals.seen(connection, scene.tenant, "jt808", {CAR: None}, NOON)
        await terminals.send_text(
            connection, scene.actor, "jt808", CAR, text="请减速", urgent=True, clock=utc_now
        )
        for second in range(200):
            now = NOON + timedelta(seconds=second)
            if await _terminals.take_orders(connection, scene.tenant, "jt808", [CAR], now):
                times.append(second)
    assert times == [0, 10, 30, 90]


async def test_a_storm_of_reconnections_loses_nothing_that_was_acknowledged(scene: Scene) -> None:
    async def drive(port: int, car: str) -> None:
        for number in (1, 2):
            async with _terminal(port) as terminal:
                await terminal.say(_located(number, car=car))
                await terminal.hear()

    async with _door(scene) as port:
        await asyncio.gather(*(drive(port, f"{number:012d}") for number in range(100)))
    assert len({(line["terminal"], line["time"]) for line in await _lines(scene)}) == 200


@pytest.mark.parametrize(("car", "version"), [(CAR, None), (CAR.zfill(20), 1)])
async def test_a_text_goes_down_and_its_answer_comes_back(
    scene: Scene, car: str, version: int | None
) -> None:
    async with _door(scene) as port, _terminal(port) as terminal:
        await terminal.say(_located(1, car=car, version=version))
        await terminal.hear()
        await eventually(partial(_is_known, scene, car))
        async with scene.database.tenant(scene.tenant) as connection:
            await terminals.send_text(
                connection, scene.actor, "jt808", car, text="请减速", urgent=True, clock=utc_now
            )
        order = await terminal.hear()
        assert understand(order).attributes["text"] == "请减速"
        body = order.sequence.to_bytes(2, "big") + b"\x83\x00\x00"
        await terminal.say(pack(Frame(message=0x0001, terminal=car, sequence=2, body=body, version=version)))
        await eventually(partial(_is_done, scene, car))


async def test_the_longest_text_that_is_taken_fits_into_a_frame_of_either_version(scene: Scene) -> None:
    async with _door(scene) as port, _terminal(port) as terminal:
        car = CAR.zfill(20)
        await terminal.say(_located(1, car=car, version=1))
        await terminal.hear()
        await eventually(partial(_is_known, scene, car))
        async with scene.database.tenant(scene.tenant) as connection:
            with pytest.raises(Invalid) as refused:
                await terminals.send_text(
                    connection, scene.actor, "jt808", car, text="x" * 1022, urgent=False, clock=utc_now
                )
            longest = int(str(refused.value.values["limit"]))
            await terminals.send_text(
                connection, scene.actor, "jt808", car, text="x" * longest, urgent=False, clock=utc_now
            )
        assert understand(await terminal.hear()).attributes["text"] == "x" * longest


async def test_a_registration_in_the_wrong_version_ends_nothing(scene: Scene) -> None:
    of_2019 = bytes(4) + b"MAKER".ljust(11, b"\0") + bytes(60) + b"\x02" + "京A12345".encode("gbk")
    async with _door(scene) as port, _terminal(port) as terminal:
        await terminal.say(pack(Frame(message=0x0100, terminal=CAR, sequence=1, body=of_2019)))
        await terminal.hear()
        await eventually(partial(_is_known, scene))
        await terminal.say(_located(2))
        assert understand(await terminal.hear()).attributes["result"] == 0


async def test_a_text_goes_to_who_has_authenticated_not_to_who_uses_the_name(scene: Scene) -> None:
    gate = Gate(secret=b"key", authenticate=True)
    code = write(layout_of(0x0102, version=None) or (), {"code": gate.code(CAR)})
    async with _door(scene, gate=gate) as port, _terminal(port) as owner, _terminal(port) as stranger:
        await owner.say(pack(Frame(message=0x0102, terminal=CAR, sequence=1, body=code)))
        await owner.hear()
        await owner.say(_located(2))
        await owner.hear()
        await eventually(partial(_is_known, scene))
        await stranger.say(_located(3))
        assert understand(await stranger.hear()).attributes["result"] == 1
        async with scene.database.tenant(scene.tenant) as connection:
            await terminals.send_text(
                connection, scene.actor, "jt808", CAR, text="请减速", urgent=False, clock=utc_now
            )
        assert understand(await owner.hear()).attributes["text"] == "请减速"


async def test_a_text_to_nobody_or_in_no_characters_of_terminals_is_refused(scene: Scene) -> None:
    await scene.add("jt808", port=0)
    async with scene.database.tenant(scene.tenant) as connection:
        with pytest.raises(NotFound):
            await terminals.send_text(
                connection, scene.actor, "jt808", "1", text="x", urgent=False, clock=utc_now
            )
        await _terminals.seen(connection, scene.tenant, "jt808", {"1": None}, utc_now())
        with pytest.raises(Invalid, match="GBK"):
            await terminals.send_text(
                connection, scene.actor, "jt808", "1", text="🚮", urgent=False, clock=utc_now
            )


async def test_who_looks_after_one_organisation_opens_no_door_to_the_network(scene: Scene) -> None:
    wide = SourceInput(name="x", kind="jt808", dataset="x", settings={"host": "0.0.0.0"})
    places = Places(own=scene.folder, organisation="sweepers")
    async with scene.database.tenant(scene.tenant) as connection:
        with pytest.raises(Invalid) as refused:
            await service.add(connection, scene.tenant, places, wide)
    assert [fault.key for fault in refused.value.faults] == ["connect.jt808.open_door"]


async def _is_known(scene: Scene, car: str = CAR) -> bool:
    async with scene.database.tenant(scene.tenant) as connection:
        return await _terminals.knows(connection, scene.tenant, "jt808", car)


async def _is_done(scene: Scene, car: str) -> bool:
    async with scene.database.tenant(scene.tenant) as connection:
        (row,) = await _terminals.orders_of(connection, scene.tenant, "jt808", car, limit=1)
    return bool(row["result"] == 0)
