"""A picture as it comes from a telephone: decoded, put upright, made anew without metadata. Pure, and slow: for a thread.

Only what a decoder has read through is believed, never a name or a content type.
"""

import io
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import pi_heif
from PIL import ExifTags, Image, UnidentifiedImageError

from quanyu.core.clock import CITY_ZONE
from quanyu.core.errors import Invalid, TooLarge

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
MOST_PIXELS = 60_000_000
LONGER_SIDE = 2560
SMALL_SIDE = 320
_QUALITY = 85
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_BROKEN = (
    OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, AttributeError, RuntimeError, MemoryError,
    struct.error,
)  # fmt: skip
"""What Pillow's decoders raise for files that are not what they say."""

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip
"""What puts a picture of each orientation (Exif 2.32, 4.6.4) upright."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """`full` and `small` are JPEG without metadata; what the file said of place (WGS-84) and time is beside them."""

    full: bytes
    small: bytes
    width: int
    height: int
    lon: float | None
    lat: float | None
    taken: datetime | None


def develop(file: BinaryIO) -> Picture:
    """Raises Invalid for what is no picture of `FORMATS`, or a broken one; TooLarge beyond `MOST_PIXELS`."""
    image = _opened(file)
    if image.width * image.height > MOST_PIXELS:
        raise TooLarge("act.photo.pixels", width=image.width, height=image.height, limit=MOST_PIXELS)
    try:
        exif = image.getexif()
        place, taken = _place(exif), _taken(exif)
        image.thumbnail((LONGER_SIDE, LONGER_SIDE))
        plain = _plain(_upright(image, exif))
    except _BOMB as error:
        raise TooLarge(
            "act.photo.pixels", width=image.width, height=image.height, limit=MOST_PIXELS
        ) from error
    except _BROKEN as error:
        raise Invalid("act.photo.broken") from error
    full = _jpeg(plain)
    width, height = plain.size
    plain.thumbnail((SMALL_SIDE, SMALL_SIDE))
    return Picture(
        full=full, small=_jpeg(plain), width=width, height=height,
        lon=place and place[0], lat=place and place[1], taken=taken,
    )  # fmt: skip


def _upright(image: Image.Image, exif: Image.Exif) -> Image.Image:
    """By its orientation alone: Pillow's own would write every other tag anew, and stumbles over strange ones."""
    turn = _TURNS.get(exif.get(ExifTags.Base.Orientation, 1))
    return image if turn is None else image.transpose(turn)


def _opened(file: BinaryIO) -> Image.Image:
    _know_heif()
    try:
        return Image.open(file, formats=FORMATS)
    except _BOMB as error:
        raise TooLarge("act.photo.bomb", limit=MOST_PIXELS) from error
    except (UnidentifiedImageError, *_BROKEN) as error:
        raise Invalid("act.photo.kind") from error


@cache
def _know_heif() -> None:
    pi_heif.register_heif_opener()


def _plain(image: Image.Image) -> Image.Image:
    """Colours only; what is transparent becomes white."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        over = image.convert("RGBA")
        under = Image.new("RGBA", over.size, "white")
        return Image.alpha_composite(under, over).convert("RGB")
    return image.convert("RGB")


def _jpeg(image: Image.Image) -> bytes:
    made = io.BytesIO()
    fresh = Image.frombytes(
        "RGB", image.size, image.tobytes()
    )  # nothing that hangs on the old one comes along
    fresh.save(made, "JPEG", quality=_QUALITY, optimize=True)
    return made.getvalue()


def _place(exif: Image.Exif) -> tuple[float, float] | None:
    try:
        said = exif.get_ifd(ExifTags.IFD.GPSInfo)
        lat = _degrees(said[ExifTags.GPS.GPSLatitude], said.get(ExifTags.GPS.GPSLatitudeRef) == "S")
        lon = _degrees(said[ExifTags.GPS.GPSLongitude], said.get(ExifTags.GPS.GPSLongitudeRef) == "W")
    except (ArithmeticError, *_BROKEN):
        return None
    known = -180 <= lon <= 180 and -90 <= lat <= 90 and (lon, lat) != (0, 0)
    return (round(lon, 7), round(lat, 7)) if known else None


def _degrees(parts: Any, negative: bool) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    found = degrees + minutes / 60 + seconds / 3600
    return -found if negative else found


def _taken(exif: Image.Exif) -> datetime | None:
    try:
        said = exif.get_ifd(ExifTags.IFD.Exif)
        text = str(said[ExifTags.Base.DateTimeOriginal]).strip("\0 ")
        wall = datetime.strptime(text, "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 (its zone follows)
        return wall.replace(tzinfo=_zone(said.get(ExifTags.Base.OffsetTimeOriginal)))
    except (ArithmeticError, *_BROKEN):
        return None


def _zone(offset: Any) -> ZoneInfo | timezone:
    if not isinstance(offset, str):
        return CITY_ZONE
    hours, _, minutes = offset.strip("\0 +-").partition(":")
    span = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-span if offset.strip().startswith("-") else span)
