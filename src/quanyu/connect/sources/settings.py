"""The settings of each kind of source, parsed once from what a person writes."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_origin
from urllib.parse import unquote, urlsplit

import msgspec

from quanyu.core.errors import Fault

SECRETS = frozenset({"password", "token", "client_secret", "secret_headers", "secret_parameters"})
"""Settings that never leave the node again and are stored encrypted."""

ADDRESSES = frozenset({"url", "host", "port", "token_url", "tls"})
"""Where a source is; secrets given for one address are never sent to another."""

_SECRET_HEADERS = frozenset({"authorization", "cookie", "x-api-key", "proxy-authorization"})
_SYSTEM = tuple(map(Path, ("/proc", "/sys", "/dev", "/etc", "/boot", "/run")))
_OWN = ("keys", "run", "postgres", "datasets", "uploads", "sources", "tmp")


class Paging(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the pages of an HTTP source follow each other.

    page: `parameter` counts up from `start`; offset: `parameter` grows by the records of a page; cursor: the next
    value of `parameter` stands at the dotted path `next` of the answer; link: the next address stands at `next`,
    or in the Link header where `next` is empty.
    """

    kind: Literal["page", "offset", "cursor", "link"]
    parameter: str = "page"
    start: int = 1
    size_parameter: str | None = None
    size: int = 100
    next: str = ""
    limit: int = 10_000


class Increment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Only what is newer: `parameter` of the next call carries the highest value of `field` seen so far."""

    parameter: str
    field: str
    initial: str = ""


class HttpSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Authentication by user and password (Basic), by token (Bearer, or in `token_header`), or by client credentials.

    `timeout`: seconds without a byte; `total_timeout`: seconds that a whole run may take.
    """

    url: str
    headers: dict[str, str] = {}
    parameters: dict[str, str] = {}
    secret_headers: dict[str, str] = {}
    secret_parameters: dict[str, str] = {}
    records: str = ""
    paging: Paging | None = None
    increment: Increment | None = None
    user: str | None = None
    password: str | None = None
    token: str | None = None
    token_header: str | None = None
    token_url: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    timeout: float = 30.0
    total_timeout: float = 900.0


class SqlSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`url`: postgresql://, mysql:// or sqlite:///; either a `table` or a `query`; `watermark` names a rising column."""

    url: str
    table: str | None = None
    query: str | None = None
    watermark: str | None = None
    password: str | None = None
    total_timeout: float = 3600.0


class MqttSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`qos` 2 is asked for as 1: see `mqtt`."""

    host: str
    topics: tuple[str, ...]
    port: int = 1883
    version: Literal["3.1.1", "5"] = "5"
    qos: Literal[0, 1, 2] = 1
    user: str | None = None
    password: str | None = None
    tls: bool = False
    client_id: str | None = None


class FolderSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Files that rest for one look, or were not touched for a minute, are taken; they stay where they are."""

    path: str
    pattern: str = "*"


class PushSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """NGSI-LD notifications and batches that others send to `/api/v1/sources/{name}/notifications`."""


Settings = HttpSettings | SqlSettings | MqttSettings | FolderSettings | PushSettings

KINDS: dict[str, tuple[type[Settings], int]] = {
    "http": (HttpSettings, 300),
    "sql": (SqlSettings, 300),
    "mqtt": (MqttSettings, 30),
    "folder": (FolderSettings, 10),
    "ngsi-ld": (PushSettings, 30),
}
"""Each kind with its settings and its usual pause in seconds; streams gather their messages for that long."""


def tidy(kind: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """A single text where a list is expected becomes a list of one; a password in an address goes to its own place."""
    form, _ = KINDS[kind]
    lists = {field.name for field in msgspec.structs.fields(form) if get_origin(field.type) is tuple}
    tidied = {
        name: [value] if name in lists and isinstance(value, str) else value for name, value in said.items()
    }
    url = tidied.get("url")
    if isinstance(url, str) and "@" in url.partition("://")[2].partition("/")[0]:
        tidied |= _without_password(kind, url, tidied)
    return tidied


def faults_of(kind: str, said: Mapping[str, Any], own: Path) -> Iterator[Fault]:
    """Everything that is wrong with the settings; `own` is the node's data folder, which no source may read."""
    form, _ = KINDS[kind]
    fields = {field.name: field for field in msgspec.structs.fields(form)}
    wrong = False
    for fault in _faults_of_fields(fields, said):
        wrong = True
        yield fault
    if not wrong:
        yield from _faults_together(msgspec.convert(said, form, strict=False), own)


def _faults_of_fields(
    fields: Mapping[str, msgspec.structs.FieldInfo], said: Mapping[str, Any]
) -> Iterator[Fault]:
    for name in said.keys() - fields.keys():
        known = ", ".join(sorted(fields))
        yield Fault("connect.source.unknown_setting", f"settings.{name}", {"name": name, "known": known})
    for name, field in fields.items():
        if name not in said:
            if field.required:
                yield Fault("connect.source.missing", f"settings.{name}", {"name": name})
            continue
        try:
            msgspec.convert(said[name], field.type, strict=False)
        except msgspec.ValidationError as error:
            yield Fault("connect.source.setting", f"settings.{name}", {"reason": str(error)})


def _faults_together(settings: Settings, own: Path) -> Iterator[Fault]:
    """What no single field can tell."""
    match settings:
        case HttpSettings():
            yield from _faults_of_http(settings)
        case SqlSettings():
            yield from _faults_of_sql(settings, own)
        case MqttSettings():
            yield from _faults_of_mqtt(settings)
        case FolderSettings():
            yield from _faults_of_folder(settings, own)


def _faults_of_http(settings: HttpSettings) -> Iterator[Fault]:
    for name in ("url", "token_url"):
        url = getattr(settings, name)
        if url is not None and not _is_address(url, ("http", "https")):
            yield _no_address(name, url, "http, https")
    for header in settings.headers:
        if header.lower() in _SECRET_HEADERS:
            yield Fault("connect.source.secret_header", "settings.headers", {"header": header})
    for name in ("timeout", "total_timeout"):
        if getattr(settings, name) <= 0:
            yield Fault("connect.source.positive", f"settings.{name}")
    if settings.paging and min(settings.paging.size, settings.paging.limit) < 1:
        yield Fault("connect.source.positive", "settings.paging")
    if settings.paging and settings.paging.kind == "cursor" and not settings.paging.next:
        yield Fault("connect.source.missing", "settings.paging.next", {"name": "next"})


def _faults_of_sql(settings: SqlSettings, own: Path) -> Iterator[Fault]:
    schemes = ("postgresql", "postgres", "mysql", "mariadb")
    if settings.url.startswith("sqlite:///"):
        path = Path("/" + settings.url.removeprefix("sqlite:///").lstrip("/"))
        if _is_closed(path, own):
            yield Fault("connect.source.closed_path", "settings.url", {"path": str(path)})
    elif not _is_address(settings.url, schemes):
        yield _no_address("url", settings.url, "postgresql, mysql, sqlite")
    if bool(settings.table) == bool(settings.query):
        yield Fault("connect.source.table_or_query", "settings.table")
    if settings.total_timeout <= 0:
        yield Fault("connect.source.positive", "settings.total_timeout")


def _faults_of_mqtt(settings: MqttSettings) -> Iterator[Fault]:
    if not settings.topics:
        yield Fault("connect.source.no_topic", "settings.topics")
    for topic in settings.topics:
        if not is_topic_filter(topic):
            yield Fault("connect.source.topic", "settings.topics", {"topic": topic})
    if not 0 < settings.port < 65536:
        yield Fault("connect.source.port", "settings.port", {"port": settings.port})


def _faults_of_folder(settings: FolderSettings, own: Path) -> Iterator[Fault]:
    path = Path(settings.path)
    if not path.is_absolute() or not path.is_dir():
        yield Fault("connect.source.no_folder", "settings.path", {"path": settings.path})
    elif _is_closed(path, own):
        yield Fault("connect.source.closed_path", "settings.path", {"path": settings.path})
    if not settings.pattern or "/" in settings.pattern or "**" in settings.pattern:
        yield Fault("connect.source.pattern", "settings.pattern", {"pattern": settings.pattern})


def is_topic_filter(text: str) -> bool:
    """MQTT 5, 4.7.1: `+` fills a whole level, `#` only the last one."""
    if not text or len(text.encode()) > 65535 or "\0" in text:
        return False
    *before, last = text.split("/")
    return all("#" not in level and _is_level(level) for level in before) and (
        last == "#" or ("#" not in last and _is_level(last))
    )


def _is_level(level: str) -> bool:
    return level == "+" or "+" not in level


def _is_closed(path: Path, own: Path) -> bool:
    """The node's own folders hold its keys and all data of all people, system folders hold the machine's."""
    real, home = path.resolve(), own.resolve()
    closed = (*_SYSTEM, *(home / name for name in _OWN))
    return real == home or any(real == root or root in real.parents for root in closed)


def _is_address(url: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname) and not re.search(r"[\x00-\x20\x7f]", url)


def _no_address(name: str, url: str, schemes: str) -> Fault:
    return Fault("connect.source.url", f"settings.{name}", {"url": url, "schemes": schemes})


def _without_password(kind: str, url: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """`http://user:secret@host` as url, user and password; a database address keeps its user."""
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    credentials, _, host = authority.rpartition("@")
    user, _, password = credentials.partition(":")
    moved: dict[str, Any] = {}
    if password and "password" not in said:
        moved["password"] = unquote(password)
    if kind == "http":
        moved.setdefault("user", said.get("user", unquote(user)))
        return moved | {"url": f"{scheme}://{host}{slash}{path}"}
    return moved | {"url": f"{scheme}://{user}@{host}{slash}{path}"}
