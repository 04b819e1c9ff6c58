"""Matching in a process of its own: its memory is gone with it, and it cannot hold up the node."""

import asyncio

import msgspec

from quanyu.core.child import child
from quanyu.core.errors import Unavailable
from quanyu.govern.fusion.model import MatchJob, Pair


async def run(job: MatchJob) -> list[Pair]:
    """Raises Unavailable where the process dies, e.g. of its memory limit."""
    async with child("quanyu.govern.fusion", msgspec.json.encode(job), heard=True) as matching:
        answer, complaint = await asyncio.gather(matching.said.read(), matching.complains.read())
        code = await matching.ended()
    if code != 0:
        raise Unavailable("govern.fusion.died", reason=complaint.decode(errors="replace").strip()[-500:])
    return msgspec.json.decode(answer, type=list[Pair])
