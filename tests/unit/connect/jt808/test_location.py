from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from quanyu.connect.jt808 import Location, decode_line
from quanyu.connect.jt808.bcd import CHINA
from quanyu.connect.jt808.frame import Frame, pack
from quanyu.connect.jt808.location import pack_location, unpack_location

micro = 1_000_000
items = st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=40)), max_size=5)
locations = st.builds(
    lambda lat, lon, **more: Location(lat=lat / micro, lon=lon / micro, **more),
    lat=st.integers(-90 * micro, 90 * micro),
    lon=st.integers(-180 * micro, 180 * micro),
    alarm=st.integers(0, 0xFFFFFFFF),
    status=st.sampled_from([0, 1, 2, 3, 0x40000, 0x400003]),
    altitude=st.integers(-500, 9000),
    speed=st.integers(0, 2200).map(lambda tenths: tenths / 10),
    direction=st.integers(0, 359),
    time=st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)).map(  # noqa: DTZ001
        lambda at: at.replace(microsecond=0, tzinfo=CHINA)
    ),
    items=items.map(tuple),
)


@given(locations)
def test_a_location_is_read_as_it_was_written(location: Location) -> None:
    read, faults = unpack_location(pack_location(location))
    assert not faults
    assert (read.lat, read.lon, read.time, read.items) == (
        location.lat,
        location.lon,
        location.time,
        location.items,
    )
    assert (read.speed, read.altitude, read.alarm) == (location.speed, location.altitude, location.alarm)


def _line(location: Location, more: bytes = b"") -> str:
    return pack(Frame(message=0x0200, terminal="013800138000", body=pack_location(location) + more)).hex()


PLACE = Location(
    lat=-22.5, lon=113.9, alarm=0b11, status=0x403, speed=36.5, altitude=-20, direction=90,
    time=datetime(2026, 1, 2, 3, 4, 5, tzinfo=CHINA), items=((0x01, b"\0\0\x04\xd2"), (0x02, b"\x01\x9b"), (0x06, b"\x80\x05")),
)  # fmt: skip


def test_units_are_degrees_kilometres_an_hour_and_chinese_time() -> None:
    (position,) = decode_line(_line(PLACE)).positions
    assert (position.lat, position.lon, position.speed, position.altitude) == (-22.5, 113.9, 36.5, -20)
    assert position.time == "2026-01-02T03:04:05+08:00"
    assert datetime.fromisoformat(position.time).astimezone(UTC).hour == 19


def test_items_and_bits_become_words() -> None:
    said = decode_line(_line(PLACE)).attributes
    assert said["mileage"] == 123.4
    assert said["fuel"] == 41.1
    assert said["temperature"] == -5
    assert said["alarm"] == "sos,overspeed"
    assert said["ignition"]
    assert said["fuelCut"]


def test_a_broken_item_is_told_and_the_position_stays() -> None:
    decoded = decode_line(_line(PLACE, b"\x30\x05\x01"))
    assert len(decoded.positions) == 1
    assert decoded.error == "Item 0x30 at byte 42 of the body declares 5 bytes, 1 is left"


def test_a_place_beyond_the_poles_is_refused() -> None:
    body = pack_location(PLACE)
    wrong = body[:8] + (91 * micro).to_bytes(4, "big") + body[12:]
    decoded = decode_line(pack(Frame(message=0x0200, terminal="013800138000", body=wrong)).hex())
    assert not decoded.positions
    assert decoded.error is not None
    assert "byte 8" in decoded.error
