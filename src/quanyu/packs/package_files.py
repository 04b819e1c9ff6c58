"""The files of a pack's package: what is wrong with them, and which are read."""

import ast
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from quanyu.core.errors import Fault
from quanyu.packs.model import Pack

_OPEN_TO_PACKS = ("quanyu.packs", "quanyu.core")


def import_faults(pack: Pack) -> Iterator[Fault]:
    """A pack imports `quanyu.packs` and `quanyu.core`: all else may change under it, and no pack needs another."""
    own = _folder(pack)
    open_to_it = (*_OPEN_TO_PACKS, pack.package)
    for path in sorted(own.rglob("*.py")) if own else ():
        for name in _imported(path):
            if name.split(".")[0] == "quanyu" and not name.startswith(open_to_it):
                yield Fault("packs.check.import", path.name, {"module": name})


def readme_faults(pack: Pack) -> Iterator[Fault]:
    own = _folder(pack)
    if own is None or not (own / "README.md").is_file():
        yield Fault("packs.check.no_readme", "/", {"folder": own.name if own else pack.name})


def _folder(pack: Pack) -> Path | None:
    """Of the pack's package."""
    spec = find_spec(pack.package) if pack.package else None
    return Path(spec.origin).parent if spec and spec.origin else None


def files_of(pack: Pack) -> frozenset[tuple[Path, int, int]]:
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
