from datetime import datetime

import pytest

from quanyu.connect.jt808 import Decoded, Decoder, Frame, Location, Part, decode_line, pack
from quanyu.connect.jt808.bcd import CHINA
from quanyu.connect.jt808.layout import read, write
from quanyu.connect.jt808.location import pack_location
from quanyu.connect.jt808.messages import BODIES, BODIES_2013, KINDS, TEXT, downward, layout_of

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
    kinds = {"kind": KINDS[1]} if message == 0x0800 else {}
    values = {field.name: VALUES.get(field.name, 7) for field in layout} | kinds
    assert read(layout, write(layout, values)) == values


def test_a_batch_keeps_the_locations_around_a_broken_item() -> None:
    one = pack_location(HERE)
    broken = one + b"\x30"
    body = b"\0\x03\0" + b"".join(len(part).to_bytes(2, "big") + part for part in (one, broken, one))
    decoded = _decoded(0x0704, body)
    assert len(decoded.positions) == 3
    assert decoded.error is not None


def test_a_batch_keeps_the_locations_around_one_whose_time_does_not_exist() -> None:
    one = pack_location(HERE)
    broken = one[:22] + bytes.fromhex("261322143000")
    body = b"\0\x03\0" + b"".join(len(part).to_bytes(2, "big") + part for part in (one, broken, one))
    decoded = _decoded(0x0704, body)
    assert len(decoded.positions) == 2
    assert decoded.error == "The time 261322143000 at byte 57 of the body does not exist"


def test_what_follows_the_declared_locations_of_a_batch_is_told() -> None:
    one = pack_location(HERE)
    decoded = _decoded(0x0704, b"\0\x01\0" + (len(one).to_bytes(2, "big") + one) * 2)
    assert len(decoded.positions) == 1
    assert decoded.error == "byte 0: 1 location is declared, 30 bytes follow them"


def test_a_batch_that_ends_early_says_how_many_are_missing() -> None:
    one = pack_location(HERE)
    decoded = _decoded(0x0704, b"\0\x02\0" + len(one).to_bytes(2, "big") + one)
    assert len(decoded.positions) == 1
    assert decoded.error == "byte 0: The batch declares 2 locations, 1 is there"


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


def _gbk(said: str, size: int) -> bytes:
    return said.encode("gbk").ljust(size, b"\0")


@pytest.mark.parametrize(
    ("version", "sizes"), [(None, (5, 20, 7)), (1, (5, 30, 30)), (1, (11, 30, 30))], ids=str
)
def test_attributes_of_a_terminal_are_read_in_each_of_their_forms(
    version: int | None, sizes: tuple[int, ...]
) -> None:
    named = b"".join(_gbk(one, size) for one, size in zip(("MAKER", "MODEL", "D123456"), sizes, strict=True))
    body = b"\0\x07" + named + bytes.fromhex("89860012345678901234") + b"\x03H10\x04F2.0\x03\x01"
    assert _decoded(0x0107, body, version=version).attributes == {
        "kind": 7, "maker": "MAKER", "model": "MODEL", "device": "D123456", "iccid": "89860012345678901234",
        "hardware": "H10", "firmware": "F2.0", "gnss": 3, "network": 1,
    }  # fmt: skip


def test_parameters_are_told_by_their_identifiers() -> None:
    decoded = _decoded(0x0104, b"\0\x05\x02\0\0\0\x01\x04\0\0\0\x1e\0\0\0\x13\x01a")
    assert decoded.attributes == {
        "answered": 5,
        "parameters": 2,
        "list": {"0x0001": "0000001e", "0x0013": "61"},
    }
    fewer = _decoded(0x8103, b"\x02\0\0\0\x01\x04\0\0\0\x1e")
    assert fewer.attributes["list"] == {"0x0001": "0000001e"}
    assert fewer.error == "2 parameters are declared, 1 is there"


def test_a_driver_is_read_with_the_card_and_only_the_time_without() -> None:
    card = (
        b"\0\x04"
        + "张三".encode("gbk")
        + _gbk("C-1", 20)
        + b"\x04"
        + "运管".encode("gbk")
        + b"\x20\x30\x12\x31"
    )
    time = bytes.fromhex("260501080000")
    read_2013 = _decoded(0x0702, b"\x01" + time + card).attributes
    assert read_2013 == {
        "inserted": True, "time": "2026-05-01T08:00:00+08:00", "result": 0, "driver": "张三", "certificate": "C-1",
        "agency": "运管", "validUntil": "20301231",
    }  # fmt: skip
    read_2019 = _decoded(0x0702, b"\x01" + time + card + _gbk("ID-2", 20), version=1).attributes
    assert read_2019 == read_2013 | {"identityCard": "ID-2"}
    assert _decoded(0x0702, b"\x02" + time).attributes == {
        "inserted": False,
        "time": "2026-05-01T08:00:00+08:00",
    }


def test_data_of_the_can_bus_are_told_frame_by_frame() -> None:
    decoded = _decoded(0x0705, b"\0\x01" + bytes.fromhex("0800001234") + b"\x40\0\x01\x02" + bytes(8))
    assert decoded.attributes == {"time": "0800001234", "data": [{"can": "0x40000102", "data": "00" * 8}]}


def test_what_stands_before_a_fault_is_told() -> None:
    of_2013 = (
        b"\0\x1f\0\x73"
        + _gbk("70111", 5)
        + _gbk("X-1", 20)
        + _gbk("7654321", 7)
        + b"\x02"
        + _gbk("京A12345", 8)
    )
    decoded = _decoded(0x0100, of_2013, version=1)
    assert (decoded.attributes["province"], decoded.attributes["city"]) == (31, 115)
    assert decoded.error is not None
    assert "plate" not in decoded.attributes


def test_no_text_holds_a_zero() -> None:
    of_2019 = (
        bytes(4)
        + _gbk("70111", 11)
        + _gbk("X-1", 30)
        + _gbk("7654321", 30)
        + b"\x02"
        + "京A12345".encode("gbk")
    )
    assert "\0" not in str(_decoded(0x0100, of_2019).attributes["plate"])


@pytest.mark.parametrize(("flags", "of_2019"), [(0b1101, 0b1110), (0b1100, 0b1111)])
def test_a_text_is_said_to_a_terminal_in_its_own_version(flags: int, of_2019: int) -> None:
    body = bytes([flags]) + "请减速".encode("gbk")
    assert downward(TEXT, body, version=None) == body
    layout = layout_of(TEXT, version=1) or ()
    assert read(layout, downward(TEXT, body, version=1)) == {"flags": of_2019, "kind": 1, "text": "请减速"}
