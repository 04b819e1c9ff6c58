"""Signatures as in Standard Webhooks 1.0: HMAC-SHA256 over id, time and body, so that neither can be changed or sent again later."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

_SECRET = "whsec_"  # noqa: S105 (the prefix by which people and scanners know one)
_BYTES = 32


def new_secret() -> bytes:
    return secrets.token_bytes(_BYTES)


def shown(secret: bytes) -> str:
    """As receivers' libraries take it."""
    return _SECRET + base64.b64encode(secret).decode()


def signed(secret: bytes, id: str, now: datetime, body: bytes) -> dict[str, str]:
    """The headers of one attempt."""
    moment = str(int(now.timestamp()))
    digest = hmac.new(secret, b".".join((id.encode(), moment.encode(), body)), hashlib.sha256).digest()
    return {
        "content-type": "application/cloudevents+json; charset=utf-8",
        "webhook-id": id,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
