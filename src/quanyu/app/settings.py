"""All settings of a node, read once at start. Every one has a line in docs/settings.md (tests/promises)."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from quanyu.core.errors import Fault, Invalid

DEMO_CITY, DEMO_CITY_EN = "江州市", "Jiangzhou"
MOST_WORKERS = 8
_WORKERS_UNASKED = 4
"""Where nobody says how many: the database wants cores, too."""

ADDRESS = "run/address"
"""File of the data folder in which a running node says where it listens, for commands on the same machine."""

_PAGE = 10_000
"""As the twin's own: who only reads a setting does not load the twin."""


def _cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`parse` makes it from environment variables; command-line flags replace single values."""

    data: Path = field(default_factory=lambda: Path.home() / ".local/share/quanyu")
    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = field(default_factory=lambda: min(_cores(), _WORKERS_UNASKED))
    tenant: str = "local"
    city: str = ""
    city_en: str = ""
    database_url: str | None = None
    demo: bool = False
    demo_seed: int = 20261121
    dev: bool = False
    contexts: Path | None = None
    rehearsal: Path | None = None
    declared: tuple[str, ...] = ()
    upload_limit: int = 8 * 1024**3
    photo_limit: int = 20 * 1024**2
    history_days: int = 7
    message_days: int = 90
    history_page: int = 0
    pack_seconds: int = 30
    pack_memory: int = 2 * 1024**3
    engine: str = "duckdb"
    engine_memory: str = "1GB"
    allowed_hosts: tuple[str, ...] = ()
    source_folders: tuple[Path, ...] = ()
    basemap: str | None = None
    basemap_gcj02: bool = False
    basemap_attribution: str = ""
    mqtt_port: int = 0
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: str | None = None
    oidc_role_claim: str = "roles"
    public_url: str | None = None

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the node."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def instances(self) -> int:
        """Of attributes in one temporal answer; few in development, so that clients meet partial ones."""
        return self.history_page or (30 if self.dev else _PAGE)

    @property
    def url(self) -> str:
        """The address that people use."""
        return self.public_url or self.local_url

    @property
    def local_url(self) -> str:
        """The address for programs on the same machine."""
        host = f"[{self.local_host}]" if ":" in self.local_host else self.local_host
        return f"http://{host}:{self.port}"

    @property
    def local_host(self) -> str:
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 (compared, not bound)


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable: its name, the field it fills, and what it is for."""

    name: str
    field: str
    about: str


VARIABLES = (
    Variable("QUANYU_DATA", "data", "the data folder: the only place the node writes to"),
    Variable("QUANYU_HOST", "host", "address to listen on; beyond loopback only once a password is set"),
    Variable("QUANYU_PORT", "port", "port to listen on"),
    Variable(
        "QUANYU_WORKERS",
        "workers",
        "processes that answer requests; if not given, one for each core, at most 4",
    ),
    Variable("QUANYU_TENANT", "tenant", "code of the region node that this installation is"),
    Variable("QUANYU_CITY", "city", "name of the city, shown in the portal"),
    Variable("QUANYU_CITY_EN", "city_en", "its name in English"),
    Variable("QUANYU_DATABASE_URL", "database_url", "a PostgreSQL to use instead of the embedded one"),
    Variable("QUANYU_DEMO_SEED", "demo_seed", "seed of the demo city: the same seed gives the same city"),
    Variable("QUANYU_UPLOAD_LIMIT", "upload_limit", "largest upload in bytes"),
    Variable("QUANYU_PHOTO_LIMIT", "photo_limit", "largest photo of a report or an act in bytes"),
    Variable(
        "QUANYU_HISTORY_DAYS",
        "history_days",
        "days of the log that stay in the database; older ones become Parquet",
    ),
    Variable(
        "QUANYU_MESSAGE_DAYS",
        "message_days",
        "days that the bodies of messages between nodes are kept; envelopes and receipts stay",
    ),
    Variable(
        "QUANYU_HISTORY_PAGE",
        "history_page",
        "instances that one temporal answer shows; 0 is 10,000, in development 30",
    ),
    Variable(
        "QUANYU_PACK_SECONDS",
        "pack_seconds",
        "seconds that a pack which others made may take to answer; then its process is ended",
    ),
    Variable(
        "QUANYU_PACK_MEMORY",
        "pack_memory",
        "bytes that the process of a pack which others made may take; one that wants more is ended",
    ),
    Variable(
        "QUANYU_ENGINE",
        "engine",
        "who answers queries over datasets and sealed history: duckdb, spark://host:port or sc://host:port",
    ),
    Variable("QUANYU_ENGINE_MEMORY", "engine_memory", "memory limit of the import engine, e.g. 1GB"),
    Variable(
        "QUANYU_ALLOWED_HOSTS",
        "allowed_hosts",
        "hosts or networks beyond the public internet that sources may call, comma-separated",
    ),
    Variable(
        "QUANYU_SOURCE_FOLDERS",
        "source_folders",
        "folders on this machine that sources may read besides `inbox` in the data folder, comma-separated",
    ),
    Variable("QUANYU_BASEMAP", "basemap", "address of the tiles of a base map, with {z}, {x} and {y}"),
    Variable("QUANYU_BASEMAP_GCJ02", "basemap_gcj02", "whether it is in GCJ-02 and has to be shifted"),
    Variable("QUANYU_BASEMAP_ATTRIBUTION", "basemap_attribution", "whose it is, shown on the map"),
    Variable("QUANYU_CONTEXTS", "contexts", "JSON file {URL: file} of @contexts that need no network"),
    Variable(
        "QUANYU_REHEARSAL",
        "rehearsal",
        "JSON file of what the dataspace connector says without asking people; only with --dev",
    ),
    Variable(
        "QUANYU_DECLARED",
        "declared",
        "attributes with an index of their own, comma-separated; each slows every write",
    ),
    Variable(
        "QUANYU_MQTT_PORT",
        "mqtt_port",
        "port of the MQTT broker in the demo city; 0 chooses a free one",
    ),
    Variable("QUANYU_OIDC_ISSUER", "oidc_issuer", "OpenID Connect issuer for single sign-on"),
    Variable("QUANYU_OIDC_CLIENT_ID", "oidc_client_id", "client id at that issuer"),
    Variable("QUANYU_OIDC_CLIENT_SECRET", "oidc_client_secret", "client secret at that issuer"),
    Variable("QUANYU_OIDC_ROLE_CLAIM", "oidc_role_claim", "claim that lists a person's roles"),
    Variable("QUANYU_PUBLIC_URL", "public_url", "address under which others reach the node"),
)


_PATHS = frozenset({"contexts", "rehearsal"})
"""Fields without a default that are paths."""

_LEAST = {"pack_seconds": 1, "pack_memory": 256 * 1024**2}
"""With less the process of a pack does not begin."""

_TRUTH = dict.fromkeys(("1", "true", "yes", "on"), True) | dict.fromkeys(("0", "false", "no", "off"), False)

_FOLDERS = frozenset({"source_folders"})
"""Lists of paths."""


def parse(environment: Mapping[str, str] = os.environ, **flags: object) -> Settings:
    """Flags that are None do not count. Raises Invalid with every fault found."""
    defaults = Settings()
    values: dict[str, object] = {}
    faults: list[Fault] = []
    for variable in VARIABLES:
        if text := environment.get(variable.name, "").strip():
            try:
                values[variable.field] = _cast(text, variable.field, getattr(defaults, variable.field))
            except (ValueError, KeyError):
                faults.append(
                    Fault("app.settings.value", variable.name, {"name": variable.name, "value": text})
                )
    values |= {name: value for name, value in flags.items() if value is not None}
    if values.get("demo"):
        values.setdefault("city", DEMO_CITY)
        values.setdefault("city_en", DEMO_CITY_EN)
    port = values.get("port", 0)
    if isinstance(port, int) and not 0 <= port < 65536:
        faults.append(Fault("app.settings.value", "port", {"name": "port", "value": port}))
    workers = values.get("workers", 1)
    if isinstance(workers, int) and not 1 <= workers <= MOST_WORKERS:
        faults.append(Fault("app.settings.value", "workers", {"name": "workers", "value": workers}))
    for name, least in _LEAST.items():
        value = values.get(name, least)
        if isinstance(value, int) and value < least:
            faults.append(Fault("app.settings.value", name, {"name": name, "value": value}))
    basemap = values.get("basemap")
    if isinstance(basemap, str) and not is_tile_address(basemap):
        public = basemap.partition("?")[0]  # behind it is the key
        faults.append(
            Fault("app.settings.value", "QUANYU_BASEMAP", {"name": "QUANYU_BASEMAP", "value": public})
        )
    if faults:
        raise Invalid("app.settings.invalid", faults=tuple(faults))
    settings = Settings(**values)  # type: ignore[arg-type]
    object.__setattr__(settings, "data", settings.data.expanduser().absolute())
    return settings


def handed(settings: Settings) -> bytes:
    """For another process of the node; through a pipe, because there are secrets among them."""
    return msgspec.json.encode(settings, enc_hook=str)


def taken(said: bytes) -> Settings:
    """What `handed` made."""
    return msgspec.json.decode(said, type=Settings, dec_hook=_path)


def _path(kind: type, value: Any) -> Any:
    return Path(value) if kind is Path else value


def is_tile_address(text: str) -> bool:
    """Whether tiles can be asked for there: over HTTP, by {z}, {x} and {y}."""
    try:
        parts = urlsplit(text)
        called = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return called and set(re.findall(r"{(.*?)}", text)) == {"z", "x", "y"}


def _cast(text: str, name: str, default: object) -> object:
    match default:
        case bool():
            return _TRUTH[text.lower()]
        case int():
            return int(text)
        case Path():
            return Path(text)
        case None if name in _PATHS:
            return Path(text)
        case tuple() if name in _FOLDERS:
            return tuple(Path(part.strip()) for part in text.split(",") if part.strip())
        case tuple():
            return tuple(part.strip() for part in text.split(",") if part.strip())
        case _:
            return text
