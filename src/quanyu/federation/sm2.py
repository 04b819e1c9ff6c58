"""SM2 with SM3 (GB/T 32918, GB/T 32905) through the OpenSSL 3 of this machine.

The `cryptography` library does not offer SM2. The calls are those of EVP_DigestSign(3) and EVP_PKEY-SM2(7).
"""

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import byref, c_char_p, c_int, c_long, c_size_t, c_void_p
from ctypes.util import find_library
from functools import cache

from quanyu.core.errors import Unavailable

IDENTITY = b"1234567812345678"
"""The signer's identity where parties have agreed on none (GB/T 35276, 10)."""

_DONE = 1
_Pointer = c_void_p

_CALLS: dict[str, tuple[type | None, tuple[object, ...]]] = {
    "EVP_PKEY_Q_keygen": (_Pointer, (_Pointer, _Pointer, c_char_p)),
    "EVP_PKEY_free": (None, (_Pointer,)),
    "EVP_PKEY_is_a": (c_int, (_Pointer, c_char_p)),
    "d2i_AutoPrivateKey": (_Pointer, (_Pointer, _Pointer, c_long)),
    "d2i_PUBKEY": (_Pointer, (_Pointer, _Pointer, c_long)),
    "i2d_PrivateKey": (c_int, (_Pointer, _Pointer)),
    "i2d_PUBKEY": (c_int, (_Pointer, _Pointer)),
    "EVP_PKEY_CTX_new": (_Pointer, (_Pointer, _Pointer)),
    "EVP_PKEY_CTX_set1_id": (c_int, (_Pointer, c_char_p, c_int)),
    "EVP_PKEY_CTX_free": (None, (_Pointer,)),
    "EVP_MD_CTX_new": (_Pointer, ()),
    "EVP_MD_CTX_set_pkey_ctx": (None, (_Pointer, _Pointer)),
    "EVP_MD_CTX_free": (None, (_Pointer,)),
    "EVP_sm3": (_Pointer, ()),
    "EVP_DigestSignInit": (c_int, (_Pointer, _Pointer, _Pointer, _Pointer, _Pointer)),
    "EVP_DigestSign": (c_int, (_Pointer, _Pointer, _Pointer, c_char_p, c_size_t)),
    "EVP_DigestVerifyInit": (c_int, (_Pointer, _Pointer, _Pointer, _Pointer, _Pointer)),
    "EVP_DigestVerify": (c_int, (_Pointer, c_char_p, c_size_t, c_char_p, c_size_t)),
}


def generate() -> bytes:
    """A private key as PKCS #8 or SEC 1 DER, as OpenSSL writes it."""
    with _owned(_openssl().EVP_PKEY_Q_keygen(None, None, b"SM2")) as key:
        return _written(_openssl().i2d_PrivateKey, key)


def public_of(private: bytes) -> bytes:
    """SubjectPublicKeyInfo DER."""
    with _private(private) as key:
        return _written(_openssl().i2d_PUBKEY, key)


def sign(private: bytes, data: bytes, identity: bytes = IDENTITY) -> bytes:
    """DER of (r, s)."""
    lib = _openssl()
    with _private(private) as key, _digesting(key, identity) as digest:
        _check(lib.EVP_DigestSignInit(digest, None, lib.EVP_sm3(), None, key))
        size = c_size_t()
        _check(lib.EVP_DigestSign(digest, None, byref(size), data, len(data)))
        signature = ctypes.create_string_buffer(size.value)
        _check(lib.EVP_DigestSign(digest, signature, byref(size), data, len(data)))
        return signature.raw[: size.value]


def verify(public: bytes, signature: bytes, data: bytes, identity: bytes = IDENTITY) -> bool:
    """False also for what is no SM2 key."""
    lib = _openssl()
    pointer = c_char_p(public)
    key = lib.d2i_PUBKEY(None, byref(pointer), len(public))
    if not key:
        return False
    with _owned(key):
        if lib.EVP_PKEY_is_a(key, b"SM2") != _DONE:
            return False
        with _digesting(key, identity) as digest:
            _check(lib.EVP_DigestVerifyInit(digest, None, lib.EVP_sm3(), None, key))
            return bool(lib.EVP_DigestVerify(digest, signature, len(signature), data, len(data)) == _DONE)


@cache
def _openssl() -> ctypes.CDLL:
    """Raises Unavailable where there is no OpenSSL 3."""
    try:
        lib = ctypes.CDLL(find_library("crypto"))
        for name, (result, arguments) in _CALLS.items():
            call = getattr(lib, name)
            call.restype, call.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        raise Unavailable("federation.sm2.missing", reason=str(error)) from error
    return lib


@contextmanager
def _private(der: bytes) -> Iterator[int]:
    pointer = c_char_p(der)
    with _owned(_openssl().d2i_AutoPrivateKey(None, byref(pointer), len(der))) as key:
        yield key


@contextmanager
def _owned(key: int | None) -> Iterator[int]:
    if not key:
        raise Unavailable("federation.sm2.key")
    try:
        yield key
    finally:
        _openssl().EVP_PKEY_free(key)


@contextmanager
def _digesting(key: int, identity: bytes) -> Iterator[int]:
    """A digest context bound to the signer's identity, which is hashed before the message (GB/T 32918.2, 5.5)."""
    lib = _openssl()
    context, digest = lib.EVP_PKEY_CTX_new(key, None), lib.EVP_MD_CTX_new()
    try:
        _check(lib.EVP_PKEY_CTX_set1_id(context, identity, len(identity)))
        lib.EVP_MD_CTX_set_pkey_ctx(digest, context)
        yield digest
    finally:
        lib.EVP_MD_CTX_free(digest)
        lib.EVP_PKEY_CTX_free(context)


def _written(write: Callable[..., int], key: int) -> bytes:
    size = write(key, None)
    if size <= 0:
        raise Unavailable("federation.sm2.key")
    buffer = ctypes.create_string_buffer(size)
    end = ctypes.cast(buffer, c_void_p)
    write(key, byref(end))
    return buffer.raw


def _check(result: int) -> None:
    if result != _DONE:
        raise Unavailable("federation.sm2.failed")
