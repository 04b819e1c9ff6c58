"""`quanyu pack new`: a folder with a small pack that works, to be changed from there."""

import re
from pathlib import Path

from quanyu.core.errors import Conflict, Invalid

_NAME = re.compile(r"[a-z][a-z0-9-]{1,39}")


def make(name: str, into: Path) -> Path:
    """The folder. Raises Invalid for a wrong name, Conflict where the folder is there."""
    if not _NAME.fullmatch(name):
        raise Invalid("packs.scaffold.name", name=name[:80])
    folder = into / f"quanyu-{name}"
    if folder.exists():
        raise Conflict("packs.scaffold.exists", folder=str(folder))
    module = f"quanyu_{name.replace('-', '_')}"
    for path, text in _FILES.items():
        target = folder / path.replace("MODULE", module)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.replace("MODULE", module).replace("NAME", name), encoding="utf-8")
    return folder


_PROJECT = """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "quanyu-NAME"
version = "0.1.0"
description = "NAME: a scenario pack for Quanyu"
requires-python = ">=3.11"
dependencies = ["quanyu"]

[project.entry-points."quanyu.packs"]
NAME = "MODULE:pack"

[project.optional-dependencies]
dev = ["pytest", "pytest-asyncio"]

[tool.hatch.build.targets.wheel]
packages = ["src/MODULE"]

[tool.pytest.ini_options]
testpaths = ["tests"]
asyncio_mode = "auto"
asyncio_default_fixture_loop_scope = "session"
asyncio_default_test_loop_scope = "session"
"""

_PACK = '''"""NAME: what this pack is for, in one sentence."""

import json
from importlib.resources import files

from quanyu.packs import DatasetRule, DemoData, Pack, Parameter, QualityRule, RuleKind, View, ViewKind

from MODULE.routes import routes

_HERE = files("MODULE")


def _read(name: str) -> list[dict[str, object]]:
    return json.loads((_HERE / "definitions" / name).read_text(encoding="utf-8"))


pack = Pack(
    name="NAME",
    version="0.1.0",
    package=__name__,
    titles={"zh-CN": "示例场景", "en": "Example"},
    about={"zh-CN": "路灯故障的示例场景包。", "en": "An example: street lamps that are out."},
    models=_read("models.json"),
    rules=_read("rules.json"),
    quality_rules=(
        DatasetRule(
            dataset="NAME-lamps",
            rule=QualityRule(name="not_null:lampCode", kind=RuleKind.NOT_NULL, columns=("lampCode",)),
        ),
    ),
    views=(
        View(
            name="lamps",
            kind=ViewKind.LAYER,
            titles={"zh-CN": "路灯", "en": "Street lamps"},
            body={"type": "ExampleLamp", "colour": {"attribute": "working", "true": "green", "false": "red"}},
        ),
    ),
    parameters=(
        Parameter(
            name="share", kind="number", default=0.95, minimum=0, maximum=1,
            titles={"zh-CN": "亮灯率目标", "en": "Share of lamps that must burn"},
        ),
    ),
    routes=routes,
    messages={
        "zh-CN": {"NAME.title": "路灯"},
        "en": {"NAME.title": "Street lamps"},
    },
    demo=(DemoData(dataset="NAME-lamps", file=_HERE / "demo" / "lamps.csv"),),
)
'''

_ROUTES = '''"""Routes of the pack: below its own prefix, each with its action."""

from litestar import get

from quanyu.packs import Asker, TheDatabase, things


@get("/api/v1/packs/NAME/lamps", opt={"action": "entity.read"})
async def count_lamps(actor: Asker, database: TheDatabase) -> dict[str, int]:
    async with database.tenant(actor.tenant) as connection:
        return {"lamps": len(await things(connection, actor.tenant, "ExampleLamp"))}


routes = (count_lamps,)
'''

_MODELS = """[
 {
  "name": "ExampleLamp", "title_zh": "路灯", "title_en": "Street lamp", "version": "1.0", "effective_from": "2026-01-01",
  "words": ["lamp", "路灯"],
  "attributes": [
   {"name": "lampCode", "type": "text", "title_zh": "编号", "title_en": "Code", "is_key": true, "required": true},
   {"name": "location", "type": "geometry", "title_zh": "位置", "title_en": "Place"},
   {"name": "working", "type": "boolean", "title_zh": "正常", "title_en": "Working", "aliases": ["正常"]}
  ]
 }
]
"""

_RULES = """[
 {
  "name": "NAME-lamp-out", "title": {"zh-CN": "路灯不亮", "en": "Street lamp out"}, "severity": "yellow",
  "subject": {"type": "ExampleLamp"}, "when": {"q": "working==false"}, "for": "PT10M", "key": "{id}"
 }
]
"""

_DEMO = """lampCode,longitude,latitude,working
L001,121.50,31.20,true
L002,121.51,31.20,false
"""

_TESTS = '''"""The pack in a city of its own: `pytest`."""

from quanyu.packs.checking import Grade, judge
from quanyu.packs.testing import City

from MODULE import pack


def test_the_pack_is_gold() -> None:
    verdict = judge(pack)
    assert verdict.grade is Grade.GOLD, verdict.faults


async def test_it_is_switched_on_and_off_and_on_again(city: City) -> None:
    await city.enable(pack)
    assert await city.rule_state("NAME-lamp-out") == "on"
    await city.disable(pack)
    assert await city.rule_state("NAME-lamp-out") == "off"
    await city.enable(pack)
    assert await city.rule_state("NAME-lamp-out") == "on"


async def test_its_route_counts_the_lamps(city: City) -> None:
    await city.enable(pack)
    await city.write("ExampleLamp", "L001", lampCode="L001", working=True, location=(121.5, 31.2))
    async with city.client(pack) as client:
        assert (await client.get("/api/v1/packs/NAME/lamps")).json() == {"lamps": 1}
'''

_CONFTEST = """pytest_plugins = ["quanyu.packs.testing"]
"""

_README = """# quanyu-NAME

A scenario pack for Quanyu.

    pip install -e '.[dev]'
    quanyu pack check NAME
    pytest
    quanyu pack enable NAME
"""

_FILES = {
    "pyproject.toml": _PROJECT,
    "README.md": _README,
    "src/MODULE/__init__.py": _PACK,
    "src/MODULE/README.md": _README,
    "src/MODULE/routes.py": _ROUTES,
    "src/MODULE/definitions/models.json": _MODELS,
    "src/MODULE/definitions/rules.json": _RULES,
    "src/MODULE/demo/lamps.csv": _DEMO,
    "tests/conftest.py": _CONFTEST,
    "tests/test_pack.py": _TESTS,
}
