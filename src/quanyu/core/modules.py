"""Modules that libraries load wherever they are installed, for nothing."""

import sys
from importlib.abc import MetaPathFinder


class _WithoutPandas(MetaPathFinder):
    def find_spec(self, name: str, path: object, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("nothing in this process needs pandas", name=name)


def do_without_pandas() -> None:
    """It comes with OR-Tools, and Arrow loads it wherever it finds it: 50 MiB and a quarter of a second of which nothing is used."""
    sys.meta_path.insert(0, _WithoutPandas())
