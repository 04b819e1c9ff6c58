"""A long post is announced in a signed header, so that nobody unknown makes a node read more than a little."""

from base64 import b64decode, b64encode
from collections.abc import AsyncIterator

import msgspec

from quanyu.core.errors import Denied, TooLarge
from quanyu.federation import _sql
from quanyu.federation.messages import Mail
from quanyu.federation.model import Signed, Wire, vouched
from quanyu.federation.signature import canonical, digest

HEADER = "x-quanyu-announced"
UNANNOUNCED = 256 * 1024
"""Bytes that are read of anybody."""


class Announced(Wire, frozen=True, kw_only=True):
    """`hash`: of the very bytes that follow, so that the announcement serves for no others."""

    sender: str
    receiver: str
    bytes: int
    hash: str


async def announcement(mail: Mail, receiver: str, content: bytes) -> dict[str, str]:
    """The header for these bytes; none where they are few."""
    if len(content) <= UNANNOUNCED:
        return {}
    said = Announced(
        sender=(await mail.own()).id, receiver=receiver, bytes=len(content), hash=digest(content)
    )
    return {HEADER: b64encode(canonical(mail.signed(said))).decode()}


async def expected(mail: Mail, header: str, most: int) -> Announced:
    """Before a byte is read. Raises Denied for a stranger and what is not announced, TooLarge for too much."""
    try:
        signed = msgspec.json.decode(b64decode(header, validate=True), type=Signed[Announced])
    except (ValueError, RecursionError) as error:
        raise Denied("federation.post.unannounced", limit=UNANNOUNCED) from error
    peer = await _sql.peer(mail.connection, signed.body.sender)
    own = (await mail.own()).id
    if peer is None or not peer.trusted or signed.body.receiver != own or not vouched(signed, peer.keys):
        raise Denied("federation.sender.unknown")
    if signed.body.bytes > most:
        raise TooLarge("federation.post.long", limit=most)
    return signed.body


async def read_within(parts: AsyncIterator[bytes], announced: Announced | None) -> bytes:
    """What comes, as far as it was announced. Raises Denied as soon as it is more, or something else."""
    limit = announced.bytes if announced else UNANNOUNCED
    content = bytearray()
    async for part in parts:
        content += part
        if len(content) > limit:
            raise Denied("federation.post.unannounced", limit=UNANNOUNCED)
    if announced and digest(bytes(content)) != announced.hash:
        raise Denied("federation.post.unannounced", limit=UNANNOUNCED)
    return bytes(content)
