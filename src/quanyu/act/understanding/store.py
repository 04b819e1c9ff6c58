"""The models of a city on disk: `understanding/<tenant>/<version>.model` in the data folder, the newest is in force."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import msgspec
import zstandard

from quanyu.act.understanding.classifier import Classifier, Learned
from quanyu.act.understanding.habits import Context, Habits
from quanyu.act.understanding.kinship import Meeting, Pair

FOLDER = "understanding"
_LARGEST = 256 * 1024**2
_KEPT = 3


class ModelFile(msgspec.Struct, frozen=True, kw_only=True):
    """`examples`: how many cases it was learned from."""

    version: str
    made: datetime
    examples: int
    classes: Learned | None = None
    habits: tuple[tuple[Context, Mapping[str, int]], ...] = ()
    kin: tuple[tuple[Pair, Meeting], ...] = ()


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """As it is asked."""

    version: str | None = None
    classifier: Classifier | None = None
    habits: Habits = Habits({})
    meetings: Mapping[Pair, Meeting] = {}


def save(folder: Path, tenant: str, model: ModelFile) -> Path:
    """In force at once; of earlier ones the last two are kept."""
    home = folder / FOLDER / tenant
    home.mkdir(parents=True, exist_ok=True)
    path = home / f"{model.version}.model"
    making = path.with_suffix(".making")
    making.write_bytes(zstandard.compress(msgspec.msgpack.encode(model)))
    making.replace(path)
    for old in _models(home)[:-_KEPT]:
        old.unlink()
    return path


def load(folder: Path, tenant: str) -> Model:
    """An empty one where the city has learned nothing yet."""
    found = _models(folder / FOLDER / tenant)
    return _read(found[-1], found[-1].stat().st_mtime_ns) if found else Model()


def version(now: datetime) -> str:
    return f"{now:%Y%m%dT%H%M%S%f}"


def _models(home: Path) -> Sequence[Path]:
    return sorted(home.glob("*.model"))


@lru_cache(maxsize=2)
def _read(path: Path, modified: int) -> Model:
    raw = zstandard.ZstdDecompressor().decompress(path.read_bytes(), max_output_size=_LARGEST)
    file = msgspec.msgpack.decode(raw, type=ModelFile)
    return Model(
        version=file.version, classifier=Classifier(file.classes) if file.classes else None,
        habits=Habits(dict(file.habits)), meetings=dict(file.kin),
    )  # fmt: skip
