"""Bodies whose form depends on what stands in them: parameters, attributes of a terminal, its driver, data of its CAN bus."""

from collections.abc import Callable, Mapping
from typing import Any

from quanyu.connect.jt808.bcd import moment
from quanyu.connect.jt808.layout import Layout, Reader, fitting, number, octets, read, readable, text
from quanyu.core.errors import Invalid

Fields = dict[str, Any]

_INSERTED = 1
_CERTIFICATE = 20
_CAN_FRAME = 8


def _form(maker: int, model: int, device: int) -> Layout:
    return (
        number("kind", 2), text("maker", maker), text("model", model), text("device", device), octets("iccid", 10),
        text("hardware", counted=1), text("firmware", counted=1), number("gnss", 1), number("network", 1),
    )  # fmt: skip


ATTRIBUTES = (_form(5, 20, 7), _form(11, 30, 30), _form(5, 30, 30))
"""0x0107 of 2013, and of 2019 as makers read it: with the maker's code as long as in the registration, or as before."""


def read_composed(message: int, body: bytes, said: Fields) -> bool:
    """Puts into `said` what there is, as far as it can be read; whether this message is known here. Raises Invalid where it ends too early."""
    if message not in _READERS:
        return False
    _READERS[message](Reader(body), said)
    return True


def _attributes(reader: Reader, said: Fields) -> None:
    """0x0107 (8.10)."""
    read(fitting(ATTRIBUTES, reader.data) or ATTRIBUTES[0], reader.data, said)


def _answered_parameters(reader: Reader, said: Fields) -> None:
    """0x0104 (8.8)."""
    said["answered"] = reader.number(2)
    _parameters(reader, said)


def _parameters(reader: Reader, said: Fields) -> None:
    """0x8103 (8.9): values as hexadecimal text by their identifiers; what they mean is a table of the terminal's maker, too."""
    said["parameters"] = count = reader.number(1)
    values: dict[str, str] = {}
    said["list"] = values
    while reader.left:
        key = f"0x{reader.number(4):04X}"
        values[key] = reader.take(reader.number(1)).hex()
    if len(values) != count:
        raise Invalid("connect.jt808.parameters", declared=count, there=len(values))


def _driver(reader: Reader, said: Fields) -> None:
    """0x0702 (8.47): nothing but the time where the card was taken out; 2019 has the number of the identity card at the end."""
    said["inserted"] = reader.number(1) == _INSERTED
    said["time"] = moment(reader.take(6), reader.place - 6).isoformat()
    if not reader.left:
        return
    said["result"] = reader.number(1)
    if not reader.left:
        return
    said["driver"] = readable(reader.take(reader.number(1)))
    said["certificate"] = readable(reader.take(_CERTIFICATE))
    said["agency"] = readable(reader.take(reader.number(1)))
    said["validUntil"] = reader.take(4).hex()
    if reader.left:
        said["identityCard"] = readable(reader.take(_CERTIFICATE))


def _can(reader: Reader, said: Fields) -> None:
    """0x0705 (8.50): when the first came, as hhmmss and milliseconds; then each with its identifier."""
    count = reader.number(2)
    said["time"] = reader.take(5).hex()
    said["data"] = [
        {"can": f"0x{reader.number(4):08X}", "data": reader.take(_CAN_FRAME).hex()} for _ in range(count)
    ]


_READERS: Mapping[int, Callable[[Reader, Fields], None]] = {
    0x0104: _answered_parameters,
    0x0107: _attributes,
    0x0702: _driver,
    0x0705: _can,
    0x8103: _parameters,
}
COMPOSED = frozenset(_READERS)
