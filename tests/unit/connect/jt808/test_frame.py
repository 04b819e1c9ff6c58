import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.connect.jt808 import Frame, Part, pack, unpack
from quanyu.connect.jt808.decode import decode_line
from quanyu.connect.jt808.frame import escape, parse, unescape, unpack_logged
from quanyu.core.errors import Invalid

word = st.integers(0, 0xFFFF)
parts = st.builds(lambda total, number: Part(total=total, number=number), word, word)
frames = st.builds(
    Frame,
    message=word,
    terminal=st.text("0123456789", min_size=12, max_size=12),
    sequence=word,
    body=st.binary(max_size=300),
    encryption=st.integers(0, 7),
    part=st.none() | parts,
)


@given(frames)
def test_what_is_packed_is_read_back(frame: Frame) -> None:
    assert parse(pack(frame)) == frame


@given(frames, st.integers(0, 255))
def test_a_header_of_2019_has_a_version_and_twenty_digits(frame: Frame, version: int) -> None:
    said = Frame(
        message=frame.message,
        terminal=frame.terminal.zfill(20),
        sequence=frame.sequence,
        body=frame.body,
        version=version,
    )
    assert parse(pack(said)) == said


@given(st.binary())
def test_escapes_are_undone_and_hide_every_delimiter(content: bytes) -> None:
    assert unescape(escape(content)) == (content, ())
    assert b"\x7e" not in escape(content)


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_a_frame_or_an_error_of_the_tree(data: bytes) -> None:
    with contextlib.suppress(Invalid):
        unpack(b"\x7e" + data + b"\x7e")
    decode_line(data.hex())


@given(st.text())
def test_lines_of_any_kind_are_told_in_the_answer(line: str) -> None:
    decode_line(line)


@given(frames, st.data())
def test_one_changed_byte_is_found(frame: Frame, data: st.DataObject) -> None:
    sent = bytearray(pack(frame))
    place = data.draw(st.integers(1, len(sent) - 2))
    sent[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Invalid) as refused:
        parse(bytes(sent))
    assert refused.value.faults


def test_a_frame_without_escapes_is_taken_where_its_checksum_proves_it() -> None:
    frame = Frame(message=0x0900, terminal="013800138000", body=b"\x00\x7d\x01")
    raw = b"\x7e" + unescape(pack(frame)[1:-1])[0] + b"\x7e"
    assert unpack_logged(raw) == (frame, ())
    assert unpack(raw)[1]


def test_every_fault_says_its_byte() -> None:
    told = decode_line("7e0002000201380013800000017d05aa7e").error
    assert (
        told
        == "byte 13: The escape 7d is followed by 05, not by 01 or 02; byte 15: The checksum is aa, the bytes give d3"
    )


def test_a_terminal_that_is_no_number_is_not_packed() -> None:
    with pytest.raises(Invalid, match="no number of at most 12 digits"):
        pack(Frame(message=2, terminal="42x"))
