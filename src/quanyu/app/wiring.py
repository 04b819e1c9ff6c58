"""Who is put together with whom: packages in order, routes, jobs, events. Nothing is registered anywhere else."""

from collections.abc import Awaitable, Callable, Coroutine

from quanyu.app import flow, health, portal
from quanyu.app.node import Node
from quanyu.store import Handler, Job

ROUTES = (*health.routes, *portal.routes)

Task = Callable[[Node, Job], Awaitable[None]]

JOBS: dict[str, Task] = {}

EVENTS: dict[str, tuple[Task, ...]] = {}


def handlers(node: Node) -> dict[str, Handler]:
    """Jobs and events of this node, each bound to it."""
    bound: dict[str, Handler] = {kind: _bind(node, task) for kind, task in JOBS.items()}
    for kind, tasks in EVENTS.items():
        bound[f"event:{kind}"] = _in_turn(node, tasks)
    return bound


def _bind(node: Node, task: Task) -> Handler:
    async def handle(job: Job) -> None:
        await task(node, job)

    return handle


def _in_turn(node: Node, tasks: tuple[Task, ...]) -> Handler:
    async def handle(job: Job) -> None:
        for task in tasks:
            await task(node, job)

    return handle


async def at_start(node: Node) -> list[str]:
    """What a node does before it listens; returns the lines that its owner must read."""
    return await flow.first_start(node)


def in_background(node: Node) -> list[Coroutine[None, None, None]]:
    """What runs beside the web application as long as the node lives."""
    return [flow.seal_evidence(node)]
