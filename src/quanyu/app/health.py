"""Is it alive, is it ready, how is it: three routes for machines."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Gauge, generate_latest

from quanyu import __version__
from quanyu.app.choices import current
from quanyu.app.counting import Requests
from quanyu.app.demo import is_demo
from quanyu.app.node import Node
from quanyu.app.settings import MOST_WORKERS
from quanyu.core.errors import QuanyuError
from quanyu.twin.http.ground import shown_base_map

REQUESTS = Requests(MOST_WORKERS)
REGISTRY.register(REQUESTS)
JOBS = Gauge("quanyu_jobs", "Durable jobs by state.", ["state"])

TheNode = NamedDependency[SkipValidation[Node]]

_PUBLIC = {"action": "public"}


@get("/healthz", opt=_PUBLIC, sync_to_thread=False)
def healthz() -> dict[str, str]:
    return {"status": "alive"}


@get("/readyz", opt=_PUBLIC)
async def readyz(node: TheNode) -> Response[dict[str, Any]]:
    """200 where the database answers; else 503 with what is away."""
    try:
        async with node.database.system() as connection:
            await connection.fetchval("select 1")
    except QuanyuError as error:
        return Response({"status": "not ready", "database": error.text("en")}, status_code=503)
    return Response({"status": "ready", "database": "answers"})


@get("/metrics", opt=_PUBLIC)
async def metrics(node: TheNode) -> Response[bytes]:
    async with node.database.system() as connection:
        rows = await connection.fetch("select state, count(*) as n from job group by state")
    counted = {row["state"]: row["n"] for row in rows}
    for state in ("waiting", "running", "done", "dead"):
        JOBS.labels(state).set(counted.get(state, 0))
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@get("/api/v1/node", opt=_PUBLIC)
async def about(node: TheNode) -> dict[str, Any]:
    """What a page must know before anybody signs in: name of the city (empty until somebody has said it), whether its data is
    demonstration, and the picture below its maps, if there is one."""
    settings = await current(node.database, node.settings)
    base_map = await node.twin.base_map()
    return {
        "city": settings.city,
        "city_en": settings.city_en or settings.city,
        "tenant": node.tenant,
        "demo": is_demo(node),
        "version": __version__,
        "oidc": bool(node.settings.oidc_issuer),
        "base_map": shown_base_map(base_map.source) if base_map else None,
    }


routes = (healthz, readyz, metrics, about)
