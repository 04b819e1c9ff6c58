"""Pictures are believed when a decoder has read them, and kept without what a camera adds."""

import base64
import io
from datetime import datetime
from typing import Any

import pytest
from PIL import Image, ImageOps

from quanyu.act.photos import picture
from quanyu.act.photos.picture import develop
from quanyu.core.errors import Invalid, TooLarge

HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAVZtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9jAAAAAERAAAEAAQAA"
    "AAABegABAAAAAAAAABgAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA1mlwcnAAAAC3aXBjbwAAAHhodmNDAQNwAAAA"
    "kAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbqSSmubgIaDAgAAAMAyAAAAwAI"
    "QGIAAQAHRAHBcrAiQAAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABAAAAAQAAAABBwaXhpAAAAAAMICAgAAAAXaXBtYQAAAAAAAAABAAEEgQIDBAAA"
    "ACBtZGF0AAAAFCgBrwQY/Hk46//5kI/PwFwqxHQ4"
)  # 64 red pixels square, as telephones write them
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def photo(kind: str = "JPEG", size: tuple[int, int] = (64, 32), **more: Any) -> io.BytesIO:
    made = io.BytesIO()
    Image.new("RGB", size, "red").save(made, kind, **more)
    made.seek(0)
    return made


def camera(**said: Any) -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    exif[0x0112] = said.get("orientation", 1)
    exif._ifds[0x8825] = {1: "N", 2: (30.0, 15.0, 0.0), 3: "E", 4: (120.0, 9.0, 0.0)}
    exif._ifds[0x8769] = {36867: "2026:11:20 08:00:00", 36881: said.get("offset", "+08:00")}
    return exif


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_pictures_of_each_kind_become_jpeg(kind: str) -> None:
    made = develop(photo(kind))
    assert (made.width, made.height, made.full[:3]) == (64, 32, b"\xff\xd8\xff")


def test_what_telephones_write_is_read_too() -> None:
    made = develop(io.BytesIO(HEIC))
    red, green, _ = Image.open(io.BytesIO(made.full)).getpixel((32, 32))  # type: ignore[misc]
    assert (made.width, made.height, red > 150 > green) == (64, 64, True)


def test_place_and_time_are_told_and_not_kept() -> None:
    made = develop(photo(exif=camera()))
    assert (made.lon, made.lat) == (120.15, 30.25)
    assert made.taken == datetime.fromisoformat("2026-11-20T08:00:00+08:00")
    for kept in (made.full, made.small):
        assert b"Secret" not in kept
        assert b"Exif" not in kept
        assert not Image.open(io.BytesIO(kept)).getexif()


def test_what_a_camera_says_wrongly_is_not_told() -> None:
    exif = camera(offset="?")
    exif._ifds[0x8825] = {2: (30.0, 15.0), 4: (120.0, 9.0, 0.0)}
    made = develop(photo(exif=exif))
    assert (made.lon, made.taken) == (None, None)


def test_a_picture_that_lies_on_its_side_is_put_upright() -> None:
    made = develop(photo(exif=camera(orientation=6)))
    assert (made.width, made.height) == (32, 64)


@pytest.mark.parametrize("orientation", range(10))
def test_every_orientation_is_what_pillow_makes_of_it(orientation: int) -> None:
    made = Image.frombytes("RGB", (3, 2), bytes(range(18)))
    made.getexif()[0x0112] = orientation
    upright = picture._upright(made, made.getexif())
    assert (upright.size, upright.tobytes()) == (
        ImageOps.exif_transpose(made).size,
        ImageOps.exif_transpose(made).tobytes(),
    )


def test_a_strange_tag_of_a_camera_keeps_no_photo_away() -> None:
    made = photo(exif=camera(orientation=6)).getvalue()
    tag = made.index(b"\x01\x0f\x00\x02")
    strange = made[: tag + 2] + b"\x00\x05" + made[tag + 4 :]  # the maker's name as fractions
    assert develop(io.BytesIO(strange)).height == 64


def test_a_large_picture_is_made_smaller() -> None:
    made = develop(photo(size=(4000, 1000)))
    assert (made.width, made.height) == (2560, 640)
    assert Image.open(io.BytesIO(made.small)).size == (320, 80)


def test_what_is_transparent_becomes_white() -> None:
    made = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(made, "PNG")
    assert Image.open(io.BytesIO(develop(made).full)).getpixel((4, 4)) == (255, 255, 255)


@pytest.mark.parametrize("content", [SVG, b"<html><script>", b"", b"GIF89a", b"%PDF-1.7", b"\xff\xd8\xff"])
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        develop(io.BytesIO(content))


def test_a_picture_that_is_cut_off_is_refused() -> None:
    whole = photo("PNG", (300, 300)).getvalue()
    with pytest.raises(Invalid, match="broken"):
        develop(io.BytesIO(whole[: len(whole) // 2]))


def test_a_small_file_with_many_pixels_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "MOST_PIXELS", 10_000)
    with pytest.raises(TooLarge, match="200 × 100"):
        develop(photo("PNG", (200, 100)))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10_000)
    with pytest.raises(TooLarge, match="10000"):
        develop(photo("PNG", (400, 100)))
