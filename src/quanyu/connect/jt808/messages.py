"""The messages and their bodies (JT/T 808-2019, 8; where 2013 differs, its own row)."""

from quanyu.connect.jt808.layout import Layout, number, octets, text, word

KINDS = {0: "picture", 1: "sound", 2: "video"}
"""Of multimedia."""

TEXT = 0x8300

ANSWER = (number("answered", 2), number("answeredMessage", 2), number("result", 1))

BODIES_2013: dict[int, Layout] = {
    0x0100: (
        number("province", 2), number("city", 2), text("maker", 5), text("model", 20), text("device", 7),
        number("plateColour", 1), text("plate"),
    ),
    0x0102: (text("code"),),
    0x8003: (number("first", 2), number("count", 1), octets("parts")),
}  # fmt: skip

BODIES: dict[int, Layout] = {
    0x0001: ANSWER,
    0x0002: (),
    0x0003: (),
    0x0004: (),
    0x0100: (
        number("province", 2), number("city", 2), text("maker", 11), text("model", 30), text("device", 30),
        number("plateColour", 1), text("plate"),
    ),
    0x0102: (text("code", counted=1), text("imei", 15), text("software", 20)),
    0x0108: (number("upgraded", 1), number("result", 1)),
    0x0301: (number("event", 1),),
    0x0302: (number("answered", 2), number("choice", 1)),
    0x0303: (number("information", 1), number("wanted", 1)),
    0x0700: (number("answered", 2), number("command", 1), octets("data")),
    0x0701: (text("waybill", counted=4),),
    0x0800: (
        number("multimedia", 4), word("kind", KINDS), number("format", 1), number("event", 1), number("channel", 1),
    ),
    0x0805: (number("answered", 2), number("result", 1), octets("list")),
    0x0900: (number("kind", 1), octets("data")),
    0x0901: (number("bytes", 4), octets("data")),
    0x0A00: (number("exponent", 4), octets("modulus", 128)),
    0x8001: ANSWER,
    0x8003: (number("first", 2), number("count", 2), octets("parts")),
    0x8004: (octets("time", 6),),
    0x8100: (number("answered", 2), number("result", 1), text("code")),
    0x8104: (),
    0x8105: (number("command", 1), text("values")),
    0x8107: (),
    0x8201: (),
    0x8202: (number("seconds", 2), number("validity", 4)),
    TEXT: (number("flags", 1), text("text")),
    0x8800: (number("multimedia", 4), octets("missing")),
    0x8900: (number("kind", 1), octets("data")),
    0x8A00: (number("exponent", 4), octets("modulus", 128)),
}  # fmt: skip
"""0x8300 of 2019 has one more byte, see `layout_of`."""

_TEXT_2019 = (number("flags", 1), number("kind", 1), text("text"))
_REGISTRATION_2011 = (
    number("province", 2), number("city", 2), text("maker", 5), text("model", 8), text("device", 7),
    number("plateColour", 1), text("plate"),
)  # fmt: skip
_SHORTEST_2013 = 37
_URGENT, _PRESSING, _NOTICE = 0b01, 0b10, 0b11
_NOTIFICATION = 1


def layout_of(message: int, *, version: int | None, size: int | None = None) -> Layout | None:
    """None where no row says how its body reads. `size`: bytes of a body that is to be read; terminals of 2011 send
    a registration with a shorter model."""
    if version is None:
        if message == 0x0100 and size is not None and size < _SHORTEST_2013:
            return _REGISTRATION_2011
        return BODIES_2013.get(message, BODIES.get(message))
    return _TEXT_2019 if message == TEXT else BODIES.get(message)


def downward(message: int, body: bytes, *, version: int | None) -> bytes:
    """A body as of 2013, as a terminal of that version reads it: a text of 2019 (8.23) tells by two bits how pressing it is, and has its
    kind behind them."""
    if message != TEXT or version is None:
        return body
    flags = body[0] & ~_URGENT | (_PRESSING if body[0] & _URGENT else _NOTICE)
    return bytes([flags, _NOTIFICATION]) + body[1:]
