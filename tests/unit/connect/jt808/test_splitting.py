from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from quanyu.connect.jt808.frame import Frame, pack
from quanyu.connect.jt808.splitting import LONGEST, Splitter

bodies = st.lists(st.binary(max_size=60), min_size=1, max_size=8)


@given(bodies, st.lists(st.integers(0, 400), max_size=8))
def test_however_a_stream_is_cut_its_frames_come_out_whole(contents: list[bytes], cuts: list[int]) -> None:
    frames = [pack(Frame(message=0x0900, terminal="1", body=body)) for body in contents]
    stream, splitter = b"".join(frames), Splitter()
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    found = [one for begin, end in pairwise(edges) for one in splitter.feed(stream[begin:end])]
    assert found == frames


def test_one_delimiter_may_end_a_frame_and_begin_the_next() -> None:
    assert Splitter().feed(b"\x7eab\x7ecd\x7e") == [b"\x7eab\x7e", b"\x7ecd\x7e"]


def test_rubbish_before_a_frame_comes_out_as_rubbish() -> None:
    assert Splitter().feed(b"GET /\x7eab\x7e") == [b"GET /", b"\x7eab\x7e"]


def test_a_stream_without_delimiters_is_given_up() -> None:
    splitter = Splitter()
    assert splitter.feed(b"x" * LONGEST) == []
    assert splitter.feed(b"y") == [b"x" * LONGEST + b"y"]
    assert splitter.feed(b"\x7eab\x7e") == [b"\x7eab\x7e"]
