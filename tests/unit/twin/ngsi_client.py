"""A client that calls the NGSI-LD application directly."""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from quanyu.core.actor import Actor, ActorKind
from quanyu.twin.http.ngsi import NgsiApp


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def next(self) -> str:
        """Where the Link header leads on to, '' at the end."""
        found = re.search(r'<([^>]*)>; ?rel="next"', self.headers["link"])
        return found[1].removeprefix("/ngsi-ld/v1") if found else ""

    @property
    def json(self) -> Any:
        return json.loads(self.content)


class Client:
    """Asks as one actor of one tenant."""

    def __init__(self, app: NgsiApp) -> None:
        self._app = app

    async def ask(self, method: str, target: str, body: Any = None, **headers: str) -> Reply:
        path, _, query = target.partition("?")
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent: list[Any] = []
        scope = {
            "type": "http",
            "method": method,
            "path": "/ngsi-ld/v1" + unquote(path),
            "raw_path": b"/ngsi-ld/v1" + path.encode(),
            "query_string": query.encode(),
            "headers": [
                (b"content-length", str(len(content)).encode()),
                *((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()),
            ],
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        names: dict[str, str] = {}
        for name, value in sent[0]["headers"]:
            names[name.decode()] = ", ".join(filter(None, (names.get(name.decode()), value.decode())))
        return Reply(sent[0]["status"], names, sent[1]["body"])


def actor(tenant: str) -> Actor:
    return Actor(id="tester", tenant=tenant, kind=ActorKind.ACCOUNT, roles=frozenset({"data_officer"}))
