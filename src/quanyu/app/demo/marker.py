"""The file that says that a data folder holds a demonstration city, and nothing else."""

from datetime import datetime
from pathlib import Path

import msgspec

from quanyu.core.errors import Conflict

_FILE = Path("demo") / "city.json"


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """`renewed`: datasets that were begun anew later than the city. `left`: somebody wants it gone; `departed`: it is."""

    seed: int
    begun: datetime
    renewed: dict[str, datetime] = {}
    left: datetime | None = None
    departed: bool = False

    def begun_of(self, dataset: str) -> datetime:
        return self.renewed.get(dataset, self.begun)


def read_marker(folder: Path) -> Marker | None:
    try:
        return msgspec.json.decode((folder / _FILE).read_bytes(), type=Marker)
    except FileNotFoundError:
        return None


def write_marker(folder: Path, marker: Marker) -> None:
    path = folder / _FILE
    path.parent.mkdir(exist_ok=True, mode=0o700)
    written = path.with_suffix(".new")
    written.write_bytes(msgspec.json.encode(marker))
    written.replace(path)


def check_seed(marker: Marker, seed: int) -> None:
    """Two cities in one folder would be neither."""
    if marker.seed != seed:
        raise Conflict("app.demo.other_seed", seed=marker.seed, wanted=seed)
