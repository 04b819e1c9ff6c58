"""Commands on frames of vehicle terminals: decode."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from quanyu.app.cli.files import require
from quanyu.app.cli.terminal import language
from quanyu.connect.jt808 import Decoded, Decoder
from quanyu.core.errors import Invalid

jt808_app = App(name="jt808", help="JT/T 808: frames of vehicle terminals.")


@jt808_app.command
def decode(
    source: Annotated[str, Parameter(name="FILE", allow_leading_hyphen=True)] = "-",
    /,
    *,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Read frames as hexadecimal text, one a line, and print what each says, and what is wrong with it.

    Parameters
    ----------
    source
        File with frames, - for the standard input.
    json
        Print one JSON object a line.
    """
    if source != "-":
        require((Path(source),))
    decoder = Decoder(language())
    for line in _lines(source):
        decoded = decoder.decode(line)
        print(msgspec.json.encode(decoded).decode() if json else _readable(decoded), flush=True)


def _lines(source: str) -> Iterator[str]:
    """Empty lines say nothing. What is no text is a line too, whatever the language of the terminal."""
    try:
        with open(sys.stdin.fileno() if source == "-" else source, "rb", closefd=source != "-") as file:
            for line in file:
                text = line.decode("utf-8", errors="replace").removeprefix("\ufeff")
                if text.strip():
                    yield text
    except OSError as error:
        raise Invalid("app.cli.file.unreadable", path=source, reason=error.strerror) from error


def _readable(decoded: Decoded) -> str:
    head = f"{decoded.message or '–'} {decoded.terminal or '–'}"
    places = [f"{one.time} {one.lat:.6f} {one.lon:.6f} {one.speed} km/h" for one in decoded.positions]
    return " · ".join([head, *places, *([decoded.error] if decoded.error else [])])
