from datetime import datetime

import pytest

from quanyu.connect.jt808 import Decoded, Decoder, Frame, Location, Part, decode_line, pack
from quanyu.connect.jt808.bcd import CHINA
from quanyu.connect.jt808.layout import read, write
from quanyu.connect.jt808.location import pack_location
from quanyu.connect.jt808.messages import BODIES, BODIES_2013, layout_of

HERE = Location(lat=31.2, lon=121.5, time=datetime(2026, 5, 1, 8, 0, tzinfo=CHINA))
VALUES = {
    "plate": "京A·12345", "code": "secret 1", "maker": "70111", "model": "X-1", "device": "7654321", "imei": "866496077582164",
    "software": "1.2", "modulus": "ab" * 128, "time": "260501080000", "data": "00ff", "list": "01", "parts": "0001",
    "missing": "", "text": "请减速慢行", "waybill": "电子运单", "values": "1;2",
}  # fmt: skip


def _decoded(message: int, body: bytes, **more: object) -> Decoded:
    return decode_line(pack(Frame(message=message, terminal="013800138000", body=body, **more)).hex())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("message", "version"), [(one, None) for one in BODIES_2013] + [(one, 1) for one in BODIES], ids=str
)
def test_every_row_reads_what_it_writes(message: int, version: int | None) -> None:
    layout = layout_of(message, version=version) or ()
    values = {field.name: VALUES.get(field.name, 7) for field in layout}
    assert read(layout, write(layout, values)) == values


def test_a_batch_keeps_the_locations_around_a_broken_item() -> None:
    one = pack_location(HERE)
    broken = one + b"\x30"
    body = b"\0\x03\0" + b"".join(len(part).to_bytes(2, "big") + part for part in (one, broken, one))
    decoded = _decoded(0x0704, body)
    assert len(decoded.positions) == 3
    assert decoded.error is not None


def test_a_batch_that_ends_early_says_how_many_are_missing() -> None:
    one = pack_location(HERE)
    decoded = _decoded(0x0704, b"\0\x02\0" + len(one).to_bytes(2, "big") + one)
    assert len(decoded.positions) == 1
    assert decoded.error == "byte 0: The batch declares 2 locations, 1 are there"


def test_multimedia_says_what_and_where() -> None:
    body = b"\0\0\0\x09\0\0\x01\x02" + pack_location(HERE) + b"\xff\xd8"
    decoded = _decoded(0x0801, body)
    assert decoded.positions[0].lat == 31.2
    assert decoded.attributes["kind"] == "picture"
    assert decoded.attributes["data"] == "ffd8"


def test_a_text_command_of_2019_has_one_more_byte() -> None:
    old, new = layout_of(0x8300, version=None), layout_of(0x8300, version=1)
    assert [field.name for field in old or ()] == ["flags", "text"]
    assert [field.name for field in new or ()] == ["flags", "kind", "text"]


def test_an_encrypted_body_is_kept_as_it_is() -> None:
    decoded = _decoded(0x0200, b"\1\2\3", encryption=1)
    assert decoded.attributes == {"encryption": "rsa", "data": "010203"}
    assert decoded.error is None


def test_a_later_part_is_not_read_as_a_whole() -> None:
    decoded = _decoded(0x0801, b"\1\2", part=Part(total=2, number=2))
    assert decoded.attributes == {"part": 2, "parts": 2, "data": "0102"}


def test_a_part_beyond_the_last_is_told_and_completes_nothing() -> None:
    decoded = _decoded(0x0704, b"\1", part=Part(total=2, number=5))
    assert decoded.error == "Part 5 of 2 does not exist"
    decoder = Decoder()
    lines = [
        pack(
            Frame(message=0x0900, terminal="1", sequence=7 + n, body=b"\1", part=Part(total=2, number=n))
        ).hex()
        for n in (1, 0, 3)
    ]
    assert [one.attributes["part"] for one in map(decoder.decode, lines)] == [1, 0, 3]


def test_a_batch_in_sub_packets_is_read_with_the_line_that_completes_it() -> None:
    one = pack_location(HERE)
    body = b"\0\x02\0" + 2 * (len(one).to_bytes(2, "big") + one)
    lines = [
        pack(
            Frame(
                message=0x0704,
                terminal="1",
                sequence=8 + number,
                body=piece,
                part=Part(total=2, number=number),
            )
        ).hex()
        for number, piece in ((1, body[:20]), (2, body[20:]))
    ]
    decoder = Decoder()
    first, last = map(decoder.decode, lines)
    assert (first.positions, first.error, first.attributes["part"]) == ((), None, 1)
    assert (len(last.positions), last.error) == (2, None)
