"""A process that runs one pack: what the node hands over is answered by the pack's own handlers, with the node's dependencies.

Nothing but the node speaks with it: it has no address, and it ends with its node.
"""

import asyncio
import logging
import os
import socket
import sys
from typing import Annotated, Any, NoReturn

import uvloop
from litestar import Litestar, Router, post
from litestar.connection import ASGIConnection, Request
from litestar.datastructures import State
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.params import JSONBody, PathParameter
from litestar.types import Message

from quanyu.app.apart.letters import (
    ALGORITHMS,
    OK,
    OUT_OF_MEMORY,
    READY,
    Answer,
    Computed,
    Question,
    receive,
    send,
)
from quanyu.app.asking import answer_denied
from quanyu.app.lasting import lasting
from quanyu.app.node import Node, open_node
from quanyu.app.problems import HANDLERS
from quanyu.app.settings import Settings, taken
from quanyu.core.errors import Denied, Invalid
from quanyu.core.process import collect_rarely, leave
from quanyu.packs.algorithms import algorithm_of, run_here
from quanyu.packs.finding import only_pack
from quanyu.packs.model import Pack
from quanyu.packs.service import installed

_CONNECTIONS = 4
"""To the database: few, as there may be several packs."""

_ACTOR = "quanyu.actor"


async def _answer_all(settings: Settings, name: str, descriptor: int) -> None:
    async with open_node(settings, worker=True, connections=_CONNECTIONS) as node:
        application = _application(node, installed(only_pack(name), name))
        reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=descriptor))
        keeping = asyncio.create_task(lasting(node.evidence.run))
        send(writer, Answer(number=READY))
        answering: set[asyncio.Task[None]] = set()
        while (question := await receive(reader, Question)) is not None:
            task = asyncio.create_task(_answer(application, question, writer))
            answering.add(task)
            task.add_done_callback(answering.discard)
        keeping.cancel()


async def _answer(application: Litestar, question: Question, writer: asyncio.StreamWriter) -> None:
    status, headers, parts, read = 500, [], [], False

    async def asked() -> Any:
        nonlocal read
        if read:
            return {"type": "http.disconnect"}
        read = True
        return {"type": "http.request", "body": question.body, "more_body": False}

    async def answered(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], list(message["headers"])
        elif message["type"] == "http.response.body":
            parts.append(message["body"])

    await application(_scope(question), asked, answered)  # type: ignore[arg-type]
    send(writer, Answer(number=question.number, status=status, headers=headers, body=b"".join(parts)))


def _scope(question: Question) -> dict[str, Any]:
    return {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "scheme": "http",
        "method": question.method, "path": question.path, "raw_path": question.path.encode(), "root_path": "",
        "query_string": question.query, "headers": question.headers, "client": None, "server": None,
        _ACTOR: question.actor,
    }  # fmt: skip


def _application(node: Node, pack: Pack) -> Litestar:
    def come_in(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        """The node has asked whether they may."""
        connection.scope["state"]["actor"] = connection.scope[_ACTOR]  # type: ignore[literal-required]

    def actor(request: Request[Any, Any, Any]) -> Any:
        return request.scope["state"]["actor"]

    given = {"database": node.database, "clock": node.clock, "folder": node.folder}
    return Litestar(
        [Router("/", route_handlers=[*pack.routes, _algorithms(pack)])],
        guards=[come_in],
        dependencies={
            "actor": Provide(actor, sync_to_thread=False),
            **{name: Provide(_giving(part), sync_to_thread=False) for name, part in given.items()},
        },
        exception_handlers={**HANDLERS, Denied: answer_denied, MemoryError: _give_up},
        state=State({"node": node}),
        openapi_config=None,
        logging_config=None,
    )


def _algorithms(pack: Pack) -> HTTPRouteHandler:
    """The node has looked at the names and kinds of the inputs."""

    async def run(name: Annotated[str, PathParameter()], data: JSONBody[dict[str, Any]]) -> Computed:
        try:
            return Computed(outputs=await run_here(pack.name, algorithm_of(pack, name), data))
        except Invalid as error:
            return Computed(refused=error.faults[0])

    return post(f"{ALGORITHMS}/{{name:str}}", status_code=OK)(run)


def _give_up(_: Request[Any, Any, Any], __: MemoryError) -> NoReturn:
    """Whatever the pack still holds goes back to the machine."""
    os._exit(OUT_OF_MEMORY)


def _giving(part: Any) -> Any:
    def give() -> Any:
        return part

    return give


def main() -> None:
    collect_rarely()
    name, descriptor = sys.argv[1:3]
    settings = taken(sys.stdin.buffer.read())
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    uvloop.run(_answer_all(settings, name, int(descriptor)))
    leave(0)


if __name__ == "__main__":
    main()
