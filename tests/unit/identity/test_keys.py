from pathlib import Path

import pytest

from quanyu.core.errors import Unavailable
from quanyu.identity.keys import Cipher, evidence_signer, evidence_trust, secrets_cipher


def test_keys_are_made_once_and_readable_by_their_owner_alone(folder: Path) -> None:
    first = evidence_signer(folder)
    assert evidence_signer(folder).key == first.key
    assert (folder / "keys").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (folder / "keys").iterdir()} == {0o600}


def test_a_signature_counts_only_for_its_own_bytes_and_a_known_key(folder: Path, tmp_path: Path) -> None:
    signer, trust = evidence_signer(folder), evidence_trust(folder)
    signature = signer.sign(b"root")
    assert trust.knows(signer.key, signature, b"root")
    assert not trust.knows(signer.key, signature, b"roof")
    assert not trust.knows("another", signature, b"root")
    assert not evidence_trust(tmp_path / "elsewhere").knows(signer.key, signature, b"root")


def test_a_secret_opens_only_with_its_key_and_in_its_place(folder: Path) -> None:
    cipher = secrets_cipher(folder)
    locked = cipher.lock(b"secret", "totp a")
    assert cipher.open(locked, "totp a") == b"secret"
    assert cipher.lock(b"secret", "totp a") != locked
    for other, place in ((cipher, "totp b"), (Cipher(bytes(32)), "totp a")):
        with pytest.raises(Unavailable):
            other.open(locked, place)


def test_a_damaged_key_file_is_named_and_not_replaced(folder: Path) -> None:
    secrets_cipher(folder)
    path = folder / "keys" / "secrets.key"
    path.write_bytes(b"short")
    with pytest.raises(Unavailable, match=r"secrets\.key"):
        secrets_cipher(folder)
    assert path.read_bytes() == b"short"
