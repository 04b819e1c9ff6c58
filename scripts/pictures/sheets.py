"""Contact sheets: every page in one of its states, small, with its name below."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

_GAP, _LINE = 12, 20
_WIDTH = 1672
_COLUMNS = {True: 5, False: 10}
"""Of windows at a desk, and on a phone."""
_PAPER, _INK, _EDGE = "#e9ecf0", "#1c2530", "#c3cad3"
_QUALITIES = range(55, 20, -5)
MOST_BYTES = 400_000
"""Of a sheet, so that the repository stays small."""


@dataclass(frozen=True)
class Tile:
    name: str
    picture: bytes


def lay_out(tiles: Sequence[Tile]) -> Image.Image:
    """In rows, in the order in which they come; all are of one size."""
    pictures = [Image.open(io.BytesIO(tile.picture)).convert("RGB") for tile in tiles]
    width, height = pictures[0].size
    columns = _COLUMNS[width > height]
    wide = (_WIDTH - _GAP) // columns
    small = (wide - _GAP, (wide - _GAP) * height // width)
    high = small[1] + _LINE + _GAP
    paper = Image.new("RGB", (columns * wide + _GAP, -(-len(tiles) // columns) * high + _GAP), _PAPER)
    draw, font = ImageDraw.Draw(paper), ImageFont.load_default(13)
    for place, (tile, picture) in enumerate(zip(tiles, pictures, strict=True)):
        left, top = _GAP + place % columns * wide, _GAP + place // columns * high
        paper.paste(picture.resize(small, Image.Resampling.LANCZOS), (left, top))
        draw.rectangle((left - 1, top - 1, left + small[0], top + small[1]), outline=_EDGE)
        draw.text((left, top + small[1] + 3), tile.name, _INK, font)
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
