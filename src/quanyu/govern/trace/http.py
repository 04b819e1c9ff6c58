"""Trace over HTTP."""

from typing import Annotated

from litestar import get
from litestar.params import PathParameter

from quanyu.govern.imports.http.asking import AnyRequest, Asker, Folder, Store, language_of
from quanyu.govern.trace.model import Trace
from quanyu.govern.trace.service import trace


@get("/api/v1/trace/{entity_id:str}", opt={"action": "trace.read"})
async def entity_trace(
    entity_id: Annotated[str, PathParameter(max_length=1024)],
    request: AnyRequest,
    actor: Asker,
    database: Store,
    folder: Folder,
) -> Trace:
    return await trace(database, folder, actor, entity_id, language=language_of(request))


routes = (entity_trace,)
