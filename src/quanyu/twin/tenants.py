"""Tenants of the broker (ETSI GS CIM 009, 4.14 and 6.3.14): the asker's own, and in development mode any that is named."""

import re

from quanyu.core.errors import Denied, Invalid, NotFound
from quanyu.store import Database

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,79}")


class NonexistentTenant(NotFound):
    """Nothing was ever written for this tenant."""


class Tenants:
    """`developing`: whoever asks may name any tenant; it is there from the first thing that is created in it."""

    def __init__(self, database: Database, *, developing: bool) -> None:
        self._database = database
        self._developing = developing
        self._known: set[str] = set()

    async def enter(self, own: str, wanted: str, *, makes: bool) -> str:
        """The tenant to work in; `makes`: the operation may be the first in it. Raises Denied, Invalid, NonexistentTenant."""
        if not wanted or wanted == own:
            return own
        if not self._developing:
            raise Denied("twin.ngsi.tenant", tenant=wanted[:80])
        if not _NAME.fullmatch(wanted):
            raise Invalid("twin.ngsi.tenant_name", tenant=wanted[:80])
        if not makes and not await self._exists(wanted):
            raise NonexistentTenant("twin.ngsi.no_tenant", tenant=wanted)
        return wanted

    async def made(self, tenant: str) -> None:
        """Something was created in it."""
        if tenant in self._known:
            return
        async with self._database.system() as connection:
            await connection.execute(
                "insert into broker_tenant (name) values ($1) on conflict do nothing", tenant
            )
        self._known.add(tenant)

    async def _exists(self, tenant: str) -> bool:
        if tenant not in self._known:
            async with self._database.system() as connection:
                if await connection.fetchval(
                    "select exists (select from broker_tenant where name = $1)", tenant
                ):
                    self._known.add(tenant)
        return tenant in self._known
