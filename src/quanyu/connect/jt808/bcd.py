"""Numbers as BCD 8421: terminals and times."""

from datetime import datetime, timedelta, timezone

from quanyu.core.errors import Invalid

_IMEI_BYTES, _IMEI_DIGITS = 6, 15

CHINA = timezone(timedelta(hours=8))
"""Times of the standard are GMT+8."""


def digits(number: str, size: int) -> bytes:
    """`size` bytes, zeros in front; what `terminal_of` made of no digits goes back as it came. Raises Invalid where it is no number or too long."""
    if size == _IMEI_BYTES and len(number) == _IMEI_DIGITS and number.isascii() and number.isdigit():
        return int(number[:-1]).to_bytes(_IMEI_BYTES, "big")
    if len(number) == size * 2 and set(number) <= set("0123456789abcdef"):
        return bytes.fromhex(number)
    if not number.isascii() or not number.isdigit() or len(number) > size * 2:
        raise Invalid("connect.jt808.terminal", terminal=number, digits=size * 2)
    return bytes.fromhex(number.zfill(size * 2))


def terminal_of(field: bytes) -> str:
    """All digits as sent. Six bytes that are no BCD hold the first 14 digits of an IMEI as a number (vendors)."""
    said = field.hex()
    if said.isdigit() or len(field) != _IMEI_BYTES:
        return said
    imei = str(int.from_bytes(field, "big")).zfill(_IMEI_DIGITS - 1)
    return imei + str(luhn(imei)) if len(imei) < _IMEI_DIGITS else said


def luhn(number: str) -> int:
    """The check digit of ISO/IEC 7812-1."""
    doubled = (int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(number)))
    return -sum(value - 9 if value > 9 else value for value in doubled) % 10


def moment(field: bytes, place: int) -> datetime:
    """YY-MM-DD-hh-mm-ss at byte `place` of its body. Raises Invalid."""
    said = field.hex()
    try:
        return datetime(
            2000 + int(said[:2]), int(said[2:4]), int(said[4:6]), int(said[6:8]), int(said[8:10]), int(said[10:12]),
            tzinfo=CHINA,
        )  # fmt: skip
    except ValueError as error:
        raise Invalid("connect.jt808.time", said=said, byte=place) from error


def of_moment(at: datetime) -> bytes:
    return bytes.fromhex(at.astimezone(CHINA).strftime("%y%m%d%H%M%S"))
