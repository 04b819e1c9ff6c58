"""Matching in a process of its own: its memory is gone with it, and it cannot hold up the node."""

import asyncio
import sys

import msgspec

from quanyu.core.errors import Unavailable
from quanyu.govern.fusion.model import MatchJob, Pair


async def run(job: MatchJob) -> list[Pair]:
    """Raises Unavailable where the process dies, e.g. of its memory limit."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "quanyu.govern.fusion"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        answer, complaint = await child.communicate(msgspec.json.encode(job))
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:
        raise Unavailable("govern.fusion.died", reason=complaint.decode(errors="replace").strip()[-500:])
    return msgspec.json.decode(answer, type=list[Pair])
