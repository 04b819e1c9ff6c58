from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.connect.jt808 import Frame, Location, Part, pack
from quanyu.connect.jt808.bcd import terminal_of
from quanyu.connect.jt808.body import understand
from quanyu.connect.jt808.frame import parse
from quanyu.connect.jt808.layout import write
from quanyu.connect.jt808.location import pack_location
from quanyu.connect.jt808.messages import layout_of
from quanyu.connect.jt808.session import Gate, Reaction, Session

NOW = datetime(2026, 5, 1, tzinfo=UTC)
HERE = Location(lat=31.2, lon=121.5, time=NOW, speed=36.0, items=((0x01, b"\0\0\0\x64"),))
CAR = "013800138000"


def _session(**gate: object) -> Session:
    return Session(Gate(secret=b"key", **gate), lambda: NOW)  # type: ignore[arg-type]


def _said(message: int, **values: object) -> Frame:
    body = write(layout_of(message, version=None) or (), values)
    return Frame(message=message, terminal=CAR, sequence=7, body=body)


def _located(body: bytes = pack_location(HERE)) -> Frame:
    return Frame(message=0x0200, terminal=CAR, sequence=9, body=body)


def _answer(reaction: Reaction) -> dict[str, object]:
    assert reaction.answer is not None
    return understand(reaction.answer).attributes


def _register(session: Session) -> Reaction:
    plate = {"province": 31, "city": 0, "maker": "70111", "model": "X", "device": "1", "plateColour": 2}
    return session.react(_said(0x0100, **plate, plate="沪A12345"))


def test_a_terminal_registers_and_authenticates_with_the_code_it_got() -> None:
    session = _session(authenticate=True)
    assert _answer(session.react(_located()))["result"] == 1
    registered = _register(session)
    assert registered.registered == "沪A12345"
    code = _answer(registered)["code"]
    assert _answer(session.react(_said(0x0102, code="guessed")))["result"] == 1
    assert _answer(session.react(_said(0x0102, code=code)))["result"] == 0
    assert _answer(session.react(_located()))["result"] == 0


def test_who_has_not_authenticated_answers_no_order() -> None:
    answered = Frame(message=0x0001, terminal=CAR, sequence=1, body=b"\x80\x01\x83\x00\x00")
    assert _session().react(answered).ordered == (0x8001, 0)
    assert _session(authenticate=True).react(answered).ordered is None


def test_a_terminal_that_is_not_listed_is_refused() -> None:
    session = _session(terminals=frozenset({"13900000000"}))
    assert _answer(_register(session))["result"] == 4
    assert session.react(_located()).records == ()


def test_a_location_becomes_a_record_of_named_columns() -> None:
    (record,) = _session().react(_located()).records
    assert (record["terminal"], record["latitude"], record["longitude"]) == (CAR, 31.2, 121.5)
    assert (record["speed"], record["mileage"], record["time"]) == (36.0, 10.0, "2026-05-01T08:00:00+08:00")


def test_an_answer_names_the_message_and_its_number() -> None:
    said = _answer(_session().react(_located()))
    assert said == {"answered": 9, "answeredMessage": 0x0200, "result": 0}


def test_a_wrong_body_is_answered_as_wrong() -> None:
    reaction = _session().react(_located(b"\0\1"))
    assert _answer(reaction)["result"] == 2
    assert reaction.faults


def test_a_long_message_is_taken_when_its_last_part_is_there() -> None:
    session = _session()
    body = b"\0\0\0\x09\0\0\x01\x02" + pack_location(replace(HERE, items=())) + b"\xff\xd8\xff\xd9"
    pieces = [
        Frame(
            message=0x0801,
            terminal=CAR,
            sequence=5 + number,
            body=piece,
            part=Part(total=2, number=number + 1),
        )
        for number, piece in ((1, body[20:]), (0, body[:20]))
    ]
    first, last = map(session.react, pieces)
    assert first == Reaction()
    assert last.media == b"\xff\xd8\xff\xd9"
    assert last.answer is not None
    assert last.answer.message == 0x8800


def _pieces(message: int, total: int, *, version: int | None = None) -> list[Frame]:
    return [
        Frame(
            message=message, terminal=CAR, sequence=5 + number, body=bytes([0, 0, 0, number]), version=version,
            part=Part(total=total, number=number + 1),
        )
        for number in range(total)
    ]  # fmt: skip


class _Patient:
    """A session whose time a test sets."""

    def __init__(self) -> None:
        self.now = NOW
        self.session = Session(Gate(secret=b"key"), lambda: self.now)

    def asked_after(self, seconds: float) -> list[tuple[int, dict[str, object]]]:
        self.now += timedelta(seconds=seconds)
        return [(one.message, understand(one).attributes) for one in self.session.missing()]


@pytest.mark.parametrize("version", [None, 1])
def test_parts_that_do_not_come_are_asked_for_by_their_numbers(version: int | None) -> None:
    terminal = _Patient()
    pieces = _pieces(0x0900, 5, version=version)
    for piece in (pieces[1], pieces[3]):
        terminal.session.react(piece)
    assert terminal.asked_after(4.9) == []
    ((message, said),) = terminal.asked_after(0.1)
    assert (message, said["first"], said["count"], said["parts"]) == (0x8003, 5, 3, "000100030005")
    for piece in (pieces[0], pieces[2]):
        assert terminal.session.react(piece) == Reaction()
    assert _answer(terminal.session.react(pieces[4]))["answered"] == 5
    assert terminal.asked_after(60) == []


def test_parts_of_a_picture_are_asked_for_by_its_number() -> None:
    terminal = _Patient()
    first, _, third = _pieces(0x0801, 3)
    terminal.session.react(replace(first, body=b"\0\0\1\2\0"))
    terminal.session.react(third)
    assert terminal.asked_after(5) == [(0x8800, {"multimedia": 0x0102, "missing": "010002"})]


def test_what_never_comes_is_asked_for_three_times() -> None:
    terminal = _Patient()
    terminal.session.react(_pieces(0x0801, 2)[1])
    assert [[message for message, _ in terminal.asked_after(5)] for _ in range(4)] == [[0x8003]] * 3 + [[]]


def test_an_answer_to_an_order_says_which() -> None:
    reaction = _session().react(_said(0x0001, answered=0x8001, answeredMessage=0x8300, result=3))
    assert reaction.ordered == (0x8001, 3)


def test_an_unknown_message_is_answered_as_not_supported() -> None:
    assert _answer(_session().react(Frame(message=0x0F01, terminal=CAR)))["result"] == 3


MESSAGES = [
    0x0001,
    0x0002,
    0x0004,
    0x0100,
    0x0102,
    0x0200,
    0x0201,
    0x0210,
    0x0704,
    0x0800,
    0x0801,
    0x0802,
    0x0900,
    0x0A00,
    0x5501,
]


@given(
    st.sampled_from(MESSAGES),
    st.binary(max_size=120),
    st.binary(min_size=6, max_size=6),
    st.integers(0, 7),
    st.sampled_from([None, Part(total=2, number=1), Part(total=2, number=2), Part(total=0, number=0)]),
)
def test_whatever_a_terminal_says_the_answer_can_be_sent(
    message: int, body: bytes, terminal: bytes, encryption: int, part: Part | None
) -> None:
    frame = Frame(
        message=message, terminal=terminal_of(terminal), body=body, encryption=encryption, part=part
    )
    reaction = _session().react(frame)
    if reaction.answer is not None:
        assert parse(pack(reaction.answer)).terminal == frame.terminal
