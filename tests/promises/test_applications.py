"""Applications of tests log as the node does: not at all by themselves.

Litestar's own way starts a thread for each application and lays all loggers anew, under locks that a thread in the middle of a record
waits for: once in many runs a test stood still for ever.
"""

import ast
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_FILES = sorted(
    str(path.relative_to(_ROOT))
    for part in ("src/quanyu", "tests")
    for path in (_ROOT / part).rglob("*.py")
    if "Litestar(" in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", _FILES)
def test_no_application_brings_its_own_logging(name: str) -> None:
    made = _applications((_ROOT / name).read_text(encoding="utf-8"))
    assert [one.lineno for one in made if not _is_silent(one)] == []


def _applications(source: str) -> list[ast.Call]:
    return [
        one
        for one in ast.walk(ast.parse(source))
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == "Litestar"
    ]


def _is_silent(call: ast.Call) -> bool:
    return any(
        one.arg == "logging_config" and isinstance(one.value, ast.Constant) and one.value.value is None
        for one in call.keywords
    )
