"""Signatures: the standard's own example, another implementation, and every changed byte."""

from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from quanyu.federation import sm2
from quanyu.federation.signature import PublicKey, Suite, canonical, digest, new_key

# GB/T 32918.5-2017, appendix A.2: message digest, the recommended curve
_X = "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
_Y = "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
_R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
_S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
_SM2_KEY_INFO = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")

KEYS = {suite: new_key(suite) for suite in Suite}


def test_the_example_of_the_standard_verifies() -> None:
    public = _SM2_KEY_INFO + b"\x04" + bytes.fromhex(_X + _Y)
    assert sm2.verify(public, encode_dss_signature(_R, _S), b"message digest")
    assert not sm2.verify(public, encode_dss_signature(_R, _S), b"message digest", b"another identity")
    assert not sm2.verify(public, encode_dss_signature(_R, _S + 1), b"message digest")


def test_the_hash_is_that_of_the_standard() -> None:
    # GB/T 32905-2016, appendix A.1
    assert digest(b"abc") == "sm3:66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


@pytest.mark.parametrize("suite", list(Suite))
@given(data=st.binary(max_size=200), place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_no_changed_bit_is_taken(suite: Suite, data: bytes, place: int, bit: int) -> None:
    key = KEYS[suite]
    signature = key.sign(data)
    assert key.public.verifies(signature, data)
    changed = bytearray(b64decode(signature))
    changed[place % len(changed)] ^= 1 << bit
    assert not key.public.verifies(b64encode(changed).decode(), data)
    assert not key.public.verifies(signature, data + b" ")


@pytest.mark.parametrize("suite", list(Suite))
def test_a_key_is_what_its_fingerprint_says(suite: Suite) -> None:
    mine, other = KEYS[suite], new_key(suite)
    claimed = PublicKey(id=mine.public.id, suite=suite, public=other.public.public)
    assert not claimed.verifies(other.sign(b"x"), b"x")


@pytest.mark.parametrize("wrong", ["", "?", "AAAA", "=" * 8])
def test_what_is_no_signature_is_none(wrong: str) -> None:
    for key in KEYS.values():
        assert not key.public.verifies(wrong, b"x")
        assert not PublicKey(id=key.public.id, suite=key.suite, public=wrong).verifies(key.sign(b"x"), b"x")


def test_the_order_of_names_does_not_matter() -> None:
    assert canonical({"b": 1, "a": "江"}) == '{"a":"江","b":1}'.encode() == canonical({"a": "江", "b": 1})
