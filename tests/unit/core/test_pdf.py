"""A PDF document is taken where it is whole, legible and does nothing by itself."""

import zlib

import pytest

from quanyu.core.pdf import Flaw, flaw


def document(*parts: bytes) -> bytes:
    return b"%PDF-1.7\n" + b"\n".join(parts) + b"\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def packed(content: bytes) -> bytes:
    return b"2 0 obj<</Type/ObjStm/Filter/FlateDecode>>stream\r\n" + zlib.compress(content) + b"\nendstream"


PAGES = b"1 0 obj<</Type/Catalog/Pages 3 0 R/JavaScriptFree true>>endobj"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (document(PAGES, packed(b"3 0 obj<</Type/Pages>>")), None),
        (document(b"stream\nnothing that is deflated\nendstream"), None),
        (document(PAGES)[:-7], Flaw.BROKEN),
        (b"MZ" + document(PAGES), Flaw.BROKEN),
        (document(b"1 0 obj<</S/JavaScript/JS(app.alert(1))>>"), Flaw.ACTIVE),
        (document(b"1 0 obj<</S/Java#53cript/JS(x)>>"), Flaw.ACTIVE),
        (document(b"1 0 obj<</S/Launch/F(cmd.exe)>>"), Flaw.ACTIVE),
        (document(b"1 0 obj<</Names<</EmbeddedFiles 2 0 R>>>>"), Flaw.ACTIVE),
        (document(packed(b"4 0 obj<</S/JavaScript/JS 5 0 R>>")), Flaw.ACTIVE),
        (document(packed(bytes(200_000) + b"<</S/Launch>>")), Flaw.ACTIVE),
        (document(PAGES, b"trailer<</Encrypt 9 0 R>>"), Flaw.LOCKED),
    ],
)
def test_a_document_is_looked_through(content: bytes, said: Flaw | None) -> None:
    assert flaw(content) is said


def test_what_would_fill_the_memory_is_not_unpacked() -> None:
    assert flaw(document(packed(bytes(129 * 1024**2)))) is Flaw.LOCKED
