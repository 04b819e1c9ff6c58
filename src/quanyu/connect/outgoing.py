"""The only way out for requests to addresses that people or data name.

Public addresses are open; loopback, private and link-local ones only where settings allow them. The name is resolved
once, every address it has is checked, and the connection goes to the checked address, so that a name which changes
its mind between check and call gains nothing. Redirects pass through the same door.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urljoin, urlsplit

import httpx

from quanyu.core.errors import Denied, Invalid, Unavailable

MAX_REDIRECTS = 5
_NOT_HTTP = frozenset({21, 22, 23, 25, 53, 110, 143, 389, 465, 587, 636, 993, 995, 3306, 5432, 6379})
"""Ports where something else listens that a request could be made to speak to; allowed where the host is by name."""
_MOST_DRAINED = 64 * 1024

logging.getLogger("httpx").setLevel(logging.WARNING)  # it tells every address whole, with the key behind `?`


@dataclass(frozen=True, slots=True)
class Outgoing:
    """`allowed`: host names, addresses and networks beyond the public internet."""

    allowed: tuple[str, ...] = ()

    async def check(self, host: str, port: int) -> str:
        """The address to connect to. Raises Denied where the owner of the node did not allow it."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:  # the latter for a name that is none
            raise Unavailable("connect.outgoing.unknown_host", host=host) from error
        addresses = [str(entry[4][0]) for entry in found]
        if host not in self.allowed:
            for address in addresses:
                if not self._open(address):
                    raise Denied("connect.outgoing.denied", host=host, address=address)
        return addresses[0]

    def _open(self, address: str) -> bool:
        ip = _plain(ip_address(address.partition("%")[0]))
        return ip.is_global or any(ip in network for network in self._networks())

    def _networks(self) -> list[IPv4Network | IPv6Network]:
        networks: list[IPv4Network | IPv6Network] = []
        for text in self.allowed:
            try:
                networks.append(ip_network(text, strict=False))
            except ValueError:
                continue  # a host name, compared as such
        return networks

    @asynccontextmanager
    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str], wait: float, **call: object
    ) -> AsyncIterator[httpx.Response]:
        """A streamed answer; the caller reads it with a bound of its own."""
        async with httpx.AsyncClient(
            timeout=wait, trust_env=False, follow_redirects=False, verify=_authorities()
        ) as client:
            response = await self._followed(client, method, url, headers=headers, **call)
            try:
                yield response
            except (httpx.HTTPError, httpx.StreamError) as error:
                host = urlsplit(url).hostname
                raise Unavailable("connect.outgoing.failed", host=host, reason=_reason(error)) from error
            finally:
                await response.aclose()

    def client(self) -> httpx.AsyncClient:
        """For many calls of one address; its connections are kept. To be closed by whoever asked for it."""
        return httpx.AsyncClient(timeout=None, trust_env=False, follow_redirects=False, verify=_authorities())  # noqa: S113 (`post` sets the limit)

    async def post(
        self, client: httpx.AsyncClient, url: str, *, headers: Mapping[str, str], content: bytes, wait: float
    ) -> int:
        """The status of the answer, whose body is thrown away; a redirect is an answer, too. `wait`: for all of it.

        Raises Denied, Invalid, Unavailable.
        """
        try:
            async with asyncio.timeout(wait):
                response = await self._hop(client, "POST", url, headers=headers, content=content)
                await _drain(response)
                return response.status_code
        except TimeoutError:
            host = urlsplit(url).hostname
            raise Unavailable("connect.outgoing.failed", host=host, reason=f"{wait:g} s") from None

    async def _followed(
        self, client: httpx.AsyncClient, method: str, url: str, *, headers: Mapping[str, str], **call: object
    ) -> httpx.Response:
        response = await self._hop(client, method, url, headers=headers, **call)
        for _ in range(MAX_REDIRECTS):
            if not response.has_redirect_location:
                return response
            await response.aclose()
            target = urljoin(url, response.headers["location"])
            headers = headers if _same_host(url, target) else _without_secrets(headers)
            url = target
            response = await self._hop(client, "GET", url, headers=headers)
        if response.has_redirect_location:
            await response.aclose()
            raise Invalid("connect.outgoing.redirects", url=url.partition("?")[0], limit=MAX_REDIRECTS)
        return response

    async def _hop(
        self, client: httpx.AsyncClient, method: str, url: str, *, headers: Mapping[str, str], **call: object
    ) -> httpx.Response:
        parts = _parts(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        if port in _NOT_HTTP and host not in self.allowed:
            raise Denied("connect.outgoing.port", host=host, port=port)
        address = await self.check(host, port)
        literal = f"[{address}]" if ":" in address else address
        netloc = f"{literal}:{parts.port}" if parts.port else literal
        request = client.build_request(
            method,
            parts._replace(netloc=netloc).geturl(),
            headers={**headers, "host": parts.netloc.rpartition("@")[2]},
            extensions={"sni_hostname": parts.hostname},
            **call,  # type: ignore[arg-type]
        )
        try:
            return await client.send(request, stream=True)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise Unavailable(
                "connect.outgoing.failed", host=parts.hostname, reason=_reason(error)
            ) from error


async def _drain(response: httpx.Response) -> None:
    """A short answer is read, so that the connection can be used again; a long one is cut off."""
    size = 0
    try:
        async for part in response.aiter_raw():
            size += len(part)
            if size > _MOST_DRAINED:
                break
    except (httpx.HTTPError, httpx.StreamError):
        return  # its status is known, and nothing else is asked
    finally:
        await response.aclose()


def _parts(url: str) -> SplitResult:
    """Raises Invalid where it is no address that one can call; what may be secret behind `?` is not repeated."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise Invalid("connect.outgoing.url", url=url.partition("?")[0])
    return parts


def _plain(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An IPv4 address that hides in an IPv6 one is judged as what it is."""
    mapped = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
    return mapped or ip


@cache
def _authorities() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


def _same_host(one: str, other: str) -> bool:
    """Same scheme, too: what was sent over TLS is not sent again in the clear."""
    return urlsplit(one)[:2] == urlsplit(other)[:2]


def _without_secrets(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() in {"accept", "user-agent"}}


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
