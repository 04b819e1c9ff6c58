"""What route handlers may ask for by name."""

from collections.abc import Callable
from typing import Any

from litestar import Request
from litestar.di import Provide

from quanyu.act.photos import Album
from quanyu.app.flow import Stages
from quanyu.app.live import Live
from quanyu.app.node import Node
from quanyu.app.sharing import desks_of
from quanyu.app.sight import DatasetSight
from quanyu.app.wiring import courier
from quanyu.core.actor import Actor
from quanyu.core.rate import RateLimit
from quanyu.exchange.delivery.engine import Engines
from quanyu.exchange.elements.warned import ElementWarnings
from quanyu.exchange.http.entities import EntitiesApp
from quanyu.exchange.openness.service import open_files
from quanyu.govern.imports._sql import datasets_called
from quanyu.packs.algorithms import Algorithms
from quanyu.packs.finding import installed_packs
from quanyu.query import DuckEngine


def parts(node: Node, entities: EntitiesApp) -> dict[str, Any]:
    """No field of a body is called so: the framework would take a wrong one for ours."""
    files = node.engine or DuckEngine(node.folder)
    return {"actor": Provide(actor, sync_to_thread=False)} | {
        name: Provide(_same(part), sync_to_thread=False)
        for name, part in {
            "node": node,
            "identity": node.identity,
            "database": node.database,
            "folder": node.folder,
            "outgoing": node.outgoing,
            "twin": node.twin,
            "clock": node.clock,
            "sight": DatasetSight(),
            "import_hooks": Stages(node),
            "upload_limit": node.settings.upload_limit,
            "datasets_called": datasets_called,
            "source_folders": node.settings.source_folders,
            "export_limit": RateLimit(burst=10, pause=60),
            "engine": files,
            "engines": Engines(files),
            "entities_app": entities,
            "installed_packs": installed_packs(),
            "algorithms": Algorithms(
                installed_packs(), node.database, node.apart.run if node.apart else None
            ),
            "album": Album(node.folder, node.settings.photo_limit),
            "courier": courier(node),
            "watched": Live(node.database),
            "desks": desks_of(node),
            "open_files": open_files,
            "publish_warnings": ElementWarnings(files, node.folder),
        }.items()
    }


def actor(request: Request[Any, Any, Any]) -> Actor:
    """Whom the guard let in."""
    found: Actor = request.scope["state"]["actor"]
    return found


def _same(part: Any) -> Callable[[], Any]:
    def given() -> Any:
        return part

    return given
