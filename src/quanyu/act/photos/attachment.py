"""What comes with a report or an act: a picture, made anew, or a PDF document that does nothing by itself, as it is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import BinaryIO

from quanyu.act.cases.model import Place
from quanyu.core import pdf
from quanyu.core.errors import Invalid


class MediaType(StrEnum):
    JPEG = "image/jpeg"
    PDF = "application/pdf"

    @property
    def suffix(self) -> str:
        return {MediaType.JPEG: ".jpg", MediaType.PDF: ".pdf"}[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """`full` is what is kept and seen; of a picture also `small`, its size, and what the camera noted."""

    media_type: MediaType
    full: bytes
    small: bytes | None = None
    width: int | None = None
    height: int | None = None
    place: Place | None = None
    taken: datetime | None = None

    @property
    def id(self) -> str:
        return sha256(self.full).hexdigest()


def prepared(file: BinaryIO) -> Attachment:
    """Raises Invalid, TooLarge. Slow: for a thread."""
    head = file.read(len(pdf.HEAD))
    file.seek(0)
    return _document(file.read()) if head == pdf.HEAD else _picture(file)


def _document(content: bytes) -> Attachment:
    if found := pdf.flaw(content):
        raise Invalid(f"act.document.{found}")
    return Attachment(media_type=MediaType.PDF, full=content)


def _picture(file: BinaryIO) -> Attachment:
    from quanyu.act.photos.picture import develop  # decoders, loaded with the first picture

    made = develop(file)
    place = None if made.lon is None or made.lat is None else Place(lon=made.lon, lat=made.lat)
    return Attachment(
        media_type=MediaType.JPEG, full=made.full, small=made.small, width=made.width, height=made.height,
        place=place, taken=made.taken,
    )  # fmt: skip
