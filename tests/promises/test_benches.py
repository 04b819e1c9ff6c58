"""Benchmarks and scripts are run rarely; what they take from the package is there all the same."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_FILES = sorted(
    (one for folder in ("bench", "scripts") for one in (_ROOT / folder).rglob("*.py")),
    key=lambda one: str(one),
)


def _taken(file: Path) -> Iterator[tuple[str, str]]:
    """Module and name of each `from quanyu… import …`."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "quanyu":
            yield from ((node.module or "", one.name) for one in node.names)


def _there(module: str, name: str) -> bool:
    try:
        if hasattr(importlib.import_module(module), name):
            return True
        importlib.import_module(f"{module}.{name}")
    except ImportError:
        return False
    return True


@pytest.mark.parametrize("file", _FILES, ids=lambda one: str(one.relative_to(_ROOT)))
def test_everything_that_it_takes_from_the_package_is_there(file: Path) -> None:
    assert [f"{module}.{name}" for module, name in _taken(file) if not _there(module, name)] == []
