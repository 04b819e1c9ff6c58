"""A table that processes share: what is found is what was kept last, or nothing."""

import mmap

from hypothesis import given
from hypothesis import strategies as st

from quanyu.core.table import Size, Table

SMALL = Size(sets=2, places=2, room=64)
KEYS = st.text(min_size=1, max_size=8)


def table(begin: int = 0) -> Table:
    return Table(mmap.mmap(-1, begin + SMALL.whole), SMALL, begin)


@given(st.lists(st.tuples(KEYS, st.none() | st.binary(max_size=80), st.integers(0, 9)), max_size=40))
def test_what_is_found_is_what_was_kept_last(steps: list[tuple[str, bytes | None, int]]) -> None:
    kept, shared = {}, table(begin=8)
    for key, content, chance in steps:
        if content is None:
            shared.forget(key)
            kept.pop(key, None)
        elif shared.keep(key, content, chance=chance):
            kept[key] = content
            assert shared.recall(key) == content
        else:
            kept.pop(key, None)
            assert shared.recall(key) is None
        assert all(shared.recall(one) in (None, kept.get(one)) for one, _, _ in steps)


def test_what_has_no_room_is_not_kept() -> None:
    shared = table()
    assert shared.keep("a", b"1", chance=0)
    assert not shared.keep("a", b"x" * SMALL.room, chance=0)
    assert shared.recall("a") is None
