"""Contact sheets: every page in one of its states, small, with its name and address below."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

COLUMNS = 5
_TILE = (320, 200)
_GAP, _LINE = 12, 20
_PAPER, _INK, _EDGE = "#e9ecf0", "#1c2530", "#c3cad3"
_QUALITIES = range(55, 20, -5)
MOST_BYTES = 400_000
"""Of a sheet, so that the repository stays small."""


@dataclass(frozen=True)
class Tile:
    name: str
    picture: bytes


def lay_out(tiles: Sequence[Tile]) -> Image.Image:
    """Five in a row, in the order in which they come."""
    wide, high = _TILE[0] + _GAP, _TILE[1] + _LINE + _GAP
    rows = -(-len(tiles) // COLUMNS)
    paper = Image.new("RGB", (COLUMNS * wide + _GAP, rows * high + _GAP), _PAPER)
    draw, font = ImageDraw.Draw(paper), ImageFont.load_default(13)
    for place, tile in enumerate(tiles):
        left, top = _GAP + place % COLUMNS * wide, _GAP + place // COLUMNS * high
        small = Image.open(io.BytesIO(tile.picture)).convert("RGB").resize(_TILE, Image.Resampling.LANCZOS)
        paper.paste(small, (left, top))
        draw.rectangle((left - 1, top - 1, left + _TILE[0], top + _TILE[1]), outline=_EDGE)
        draw.text((left, top + _TILE[1] + 3), tile.name, _INK, font)
    return paper


def keep_sheet(tiles: Iterable[Tile], path: Path) -> None:
    """As WebP, as good as fits into `MOST_BYTES`."""
    paper = lay_out(list(tiles))
    path.parent.mkdir(parents=True, exist_ok=True)
    for quality in _QUALITIES:
        made = io.BytesIO()
        paper.save(made, "WEBP", quality=quality, method=6)
        if made.tell() <= MOST_BYTES:
            break
    path.write_bytes(made.getvalue())
