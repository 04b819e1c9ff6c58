"""What goes around a notification on its way (ETSI GS CIM 009, 6.3.5, 6.3.6, 6.3.14, 7.2): headers, or metadata."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from quanyu.twin.ngsild.context import CORE_URL
from quanyu.twin.subscriptions.model import Accept, Kept

_RELATION = "http://www.w3.org/ns/json-ld#context"


class Home(NamedTuple):
    """Of whom a subscription is: a tenant, and with `snapshot` of that alone (5.5.15)."""

    tenant: str
    snapshot: str = ""


Homes = Callable[[str], Awaitable[Home]]
"""Who stands behind the tenant under which a subscription is kept."""


async def at_home(tenant: str) -> Home:
    return Home(tenant)


def headers_of(
    kept: Kept, body: Mapping[str, Any], home: Home, *, own_tenant: str, link: str | None
) -> dict[str, str]:
    """What the receiver asked for goes over what is usual. `link`: the URL of the @context, None for the core's."""
    endpoint = kept.subscription.endpoint
    made = {"Content-Type": endpoint.accept.value}
    if not _carries_context(endpoint.accept, body):
        made["Link"] = f'<{link or CORE_URL}>; rel="{_RELATION}"; type="application/ld+json"'
    if home.tenant != own_tenant:
        made["NGSILD-Tenant"] = home.tenant
    if home.snapshot:
        made["NGSILD-Snapshot"] = home.snapshot
    for key, value in endpoint.receiver_info:
        for name in [name for name in made if name.lower() == key.lower()]:
            del made[name]
        made[key] = value
    return made


def _carries_context(accept: Accept, body: Mapping[str, Any]) -> bool:
    if accept is Accept.GEO_JSON:
        return "@context" in body["data"]
    return accept is Accept.LD_JSON
