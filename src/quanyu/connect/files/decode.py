"""Text of any encoding, streamed into a UTF-8 copy whose lines are the lines of the source."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from quanyu.connect.files.encoding import codec, decoded, mark_length
from quanyu.connect.files.model import MEBIBYTE, Progress
from quanyu.connect.files.source import Source

BLOCK = MEBIBYTE
"""Small enough for what is computed from it to stay in the processor's cache."""
REPLACEMENT = "\ufffd"


@dataclass(frozen=True, slots=True)
class Broken:
    """A place whose bytes mean nothing in the encoding; it now holds U+FFFD."""

    line: int
    column: int
    bytes: bytes


@dataclass(slots=True)
class Transcript:
    """What a transcoding found on its way."""

    lines: int = 0
    broken: list[Broken] = field(default_factory=list)


def line_blocks(source: Source, file: BinaryIO, newline: bytes = b"\n") -> Iterator[bytes]:
    """The bytes of `file` in blocks that end with a line. Raises Invalid for a line beyond the limit."""
    held = b""
    width = len(newline)
    before = file.tell()
    while chunk := file.read(BLOCK):
        held += chunk
        cut = _after_last(held, newline, width)
        if cut:
            before += cut
            yield held[:cut]
            held = held[cut:]
        if len(held) > source.options.limits.line:
            raise source.invalid("connect.files.line.long", _lines_before(file, before, newline) + 1)
    if held:
        yield held


def _lines_before(file: BinaryIO, end: int, newline: bytes) -> int:
    file.seek(0)
    lines = 0
    while end > 0 and (chunk := file.read(min(BLOCK, end))):
        lines += chunk.count(newline)
        end -= len(chunk)
    return lines


def transcode(source: Source, encoding: str, *, line_end: str = "\n") -> tuple[Path, Transcript]:
    """Write `source` as UTF-8 with LF line ends into the work folder. U+FFFD stands for broken bytes and NUL.

    `line_end` is how the lines of the source end, LF or CR.
    """
    target = source.working_file(".utf8")
    transcript = Transcript()
    newline = line_end.encode(codec(encoding))
    total, done = source.path.stat().st_size, 0
    with source.path.open("rb") as file, target.open("wb") as out:
        file.seek(mark_length(file.read(4), encoding))
        for block in line_blocks(source, file, newline):
            out.write(_clean(_decoded(block, source, encoding, transcript)).encode())
            done += len(block)
            source.progress(Progress(stage="transcode", done=done, total=total))
    return target, transcript


def _after_last(held: bytes, newline: bytes, width: int) -> int:
    """Where the last whole line of `held` ends; in UTF-16 a newline counts only where a pair begins."""
    at = held.rfind(newline)
    while at >= 0 and at % width:
        at = held.rfind(newline, 0, at)
    return at + width if at >= 0 else 0


def _clean(text: str) -> str:
    """One kind of line end: LF. A lone CR is one too, as old Macintosh exports have it."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _decoded(block: bytes, source: Source, encoding: str, transcript: Transcript) -> str:
    pieces: list[str] = []
    start = 0
    while start < len(block):
        try:
            pieces.append(decoded(block[start:], encoding))
            break
        except UnicodeDecodeError as error:
            good = decoded(block[start : start + error.start], encoding)
            pieces.append(good)
            bad = block[start + error.start : start + error.end]
            _remember(Broken(*_place(pieces, transcript.lines), bad), source, encoding, transcript)
            pieces.append(REPLACEMENT)
            start += error.end
    text = _without_nul("".join(pieces), source, encoding, transcript)
    transcript.lines += text.count("\n")
    return text


def _without_nul(text: str, source: Source, encoding: str, transcript: Transcript) -> str:
    at = text.find("\0")
    while at >= 0:
        line, column = _place([text[:at]], transcript.lines)
        _remember(Broken(line, column, b"\0"), source, encoding, transcript)
        at = text.find("\0", at + 1)
    return text.replace("\0", REPLACEMENT)


def _place(pieces: list[str], lines_before: int) -> tuple[int, int]:
    """Line and column (both from 1) of what comes next after `pieces`."""
    before = "".join(pieces)
    return lines_before + before.count("\n") + 1, len(before) - before.rfind("\n")


def _remember(broken: Broken, source: Source, encoding: str, transcript: Transcript) -> None:
    transcript.broken.append(broken)
    if len(transcript.broken) > source.options.limits.broken:
        key = "connect.files.encoding.broken"
        raise source.invalid(
            key, broken.line, broken.column, encoding=encoding, limit=source.options.limits.broken
        )
