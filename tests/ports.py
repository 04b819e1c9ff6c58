"""Ports of this machine: where nobody listens yet, and until somebody does."""

import asyncio
import os
import random
import socket
from collections.abc import Iterator
from itertools import cycle

_PORTS = range(20_000, 32_000)
"""Below those that the system gives to whoever calls out or asks for any: between the look and the use nobody is given one of these."""

_SIDE_BY_SIDE = 16
"""Workers of one run of tests, at most: each has ports of its own."""

_PATIENCE_SECONDS = 60.0


def free_port() -> int:
    """Another one each time."""
    return next(port for port in _untried if _is_free(port))


async def until_open(port: int) -> None:
    """Somebody on this machine takes calls there."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.01)
                continue
            writer.close()
            await writer.wait_closed()
            return


def _of_this_worker() -> Iterator[int]:
    """In an order of chance, as other runs of tests may go on beside this one."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    own = _PORTS[worker % _SIDE_BY_SIDE :: _SIDE_BY_SIDE]
    return cycle(random.SystemRandom().sample(own, len(own)))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


_untried = _of_this_worker()
