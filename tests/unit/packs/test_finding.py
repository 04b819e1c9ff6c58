"""Whatever a module of a pack does while it is loaded, the others are found."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from quanyu.packs import finding
from quanyu.packs.finding import GROUP, Found, find_packs


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the search path."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def _found(modules: Path, name: str, code: str) -> Found:
    (modules / f"pack_{name}.py").write_text(code, encoding="utf-8")
    try:
        (found,) = find_packs([EntryPoint(name, f"pack_{name}:pack", GROUP)])
    finally:
        sys.modules.pop(f"pack_{name}", None)
    return found


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("raising", "def f():\n    raise RuntimeError('why')\nf()", "RuntimeError: why (pack_raising.py:3, pack_raising.py:2)"),
        ("leaving", "raise SystemExit(3)", "SystemExit: 3 (pack_leaving.py:1)"),
        ("other", "pack = 3", "pack_other:pack is no Pack"),
        ("named", "from quanyu.packs import Pack\npack = Pack(name='x', version='1.0', titles={})", "the pack calls itself x"),
        ("newer", "from quanyu.packs import Pack\npack = Pack(name='newer', version='1.0', titles={}, api=99)", "the pack needs door 99, this is 1"),
    ],
)  # fmt: skip
def test_a_pack_that_does_not_load_says_why(modules: Path, name: str, code: str, said: str) -> None:
    assert _found(modules, name, code).fault == said


def test_a_module_that_waits_is_not_waited_for(modules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "_LOAD_SECONDS", 0.2)
    found = _found(modules, "waiting", "import threading\nthreading.Event().wait(5)")
    assert found.fault == "TimeoutError: the module is not loaded after 0 s"


def test_only_what_comes_with_the_node_is_the_nodes_own() -> None:
    found = {one.name: one for one in find_packs()}
    assert all(found[name].ours for name in ("sanitation", "parking", "emergency"))
    assert not Found(name="swim", origin="quanyu-swim").ours
