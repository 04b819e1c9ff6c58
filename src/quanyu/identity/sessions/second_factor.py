"""The second factor: time-based codes (RFC 6238) from a phone, and recovery codes for the day it is lost."""

import base64
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

import pyotp

from quanyu.core.actor import Actor, Resource
from quanyu.core.errors import Conflict, Invalid
from quanyu.identity.accounts.passwords import password_matches
from quanyu.identity.evidence import Outcome, append_evidence
from quanyu.identity.keys import Cipher
from quanyu.identity.sessions import _sql
from quanyu.store import Connection

_STEP_SECONDS = 30
_CLOCK_DIFFERENCE = 1  # steps that a phone's clock may be off
_RECOVERY_CODES = 10
_TOTP_FORM = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True)
class Enrolment:
    """`uri` is what the phone scans. Shown once."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


async def enrol(connection: Connection, actor: Actor, *, cipher: Cipher, issuer: str) -> Enrolment:
    """Starts it; it counts only once a code has been confirmed. Raises Conflict where one counts already."""
    known = await _own(connection, actor)
    if known.totp_confirmed:
        raise Conflict("identity.second_factor.exists")
    secret = base64.b32encode(secrets.token_bytes(20)).decode()
    locked = cipher.lock(secret.encode(), _place(actor.tenant, actor.id))
    await _sql.set_totp(connection, actor.tenant, actor.id, locked, confirmed=False)
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=known.login, issuer_name=issuer))


async def confirm(
    connection: Connection, actor: Actor, code: str, *, cipher: Cipher, now: datetime
) -> tuple[str, ...]:
    """The recovery codes, shown once. Raises Invalid for a wrong code."""
    known = await _own(connection, actor)
    if known.totp_secret is None or known.totp_confirmed:
        raise Conflict("identity.second_factor.not_begun")
    step = _step_of(_secret(actor.tenant, known, cipher), code, now)
    if step is None:
        raise Invalid("identity.second_factor.wrong")
    await _sql.set_totp(connection, actor.tenant, actor.id, known.totp_secret, confirmed=True)
    await _sql.use_totp_step(connection, actor.tenant, actor.id, step)
    codes = tuple(_recovery_code() for _ in range(_RECOVERY_CODES))
    await _sql.replace_recovery_codes(connection, actor.tenant, actor.id, [_digest(one) for one in codes])
    await _record(connection, actor, "second factor on")
    return codes


async def disable(connection: Connection, actor: Actor, password: str) -> None:
    """Asks for the password again: an unattended screen must not be enough."""
    known = await _own(connection, actor)
    if not await password_matches(known.password, password):
        raise Invalid("identity.password.wrong")
    await _sql.set_totp(connection, actor.tenant, actor.id, None, confirmed=False)
    await _sql.replace_recovery_codes(connection, actor.tenant, actor.id, ())
    await _record(connection, actor, "second factor off")


async def code_matches(
    connection: Connection, tenant: str, known: _sql.Credentials, code: str, *, cipher: Cipher, now: datetime
) -> bool:
    """Each code works once."""
    code = code.replace(" ", "").strip()
    if _TOTP_FORM.fullmatch(code):
        step = _step_of(_secret(tenant, known, cipher), code, now)
        return step is not None and await _sql.use_totp_step(connection, tenant, known.id, step)
    return await _sql.use_recovery_code(connection, tenant, known.id, _digest(code))


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step that the code belongs to."""
    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // _STEP_SECONDS
    steps = range(current - _CLOCK_DIFFERENCE, current + _CLOCK_DIFFERENCE + 1)
    given = code.strip().encode("utf-8", "replace")
    found = [step for step in steps if secrets.compare_digest(totp.generate_otp(step).encode(), given)]
    return found[-1] if found else None


def _secret(tenant: str, known: _sql.Credentials, cipher: Cipher) -> str:
    return cipher.open(known.totp_secret or b"", _place(tenant, known.id)).decode()


def _place(tenant: str, account: str) -> str:
    return f"totp {tenant} {account}"


def _recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return f"{text[:4]}-{text[4:8]}-{text[8:12]}-{text[12:]}"


def _digest(code: str) -> bytes:
    return sha256(code.replace("-", "").lower().encode("utf-8", "replace")).digest()


async def _own(connection: Connection, actor: Actor) -> _sql.Credentials:
    known = await _sql.credentials(connection, actor.tenant, id=actor.id)
    if known is None:
        raise Conflict("identity.second_factor.not_begun")
    return known


async def _record(connection: Connection, actor: Actor, act: str) -> None:
    await append_evidence(
        connection, actor, "account.own", Resource("account", actor.id), Outcome.DONE, {"act": act}
    )
