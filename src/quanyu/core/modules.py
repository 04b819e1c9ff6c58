"""Modules that libraries load wherever they are installed, for nothing."""

import sys
from collections.abc import Collection
from importlib.abc import MetaPathFinder


class _Without(MetaPathFinder):
    def __init__(self, names: Collection[str]) -> None:
        self._names = names

    def find_spec(self, name: str, path: object, target: object = None) -> None:
        if name in self._names:
            raise ModuleNotFoundError(f"nothing in this process needs {name}", name=name)


def do_without_pandas() -> None:
    """It comes with OR-Tools, and Arrow loads it wherever it finds it: 50 MiB and a quarter of a second of which nothing is used."""
    sys.meta_path.insert(0, _Without({"pandas"}))


def do_without_extras() -> None:
    """Litestar's models for pydantic, and httpx's command line with all that it draws with: a tenth of a node's start."""
    sys.meta_path.insert(0, _Without({"pydantic", "httpx._main"}))
