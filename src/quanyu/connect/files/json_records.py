"""The records of a JSON text one by one, those that cannot be kept whole as rejects."""

from collections.abc import Iterator
from pathlib import Path

from quanyu.connect.files.json_shape import Shape
from quanyu.connect.files.json_stream import Decoder, Element
from quanyu.connect.files.model import Progress, Reject
from quanyu.connect.files.records import text_lines
from quanyu.connect.files.source import Source


def json_elements(source: Source, path: Path, shape: Shape) -> Iterator[Element | Reject]:
    """The records of a document whose shape is known."""
    for number, element in enumerate(shape.elements(path, source.options.limits.line)):
        yield _whole(source, element)
        if number % 10_000 == 0:
            source.progress(Progress(stage="read", done=number, total=None))


def json_lines(source: Source, path: Path) -> Iterator[Element | Reject]:
    """One value a line; a line that is none is refused, the others stay."""
    decoder = Decoder()
    for number, line in enumerate(text_lines(source, path), start=1):
        text = line.removeprefix("\ufeff").strip()
        if not text:
            continue
        try:
            value, end = decoder.value(text)
        except (ValueError, RecursionError):
            end = -1
        if end != len(text):
            yield Reject(number, text[: source.options.limits.cell], "connect.files.json.line")
        else:
            yield _whole(
                source,
                Element(
                    number,
                    value,
                    lossy=text if decoder.lossy else None,
                    why=decoder.lossy,
                    broken=decoder.broken,
                ),
            )


def _whole(source: Source, element: Element) -> Element | Reject:
    """What cannot be kept whole is refused with its text."""
    if element.lossy is None:
        return element
    return Reject(element.line, element.lossy[: source.options.limits.cell], element.why)
