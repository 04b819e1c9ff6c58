"""An exhibit, and what may be one: only what has been read through is believed, never a name or a content type."""

import csv
import io
import re
from hashlib import sha256
from typing import Annotated

import msgspec

from quanyu.core import pdf
from quanyu.core.errors import Invalid

LIMIT = 10 * 1024**2
MOST = 6
JPEG, PDF, CSV = "image/jpeg", "application/pdf", "text/csv"
_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Exhibit(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is the SHA-256 of what is kept, `name` what its sender calls it."""

    id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    name: Annotated[str, msgspec.Meta(max_length=200)]
    media_type: str
    bytes: int


def prepared(content: bytes) -> tuple[str, bytes]:
    """Media type and what is kept: a picture anew without metadata, a document as it is. Raises Invalid, TooLarge. For a thread."""
    if content.startswith(pdf.HEAD):
        return PDF, checked(PDF, content)
    return JPEG, _developed(content)


def prepared_sample(content: bytes) -> tuple[str, bytes]:
    """As `prepared`, and a table of text as it is."""
    is_table = not content.startswith(pdf.HEAD) and _is_table(content)
    return (CSV, content) if is_table else prepared(content)


def _is_table(content: bytes) -> bool:
    """UTF-8 with nothing in it that is not to be read, and as many fields in each line as its head has."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    if not text.strip() or _UNREADABLE.search(text):
        return False
    try:
        widths = {len(line) for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line}
    except csv.Error:
        return False
    return len(widths) == 1


def checked(media_type: str, content: bytes) -> bytes:
    """What another node has prepared, as it is. Raises as `prepared`; for a thread."""
    if media_type == JPEG:
        _developed(content)
        return content
    if found := pdf.Flaw.BROKEN if media_type != PDF else pdf.flaw(content):
        raise Invalid(f"exchange.exhibit.{found}")
    return content


def _developed(content: bytes) -> bytes:
    from quanyu.act.photos.picture import develop  # decoders, loaded with the first picture

    return develop(io.BytesIO(content)).full


def hash_of(content: bytes) -> str:
    return sha256(content).hexdigest()
