"""Passwords: argon2id hashes, and what may be one. Hashing takes tens of milliseconds, so it runs in a thread."""

import asyncio
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from quanyu.core.errors import Fault, Invalid

SHORTEST = 10
LONGEST = 256
_ONE_TIME_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is misread from paper
_KNOWN_WEAK = frozenset(
    (
        "password12",
        "password123",
        "1234567890",
        "0123456789",
        "qwertyuiop",
        "administrator",
        "admin12345",
        "quanyu1234",
    )
)

# 19 MiB, two passes: OWASP's least memory, so that a flood of sign-ins does not exhaust a small node.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


async def hash_password(password: str) -> str:
    return await asyncio.to_thread(_HASHER.hash, password)


async def password_matches(stored: str | None, password: str) -> bool:
    """Takes as long for an account that does not exist (`None`) as for one that does."""
    return await asyncio.to_thread(_matches, stored, password[:LONGEST])


def check_password(password: str, *, login: str = "") -> None:
    """Length counts, composition does not (NIST SP 800-63B). Raises Invalid with every fault."""
    folded = password.casefold()
    checks = (
        (len(password) >= SHORTEST, "identity.password.short"),
        (len(password) <= LONGEST, "identity.password.long"),
        (folded not in _KNOWN_WEAK, "identity.password.known"),
        (len(set(password)) >= 5, "identity.password.same"),
        (not login or login.casefold() not in folded, "identity.password.login"),
    )
    if faults := tuple(
        Fault(key, "/password", {"shortest": SHORTEST, "longest": LONGEST}) for ok, key in checks if not ok
    ):
        raise Invalid("identity.password.invalid", faults=faults)


def one_time_password() -> str:
    """About 79 bits, in groups that can be read aloud."""
    letters = [secrets.choice(_ONE_TIME_ALPHABET) for _ in range(16)]
    return "-".join("".join(letters[start : start + 4]) for start in range(0, 16, 4))


def _matches(stored: str | None, password: str) -> bool:
    try:
        return _HASHER.verify(stored or _nobodys(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_hex(16))
