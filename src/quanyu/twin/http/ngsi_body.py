"""Bodies of NGSI-LD requests: read whole, decoded, within bounds."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from quanyu.core.errors import TooLarge
from quanyu.twin.http.ngsi_problems import Malformed

MAX_BODY = 32 * 1024 * 1024
MAX_MEMBERS = 5_000
"""Of one entity or fragment: attributes are looked at one by one, while everybody else waits."""


async def decoded(receive: Callable[[], Awaitable[MutableMapping[str, Any]]]) -> Any:
    """The JSON that is sent. Raises Malformed, TooLarge."""
    try:
        return _bounded(msgspec.json.decode(await _read(receive)))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed("twin.ngsi.json", reason=str(error)[:200]) from None
    except RecursionError:
        raise Malformed("twin.ngsi.deep") from None


def _bounded(content: Any) -> Any:
    """Raises TooLarge for more members than any real thing has attributes."""
    for one in content if isinstance(content, list) else (content,):
        if isinstance(one, dict) and len(one) > MAX_MEMBERS:
            raise TooLarge("twin.ngsi.members", limit=MAX_MEMBERS)
    return content


async def _read(receive: Callable[[], Awaitable[MutableMapping[str, Any]]]) -> bytes:
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Malformed("twin.ngsi.gone")
        part = message.get("body", b"")
        size += len(part)
        if size > MAX_BODY:
            raise TooLarge("twin.ngsi.large", limit=MAX_BODY)
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)
