"""Where on this machine sources may read: the data folder's inbox, and what the node's administrator lists."""

from dataclasses import dataclass
from pathlib import Path

from quanyu.connect.sources.settings import FolderSettings, Settings, SqlSettings
from quanyu.core.errors import Fault, Invalid

INBOX = "inbox"

_SYSTEM = tuple(map(Path, ("/proc", "/sys", "/dev", "/etc", "/boot", "/run")))
_OWN = ("keys", "run", "postgres", "datasets", "uploads", "sources", "tmp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """`own` is the node's data folder, `listed` what its administrator opened besides `own`/inbox. Who may manage only the
    sources of an organisation is confined to the folder of its name in each of them."""

    own: Path
    listed: tuple[Path, ...] = ()
    organisation: str | None = None

    @property
    def open(self) -> tuple[Path, ...]:
        roots = tuple(root.resolve() for root in (self.own / INBOX, *self.listed))
        if self.organisation is None:
            return roots
        own = tuple((root / self.organisation).resolve() for root in roots)
        return tuple(place for place, root in zip(own, roots, strict=True) if place.parent == root)

    def fault(self, path: Path, where: str) -> Fault | None:
        """Links are followed first. What belongs to the system or the node stays closed, listed or not."""
        real = path.resolve()
        if _is_closed(real, self.own.resolve()):
            return Fault("connect.source.closed_path", where, {"path": str(path)})
        if not any(real == root or root in real.parents for root in self.open):
            folders = ", ".join(map(str, self.open))
            return Fault("connect.source.not_listed", where, {"path": str(path), "folders": folders})
        return None


def check_place(settings: Settings, places: Places) -> None:
    """Before each run: what is listed, and where links lead, may have changed. Raises Invalid."""
    match settings:
        case FolderSettings(path=path):
            fault = places.fault(Path(path), "settings.path")
        case SqlSettings(url=url) if (file := sqlite_file(url)) is not None:
            fault = places.fault(file, "settings.url")
        case _:
            return
    if fault is not None:
        raise Invalid(fault.key, path=fault.values["path"], folders=fault.values.get("folders", ""))


def sqlite_file(url: str) -> Path | None:
    return Path("/" + url.removeprefix("sqlite:///").lstrip("/")) if url.startswith("sqlite:///") else None


def _is_closed(real: Path, home: Path) -> bool:
    """The node's own folders hold its keys and all data of all people, system folders hold the machine's."""
    closed = (*_SYSTEM, *(home / name for name in _OWN))
    return real == home or any(real == root or root in real.parents for root in closed)
