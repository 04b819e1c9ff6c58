"""The least server that writes: it parses an update, writes it with its history and answers after the commit; it validates nothing.

What it does is what Python, HTTP and PostgreSQL leave possible: who waits is written together by one statement.
"""

import asyncio
import json
from typing import Any

from quanyu.store import Database

TABLES = """
create table raw (tenant text, id text, doc jsonb, primary key (tenant, id));
create table raw_log (tenant text, seq bigint generated always as identity, id text, doc jsonb, primary key (tenant, seq));
grant all on raw, raw_log to quanyu_app;
"""
UPSERT = """
with u as (insert into raw select $1, * from unnest($2::text[], $3::jsonb[])
  on conflict (tenant, id) do update set doc = raw.doc || excluded.doc)
insert into raw_log (tenant, id, doc) select $1, * from unnest($2::text[], $3::jsonb[])
"""
_NO_CONTENT = {"type": "http.response.start", "status": 204, "headers": [(b"content-length", b"0")]}
_END = {"type": "http.response.body", "body": b""}


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """Answers, and does nothing."""
    await receive()
    await send(_NO_CONTENT)
    await send(_END)


class Least:
    """PATCH /ngsi-ld/v1/entities/{id}/attrs/{name} alone."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant
        self._waiting: list[tuple[str, dict[str, Any], asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        content = (await receive())["body"]
        *_, id, _, name = scope["path"].split("/")
        written = asyncio.get_running_loop().create_future()
        self._waiting.append((id, {name: json.loads(content)}, written))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await written
        await send(_NO_CONTENT)
        await send(_END)

    async def _write(self) -> None:
        async with self._database.session(self._tenant) as connection:
            while self._waiting:
                group, self._waiting = self._waiting, []
                folded = dict[str, dict[str, Any]]()
                for id, document, _ in group:
                    folded.setdefault(id, {}).update(document)
                ids = sorted(folded)
                await connection.execute(UPSERT, self._tenant, ids, [folded[id] for id in ids])
                for _, _, written in group:
                    if not written.done():
                        written.set_result(None)
            self._writing = None  # whoever comes while the connection goes back begins anew
