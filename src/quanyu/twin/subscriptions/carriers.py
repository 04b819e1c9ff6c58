"""Carries one notification to one endpoint: by HTTP (ETSI GS CIM 009, 6.3.8) or by MQTT (clause 7)."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
import msgspec

from quanyu.connect.outgoing import Outgoing
from quanyu.core.errors import Invalid, Unavailable
from quanyu.twin.subscriptions.model import Endpoint
from quanyu.twin.subscriptions.mqtt import publish
from quanyu.twin.subscriptions.parse_notification import MQTT_SCHEMES

DEFAULT_TIMEOUT = 10.0
LONGEST_TIMEOUT = 60.0
_AGAIN = frozenset({408, 425, 429})


@dataclass(slots=True)
class Carriers:
    """One per node. Connections stay open as long as an endpoint is in use."""

    outgoing: Outgoing
    _clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    async def carry(self, endpoint: Endpoint, headers: Mapping[str, str], body: Mapping[str, Any]) -> None:
        """Comes back when the receiver has it.

        Raises Unavailable where trying again may help; Invalid and Denied where it does not.
        """
        wait = min(endpoint.timeout or DEFAULT_TIMEOUT, LONGEST_TIMEOUT)
        if urlsplit(endpoint.uri).scheme in MQTT_SCHEMES:
            await publish(self.outgoing, endpoint, _packed(headers, body), wait=wait)
        else:
            await self._post(
                endpoint.uri, _identified(endpoint.uri, headers), msgspec.json.encode(body), wait
            )

    async def forget(self, uri: str) -> None:
        """Nobody sends there any more."""
        client = self._clients.pop(uri, None)
        if client is not None:
            await client.aclose()

    async def close(self) -> None:
        for uri in list(self._clients):
            await self.forget(uri)

    async def _post(self, uri: str, headers: Mapping[str, str], content: bytes, wait: float) -> None:
        client = self._clients.get(uri)
        if client is None:
            client = self._clients[uri] = self.outgoing.client()
        status = await self.outgoing.post(client, uri, headers=headers, content=content, wait=wait)
        if status >= 500 or status in _AGAIN:
            raise Unavailable("twin.notification.status", status=status)
        if not 200 <= status < 300:
            raise Invalid("twin.notification.status", status=status)


def _identified(uri: str, headers: Mapping[str, str]) -> Mapping[str, str]:
    """User and password of the address, as HTTP has them."""
    parts = urlsplit(uri)
    if parts.username is None or any(name.lower() == "authorization" for name in headers):
        return headers
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    return {**headers, "Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def _packed(headers: Mapping[str, str], body: Mapping[str, Any]) -> bytes:
    """7.2: metadata takes the place of headers."""
    return msgspec.json.encode({"metadata": headers, "body": body})
