"""Who has signed: two suites behind one pair of functions, and the bytes that are signed."""

from base64 import b64decode, b64encode
from enum import StrEnum
from hashlib import sha256

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from quanyu.core.errors import Invalid
from quanyu.federation import sm2


class Suite(StrEnum):
    """Ed25519 (RFC 8032) with SM3 hashes, or SM2 with SM3."""

    ED25519 = "ed25519"
    SM2 = "sm2"


class PublicKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`public`: SubjectPublicKeyInfo DER in base64. `id`: its fingerprint."""

    id: str
    suite: Suite
    public: str

    def verifies(self, signature: str, data: bytes) -> bool:
        """False for whatever is no signature by this key, and for a key that is not what its id says."""
        try:
            public, value = b64decode(self.public, validate=True), b64decode(signature, validate=True)
        except ValueError:
            return False
        if fingerprint(public) != self.id or b64encode(value).decode() != signature:
            return False
        if self.suite is Suite.SM2:
            return sm2.verify(public, value, data)
        return _verifies_ed25519(public, value, data)


class PrivateKey(msgspec.Struct, frozen=True, kw_only=True):
    """`secret`: DER. Never leaves the folder of keys."""

    suite: Suite
    secret: bytes

    @property
    def public(self) -> PublicKey:
        if self.suite is Suite.SM2:
            der = sm2.public_of(self.secret)
        else:
            public = _ed25519(self.secret).public_key()
            der = public.public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        return PublicKey(id=fingerprint(der), suite=self.suite, public=b64encode(der).decode())

    def sign(self, data: bytes) -> str:
        signed = sm2.sign(self.secret, data) if self.suite is Suite.SM2 else _ed25519(self.secret).sign(data)
        return b64encode(signed).decode()


def new_key(suite: Suite) -> PrivateKey:
    if suite is Suite.SM2:
        return PrivateKey(suite=suite, secret=sm2.generate())
    der = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return PrivateKey(suite=suite, secret=der)


def canonical(value: object) -> bytes:
    """JSON with sorted names and no space: RFC 8785 for what is signed here (texts, whole numbers, ASCII names)."""
    return msgspec.json.encode(value, order="sorted")


def digest(data: bytes) -> str:
    """`sm3:` and the hash in hexadecimal."""
    sm3 = hashes.Hash(hashes.SM3())
    sm3.update(data)
    return f"sm3:{sm3.finalize().hex()}"


def fingerprint(public: bytes) -> str:
    return sha256(public).hexdigest()[:32]


def _ed25519(secret: bytes) -> Ed25519PrivateKey:
    key = serialization.load_der_private_key(secret, password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise Invalid("federation.key.kind")
    return key


def _verifies_ed25519(public: bytes, signature: bytes, data: bytes) -> bool:
    try:
        key = serialization.load_der_public_key(public)
        if not isinstance(key, Ed25519PublicKey):
            return False
        key.verify(signature, data)
    except (InvalidSignature, ValueError, UnsupportedAlgorithm):
        return False
    return True
