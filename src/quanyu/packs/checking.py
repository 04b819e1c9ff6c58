"""What a pack is worth, computed: bronze it works, silver it explains itself, gold it stands on its own feet."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from litestar import Litestar
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler

from quanyu.core.errors import Fault, Invalid
from quanyu.core.messages import LANGUAGES
from quanyu.identity import ACTION_BY_NAME
from quanyu.packs.forms import (
    indicator_faults,
    model_faults,
    quality_faults,
    rule_faults,
    source_faults,
    workflow_faults,
)
from quanyu.packs.model import Pack

_NAME = re.compile(r"[a-z][a-z0-9-]{1,39}")
_VERSION = re.compile(r"\d+\.\d+(\.\d+)?([abrc.]+\d+)?")
_OPEN_TO_PACKS = ("quanyu.packs", "quanyu.core")
_PLACE = re.compile(r"\{(\w+)")

_KEPT = frozenset({"state", "check", "settings", "export", "import"})
"""Below each pack's prefix: where it is looked after."""

_GIVEN = ("actor", "database", "clock", "folder")
"""What handlers may ask for by name."""

_MOST_PACKS = 256

Rule = Callable[[Pack], Iterable[Fault]]


class Grade(StrEnum):
    NONE = "none"
    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked at, and the grade that needs it."""

    name: str
    grade: Grade
    faults: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`faults` by the name of the check."""

    grade: Grade
    faults: tuple[tuple[str, Grade, Fault], ...]


def judge(pack: Pack) -> Verdict:
    """The highest grade whose checks, and all below, find nothing; kept until a file of the pack changes."""
    return _judged(pack, _files(pack))


@lru_cache(maxsize=_MOST_PACKS)
def _judged(pack: Pack, files: frozenset[tuple[Path, int, int]]) -> Verdict:
    faults = tuple((check.name, check.grade, fault) for check in CHECKS for fault in _found(check, pack))
    missed = {grade for _, grade, _ in faults}
    reached = Grade.NONE
    for grade in (Grade.BRONZE, Grade.SILVER, Grade.GOLD):
        if grade in missed:
            break
        reached = grade
    return Verdict(grade=reached, faults=faults)


def _found(check: Check, pack: Pack) -> list[Fault]:
    """A pack at which a check stumbles is faulty, not the node."""
    try:
        return list(check.faults(pack))
    except Exception as error:
        return [Fault("packs.check.stumbles", "/", {"reason": f"{type(error).__name__}: {error}"[:300]})]


def _named(pack: Pack) -> Iterator[Fault]:
    if not _NAME.fullmatch(pack.name):
        yield Fault("packs.check.name", "/name", {"name": pack.name})
    if not _VERSION.fullmatch(pack.version):
        yield Fault("packs.check.version", "/version", {"version": pack.version})
    yield from _both(pack.titles, "/titles")


def _brings_something(pack: Pack) -> Iterator[Fault]:
    brought = (
        pack.models, pack.sources, pack.quality_rules, pack.rules, pack.workflows, pack.indicators, pack.algorithms,
        pack.views, pack.routes,
    )  # fmt: skip
    if not any(brought):
        yield Fault("packs.check.empty", "/")


def _routes(pack: Pack) -> Iterator[Fault]:
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


def _answers(pack: Pack) -> Iterator[Fault]:
    """Routes that the framework takes, together and with what handlers are given: a node with one that it refuses would not start."""
    if not all(isinstance(route, HTTPRouteHandler) for route in pack.routes):
        return
    given = {name: Provide(lambda: None, sync_to_thread=False) for name in _GIVEN}
    try:
        Litestar(pack.routes, dependencies=given, logging_config=None).openapi_schema.to_schema()
    except Exception as error:
        yield Fault("packs.check.framework", "/routes", {"reason": f"{type(error).__name__}: {error}"[:300]})


def _views(pack: Pack) -> Iterator[Fault]:
    names = [view.name for view in pack.views]
    for view in pack.views:
        if names.count(view.name) > 1:
            yield Fault("packs.check.twice", f"/views/{view.name}", {"name": view.name})
        if view.action not in ACTION_BY_NAME:
            yield Fault("packs.check.action", f"/views/{view.name}", {"action": view.action})


def _tables(pack: Pack) -> Iterator[Fault]:
    """Names of a pack's tables tell whose they are, and rows of tenants are protected."""
    if pack.migrations is None:
        return
    own = pack.name.replace("-", "_")
    for path in sorted(pack.migrations.iterdir(), key=lambda one: one.name):
        if not path.name.endswith(".sql"):
            continue
        text = path.read_text(encoding="utf-8").lower()
        for table in re.findall(r"create table (?:if not exists )?(\w+)", text):
            if not table.startswith(own):
                yield Fault("packs.check.table", path.name, {"table": table, "prefix": own})
            if f"quanyu_protect('{table}')" not in text:
                yield Fault("packs.check.unprotected", path.name, {"table": table})


def _texts(pack: Pack) -> Iterator[Fault]:
    yield from _both(pack.about, "/about")
    for view in pack.views:
        yield from _both(view.titles, f"/views/{view.name}/titles")
    for parameter in pack.parameters:
        yield from _both(parameter.titles, f"/parameters/{parameter.name}/titles")
    for algorithm in pack.algorithms:
        yield from _both(algorithm.titles, f"/algorithms/{algorithm.name}/titles")


def _messages(pack: Pack) -> Iterator[Fault]:
    catalogues = [pack.messages.get(language, {}) for language in LANGUAGES]
    for key in sorted(catalogues[0].keys() ^ catalogues[1].keys()):
        yield Fault("packs.check.language", f"/messages/{key}", {"key": key})
    for key in catalogues[0].keys() & catalogues[1].keys():
        if not key.startswith(f"{pack.name}."):
            yield Fault("packs.check.key", f"/messages/{key}", {"key": key, "name": pack.name})
        if len({frozenset(_PLACE.findall(one[key])) for one in catalogues}) > 1:
            yield Fault("packs.check.places", f"/messages/{key}", {"key": key})


def _demo(pack: Pack) -> Iterator[Fault]:
    if not pack.demo and (pack.models or pack.views):
        yield Fault("packs.check.no_demo", "/demo")
    for one in pack.demo:
        if not one.file.is_file():
            yield Fault("packs.check.no_file", "/demo", {"file": one.file.name})


def _algorithms(pack: Pack) -> Iterator[Fault]:
    for one in pack.algorithms:
        if not one.inputs or not one.outputs:
            yield Fault("packs.check.undeclared", f"/algorithms/{one.name}", {"name": one.name})


def _imports(pack: Pack) -> Iterator[Fault]:
    """A pack imports `quanyu.packs` and `quanyu.core`: all else may change under it, and no pack needs another."""
    own = _folder(pack)
    open_to_it = (*_OPEN_TO_PACKS, pack.package)
    for path in sorted(own.rglob("*.py")) if own else ():
        for name in _imported(path):
            if name.split(".")[0] == "quanyu" and not name.startswith(open_to_it):
                yield Fault("packs.check.import", path.name, {"module": name})


def _documented(pack: Pack) -> Iterator[Fault]:
    own = _folder(pack)
    if own is None or not (own / "README.md").is_file():
        yield Fault("packs.check.no_readme", "/", {"folder": own.name if own else pack.name})


def _both(texts: object, where: str) -> Iterator[Fault]:
    said = texts if isinstance(texts, dict) else {}
    for language in LANGUAGES:
        if not str(said.get(language, "")).strip():
            yield Fault("packs.check.text", where, {"language": language})


def _folder(pack: Pack) -> Path | None:
    """Of the pack's package."""
    spec = find_spec(pack.package) if pack.package else None
    return Path(spec.origin).parent if spec and spec.origin else None


def _files(pack: Pack) -> frozenset[tuple[Path, int, int]]:
    """Those that checks read, with the time of their last change and their size; none where a check stumbles over them."""
    try:
        folders = [one for one in (_folder(pack), pack.migrations) if isinstance(one, Path)]
        found = [path for folder in folders for path in folder.rglob("*") if "__pycache__" not in path.parts]
        return frozenset((path, path.stat().st_mtime_ns, path.stat().st_size) for path in found)
    except (ImportError, ValueError, OSError):
        return frozenset()


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


CHECKS: tuple[Check, ...] = (
    Check("named", Grade.BRONZE, _named),
    Check("brings", Grade.BRONZE, _brings_something),
    Check("models", Grade.BRONZE, model_faults),
    Check("sources", Grade.BRONZE, source_faults),
    Check("quality", Grade.BRONZE, quality_faults),
    Check("rules", Grade.BRONZE, rule_faults),
    Check("workflows", Grade.BRONZE, workflow_faults),
    Check("indicators", Grade.BRONZE, indicator_faults),
    Check("routes", Grade.BRONZE, _routes),
    Check("answers", Grade.BRONZE, _answers),
    Check("views", Grade.BRONZE, _views),
    Check("tables", Grade.BRONZE, _tables),
    Check("texts", Grade.SILVER, _texts),
    Check("messages", Grade.SILVER, _messages),
    Check("demo", Grade.SILVER, _demo),
    Check("algorithms", Grade.GOLD, _algorithms),
    Check("imports", Grade.GOLD, _imports),
    Check("documented", Grade.GOLD, _documented),
)
"""Every check with the grade that needs it; docs/packs.md explains each."""


def require_bronze(pack: Pack) -> None:
    """Raises Invalid with every fault that keeps a pack from being switched on."""
    faults = tuple(fault for _, grade, fault in judge(pack).faults if grade is Grade.BRONZE)
    if faults:
        raise Invalid("packs.faulty", faults=faults, name=pack.name, count=len(faults))
