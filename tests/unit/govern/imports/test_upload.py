"""Uploads that are refused while they arrive."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from quanyu.core.errors import QuanyuError, TooLarge
from quanyu.govern.imports.upload import receive


@pytest.mark.parametrize(("announced", "limit"), [(30, 20), (None, 20), (None, 100)])
async def test_a_refused_upload_is_heard_out_so_that_its_sender_hears_the_answer(
    tmp_path: Path, announced: int | None, limit: int
) -> None:
    heard: list[bytes] = []

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(3):
            heard.append(b"x" * 10)
            yield heard[-1]

    with pytest.raises(TooLarge if limit == 20 else QuanyuError):
        await receive(
            chunks(), into=tmp_path / "u", content_type="multipart/form-data; boundary=b", filename="",
            announced=announced, limit=limit,
        )  # fmt: skip
    assert len(heard) == 3
    assert not (tmp_path / "u").exists()
