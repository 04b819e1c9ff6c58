"""Where context sources tell what happens to what we have subscribed to at them (ETSI GS CIM 009, 5.8.6)."""

from typing import Any

import msgspec
from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from quanyu.core.errors import Invalid, NotFound
from quanyu.twin.derived.errand import RECEIVED
from quanyu.twin.http.ngsi_media import context_link
from quanyu.twin.service import Twin


@post(RECEIVED + "/{tenant:str}/{token:str}", status_code=200, opt={"action": "node.exchange"})
async def receive_notification(
    request: Request[Any, Any, Any], tenant: FromPath[str], token: FromPath[str], twin: NamedDependency[Twin]
) -> None:
    """The address itself is the secret: only the source that we gave it to knows it."""
    if twin.receiver is None:
        raise NotFound("twin.notification.not_ours")
    try:
        body = msgspec.json.decode(await request.body())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Invalid("twin.notification.none") from None
    await twin.receiver.receive(tenant, token, body, context_link(request.headers.get("link", "")))
