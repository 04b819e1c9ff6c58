"""Whom the city calls back when a case is closed (回访抽样): a share by channel and class, drawn so that nobody chooses."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated

import msgspec

from quanyu.act.cases.model import Case, Code, Value
from quanyu.store import Connection

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Sampling(Value, frozen=True):
    """`classes` by the beginning of a code, the longest counts, and before the channel; `share` is for all others."""

    share: Share = 1.0
    channels: Mapping[Code, Share] = {}
    classes: Mapping[Code, Share] = {}

    def asks(self, found: Case) -> bool:
        """Whether somebody calls about this case. The same case is always answered the same."""
        drawn = int.from_bytes(sha256(found.id.encode()).digest()[:8], "big") / 2**64
        return drawn < self._share_of(found)

    def _share_of(self, found: Case) -> float:
        category = found.category or ""
        beginnings = sorted((one for one in self.classes if category.startswith(one)), key=len)
        if beginnings:
            return self.classes[beginnings[-1]]
        return self.channels.get(found.channel, self.share)


async def sampling(connection: Connection) -> Sampling:
    """The city's own, else everybody is called."""
    body = await connection.fetchval("select body from case_sampling")
    return Sampling() if body is None else msgspec.convert(body, Sampling)


async def put_sampling(connection: Connection, tenant: str, wanted: Sampling) -> None:
    await connection.execute(
        "insert into case_sampling (tenant, body) values ($1, $2) on conflict (tenant) do update set body = excluded.body",
        tenant,
        msgspec.to_builtins(wanted),
    )
