"""Packs that are installed: entry points of the group `quanyu.packs`. One that does not load is shown, and stops nobody."""

import logging
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from threading import Thread
from traceback import walk_tb

from quanyu.packs.model import API, Pack

GROUP = "quanyu.packs"
_OURS = "quanyu"
_LOAD_SECONDS = 20.0

_log = logging.getLogger("quanyu.packs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`pack` None: it does not load, and `fault` says why; without a fault it is not installed any more. `origin`: the distribution it
    comes from."""

    name: str
    origin: str
    pack: Pack | None = None
    fault: str | None = None

    @property
    def ours(self) -> bool:
        """It comes along with the node, and is part of it."""
        return self.origin == _OURS

    @property
    def gone(self) -> bool:
        return self.pack is None and self.fault is None


def find_packs(points: Iterable[EntryPoint] | None = None) -> tuple[Found, ...]:
    """By name; of two with one name the second is broken."""
    known: dict[str, Found] = {}
    for point in sorted(entry_points(group=GROUP) if points is None else points, key=lambda one: one.name):
        found = _load(point)
        if point.name in known:
            if known[point.name].origin == found.origin:
                continue
            _log.warning(
                "pack %s comes from %s and from %s", point.name, known[point.name].origin, found.origin
            )
            continue
        known[point.name] = found
    return tuple(known.values())


@cache
def installed_packs() -> tuple[Found, ...]:
    """What this process found when it was first asked; a package installed later is seen after a restart."""
    return find_packs()


@cache
def only_pack(name: str) -> tuple[Found, ...]:
    """The installed pack of this name, without loading others."""
    return find_packs(entry_points(group=GROUP, name=name))


def _load(point: EntryPoint) -> Found:
    origin = point.dist.name if point.dist else point.value
    try:
        pack = point.load() if origin == _OURS else _imported_in_time(point)
    except (Exception, SystemExit) as error:  # whatever a foreign module does
        _log.warning("pack %s does not load: %s", point.name, error)
        fault = f"{type(error).__name__}: {error}"[:400] + _places(error, point.module.split(".")[0])
        return Found(name=point.name, origin=origin, fault=fault)
    if not isinstance(pack, Pack):
        return Found(name=point.name, origin=origin, fault=f"{point.value} is no Pack")
    if pack.name != point.name:
        return Found(name=point.name, origin=origin, fault=f"the pack calls itself {pack.name}")
    if pack.api > API:
        return Found(name=point.name, origin=origin, fault=f"the pack needs door {pack.api}, this is {API}")
    return Found(name=point.name, origin=origin, pack=pack)


def _imported_in_time(point: EntryPoint) -> object:
    """In a thread that is left behind where the module waits for something: the node goes on without this pack."""
    found: Future[object] = Future()

    def load() -> None:
        try:
            found.set_result(point.load())
        except BaseException as error:
            found.set_exception(error)

    Thread(target=load, name=f"load {point.name}", daemon=True).start()
    try:
        return found.result(_LOAD_SECONDS)
    except TimeoutError as error:
        if found.done():
            raise
        raise TimeoutError(f"the module is not loaded after {_LOAD_SECONDS:.0f} s") from error


def _places(error: BaseException, package: str) -> str:
    """The lines of the pack itself that led there, outermost first; what it called knows nothing of its files."""
    lines = [
        f"{Path(frame.f_code.co_filename).name}:{line}"
        for frame, line in walk_tb(error.__traceback__)
        if str(frame.f_globals.get("__name__")).split(".")[0] == package
    ]
    return f" ({', '.join(lines[-4:])})" if lines else ""
