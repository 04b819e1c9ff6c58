"""Work in a child process: its answer, its errors, its end."""

import os
from functools import partial

import pytest

from quanyu.core.errors import Fault, Invalid, Unavailable
from quanyu.govern.engine.aside import LITTLE, aside
from quanyu.govern.engine.wanted import require_columns

MUCH = LITTLE + 1


async def test_much_work_is_done_by_another_process() -> None:
    assert await aside(os.getpid, reads=MUCH) != os.getpid()
    assert await aside(os.getpid, reads=LITTLE) == os.getpid()


@pytest.mark.parametrize("reads", [LITTLE, MUCH])
async def test_what_the_work_raises_comes_back_whole(reads: int) -> None:
    with pytest.raises(Invalid) as raised:
        await aside(partial(require_columns, (("/key/0", "x"),), ("a", "b")), reads=reads)
    assert raised.value.key == "govern.import.asked"
    assert raised.value.faults == (
        Fault("govern.import.column_unknown", "/key/0", {"column": "x", "columns": "a, b"}),
    )


async def test_a_disk_that_fails_keeps_its_number() -> None:
    with pytest.raises(FileNotFoundError) as raised:
        await aside(partial(os.stat, "/nowhere"), reads=MUCH)
    assert raised.value.errno == 2


async def test_a_child_that_dies_is_told() -> None:
    with pytest.raises(Unavailable):
        await aside(partial(os._exit, 9), reads=MUCH)
