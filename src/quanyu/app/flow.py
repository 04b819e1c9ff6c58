"""The way of data through the house, to be read first."""

import asyncio

from quanyu.app.node import Node


async def first_start(node: Node) -> list[str]:
    return []


async def seal_evidence(node: Node) -> None:
    await asyncio.Event().wait()
