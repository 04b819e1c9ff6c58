"""What is wrong with what a pack brings: names, routes, views, tables, texts."""

import re
from collections.abc import Iterator

from litestar import Litestar
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler

from quanyu.core.errors import Fault
from quanyu.core.messages import LANGUAGES
from quanyu.identity import ACTION_BY_NAME
from quanyu.packs.model import COMMON, Pack, View, ViewKind

_NAME = re.compile(r"[a-z][a-z0-9-]{1,39}")
_VERSION = re.compile(r"\d+\.\d+(\.\d+)?([abrc.]+\d+)?")
_MIGRATION = re.compile(r"\d{4}_\w+\.sql", re.ASCII)
_PLACE = re.compile(r"\{(\w+)")

_BLOCKS = ("table", "figures", "bars", "map", "replay", "form")
"""Of which a page is made; docs/packs.md."""

_KEPT = frozenset({"state", "check", "settings", "export", "import"})
"""Below each pack's prefix: where it is looked after."""

_GIVEN = ("actor", "database", "clock", "folder")
"""What handlers may ask for by name."""


def name_faults(pack: Pack) -> Iterator[Fault]:
    if not _NAME.fullmatch(pack.name):
        yield Fault("packs.check.name", "/name", {"name": pack.name})
    if not _VERSION.fullmatch(pack.version):
        yield Fault("packs.check.version", "/version", {"version": pack.version})
    yield from _both(pack.titles, "/titles")


def empty_faults(pack: Pack) -> Iterator[Fault]:
    brought = (
        pack.models, pack.sources, pack.quality_rules, pack.rules, pack.workflows, pack.indicators, pack.algorithms,
        pack.views, pack.routes,
    )  # fmt: skip
    if not any(brought):
        yield Fault("packs.check.empty", "/")


def route_faults(pack: Pack) -> Iterator[Fault]:
    for route in pack.routes:
        if not isinstance(route, HTTPRouteHandler):
            yield Fault("packs.check.handler", "/routes", {"found": type(route).__name__})
            continue
        paths = sorted(route.paths)
        for path in paths:
            if not path.startswith(pack.prefix):
                yield Fault("packs.check.route", path, {"prefix": pack.prefix})
            elif path.removeprefix(pack.prefix) in _KEPT:
                yield Fault("packs.check.kept", path, {"paths": ", ".join(sorted(_KEPT))})
        if route.opt.get("action") not in ACTION_BY_NAME:
            yield Fault("packs.check.action", paths[0], {"action": str(route.opt.get("action"))})


def framework_faults(pack: Pack) -> Iterator[Fault]:
    """Routes that the framework takes, together and with what handlers are given: a node with one that it refuses would not start."""
    if not all(isinstance(route, HTTPRouteHandler) for route in pack.routes):
        return
    given = {name: Provide(lambda: None, sync_to_thread=False) for name in _GIVEN}
    try:
        Litestar(pack.routes, dependencies=given, logging_config=None).openapi_schema.to_schema()
    except Exception as error:
        yield Fault("packs.check.framework", "/routes", {"reason": f"{type(error).__name__}: {error}"[:300]})


def view_faults(pack: Pack) -> Iterator[Fault]:
    names = [view.name for view in pack.views]
    for view in pack.views:
        if names.count(view.name) > 1:
            yield Fault("packs.check.twice", f"/views/{view.name}", {"name": view.name})
        if view.action not in ACTION_BY_NAME:
            yield Fault("packs.check.action", f"/views/{view.name}", {"action": view.action})
        if view.kind is ViewKind.PAGE and view.module is None:
            yield from _block_faults(view)


def _block_faults(view: View) -> Iterator[Fault]:
    """What the portal would pass over in silence."""
    for place, block in enumerate(view.body.get("blocks", ())):
        where = f"/views/{view.name}/blocks/{place}"
        if block.get("kind") not in _BLOCKS:
            values: dict[str, object] = {"kind": str(block.get("kind")), "known": ", ".join(_BLOCKS)}
            yield Fault("packs.check.block", f"{where}/kind", values)
        if not str(block.get("route", "")).startswith("/"):
            yield Fault("packs.check.asks_nothing", f"{where}/route", {"route": str(block.get("route"))})


def table_faults(pack: Pack) -> Iterator[Fault]:
    """Names of a pack's tables tell whose they are, and rows of tenants are protected."""
    if pack.migrations is None:
        return
    own = pack.name.replace("-", "_")
    for path in sorted(pack.migrations.iterdir(), key=lambda one: one.name):
        if not path.name.endswith(".sql"):
            continue
        if not _MIGRATION.fullmatch(path.name):
            yield Fault("packs.check.migration", path.name, {"file": path.name})
        text = path.read_text(encoding="utf-8").lower()
        for table in re.findall(r"create table (?:if not exists )?(\w+)", text):
            if not table.startswith(own):
                yield Fault("packs.check.table", path.name, {"table": table, "prefix": own})
            if f"quanyu_protect('{table}')" not in text:
                yield Fault("packs.check.unprotected", path.name, {"table": table})


def parameter_faults(pack: Pack) -> Iterator[Fault]:
    common = {one.name for one in COMMON}
    for name in sorted(common & {one.name for one in pack.parameters}):
        yield Fault("packs.check.common", f"/parameters/{name}", {"name": name})


def text_faults(pack: Pack) -> Iterator[Fault]:
    yield from _both(pack.about, "/about")
    for view in pack.views:
        yield from _both(view.titles, f"/views/{view.name}/titles")
    for parameter in pack.parameters:
        yield from _both(parameter.titles, f"/parameters/{parameter.name}/titles")
    for algorithm in pack.algorithms:
        yield from _both(algorithm.titles, f"/algorithms/{algorithm.name}/titles")


def message_faults(pack: Pack) -> Iterator[Fault]:
    catalogues = [pack.messages.get(language, {}) for language in LANGUAGES]
    for key in sorted(catalogues[0].keys() ^ catalogues[1].keys()):
        yield Fault("packs.check.language", f"/messages/{key}", {"key": key})
    for key in catalogues[0].keys() & catalogues[1].keys():
        if not key.startswith(f"{pack.name}."):
            yield Fault("packs.check.key", f"/messages/{key}", {"key": key, "name": pack.name})
        if len({frozenset(_PLACE.findall(one[key])) for one in catalogues}) > 1:
            yield Fault("packs.check.places", f"/messages/{key}", {"key": key})


def demo_faults(pack: Pack) -> Iterator[Fault]:
    if not pack.demo and (pack.models or pack.views):
        yield Fault("packs.check.no_demo", "/demo")
    for one in pack.demo:
        if not one.file.is_file():
            yield Fault("packs.check.no_file", "/demo", {"file": one.file.name})


def algorithm_faults(pack: Pack) -> Iterator[Fault]:
    for one in pack.algorithms:
        if not one.inputs or not one.outputs:
            yield Fault("packs.check.undeclared", f"/algorithms/{one.name}", {"name": one.name})


def _both(texts: object, where: str) -> Iterator[Fault]:
    said = texts if isinstance(texts, dict) else {}
    for language in LANGUAGES:
        if not str(said.get(language, "")).strip():
            yield Fault("packs.check.text", where, {"language": language})
