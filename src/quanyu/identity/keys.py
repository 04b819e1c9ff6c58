"""The node's own keys, each in one file of `folder/keys` that only the node's user may read."""

import hmac
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from quanyu.core.errors import Unavailable

_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs roots of the evidence chain; `key` is the fingerprint by which its public half is found."""

    key: str
    _private: Ed25519PrivateKey

    def sign(self, data: bytes) -> bytes:
        return self._private.sign(data)


@dataclass(frozen=True, slots=True)
class Trust:
    """The public keys whose signatures count, by fingerprint."""

    keys: dict[str, Ed25519PublicKey]

    def knows(self, key: str, signature: bytes, data: bytes) -> bool:
        public = self.keys.get(key)
        if public is None:
            return False
        try:
            public.verify(signature, data)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Cipher:
    """AES-256-GCM; `place` binds a secret to the row it belongs to, so that it cannot be moved to another."""

    _key: bytes

    def lock(self, secret: bytes, place: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + AESGCM(self._key).encrypt(nonce, secret, place.encode())

    def open(self, locked: bytes, place: str) -> bytes:
        """Raises Unavailable where the key is not the one it was locked with."""
        try:
            return AESGCM(self._key).decrypt(locked[:_NONCE_BYTES], locked[_NONCE_BYTES:], place.encode())
        except InvalidTag:
            raise Unavailable("identity.key.wrong") from None

    def derived(self, purpose: str) -> bytes:
        """Another key, always the same for a purpose."""
        return hmac.new(self._key, purpose.encode(), sha256).digest()


def evidence_signer(folder: Path) -> Signer:
    """The signing key of this node, made on first use; its public half is kept for ever beside it."""
    path = _keys(folder) / "evidence.key"
    private = Ed25519PrivateKey.from_private_bytes(_kept(path, lambda: secrets.token_bytes(32)))
    key = fingerprint(private.public_key())
    _kept(_keys(folder) / f"evidence-{key}.pub", private.public_key().public_bytes_raw)
    return Signer(key, private)


def evidence_trust(folder: Path) -> Trust:
    """Every public key that this node has signed with, or that was put beside them after a restore."""
    publics = [
        Ed25519PublicKey.from_public_bytes(path.read_bytes()) for path in _keys(folder).glob("evidence-*.pub")
    ]
    return Trust({fingerprint(public): public for public in publics})


def secrets_cipher(folder: Path) -> Cipher:
    return Cipher(_kept(_keys(folder) / "secrets.key", lambda: secrets.token_bytes(32)))


def fingerprint(public: Ed25519PublicKey) -> str:
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return sha256(raw).hexdigest()[:16]


def write_private(path: Path, content: bytes) -> None:
    """A whole new file that only this user may read, never a half-written one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _keys(folder: Path) -> Path:
    keys = folder / "keys"
    keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    return keys


def _kept(path: Path, make: Callable[[], bytes]) -> bytes:
    if not path.exists():
        write_private(path, make())
    content = path.read_bytes()
    if len(content) != 32:
        raise Unavailable("identity.key.broken", path=str(path))
    return content
