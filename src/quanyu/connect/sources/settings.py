"""The settings of each kind of source, parsed once from what a person writes."""

import re
from collections.abc import Callable, Iterator, Mapping
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


def faults_of(kind: str, said: Mapping[str, Any], own: Path) -> list[Fault]:
    """Everything that is wrong with the settings; `own` is the node's data folder, which no source may read."""
    form, _ = KINDS[kind]
    fields = {field.name: field for field in msgspec.structs.fields(form)}
    known = ", ".join(fields)
    faults = [
        Fault("connect.source.unknown_setting", f"settings.{name}", {"name": name, "known": known})
        for name in said.keys() - fields.keys()
    ]
    good: dict[str, Any] = {}
    for name, field in fields.items():
        if name not in said:
            if field.required:
                faults.append(Fault("connect.source.missing", f"settings.{name}", {"name": name}))
            continue
        try:
            good[name] = msgspec.convert(said[name], field.type, strict=False)
        except msgspec.ValidationError as error:
            faults.append(Fault("connect.source.setting", f"settings.{name}", {"reason": str(error)}))
    return faults + list(_CHECKS[kind](good, own))


def _faults_of_http(good: Mapping[str, Any], own: Path) -> Iterator[Fault]:
    for name in ("url", "token_url"):
        if (url := good.get(name)) is not None and not _is_address(url, ("http", "https")):
            yield _no_address(name, url, "http, https")
    for header in good.get("headers", {}):
        if header.lower() in _SECRET_HEADERS:
            yield Fault("connect.source.secret_header", "settings.headers", {"header": header})
    yield from _not_positive(good, "timeout", "total_timeout")
    paging: Paging | None = good.get("paging")
    if paging and min(paging.size, paging.limit) < 1:
        yield Fault("connect.source.positive", "settings.paging")
    if paging and paging.kind == "cursor" and not paging.next:
        yield Fault("connect.source.missing", "settings.paging.next", {"name": "next"})


def _faults_of_sql(good: Mapping[str, Any], own: Path) -> Iterator[Fault]:
    url = good.get("url")
    if url is not None and url.startswith("sqlite:///"):
        path = Path("/" + url.removeprefix("sqlite:///").lstrip("/"))
        if _is_closed(path, own):
            yield Fault("connect.source.closed_path", "settings.url", {"path": str(path)})
    elif url is not None and not _is_address(url, ("postgresql", "postgres", "mysql", "mariadb")):
        yield _no_address("url", url, "postgresql, mysql, sqlite")
    if bool(good.get("table")) == bool(good.get("query")):
        yield Fault("connect.source.table_or_query", "settings.table")
    yield from _not_positive(good, "total_timeout")


def _faults_of_mqtt(good: Mapping[str, Any], own: Path) -> Iterator[Fault]:
    if good.get("topics") == ():
        yield Fault("connect.source.no_topic", "settings.topics")
    for topic in good.get("topics", ()):
        if not is_topic_filter(topic):
            yield Fault("connect.source.topic", "settings.topics", {"topic": topic})
    if not 0 < good.get("port", 1) < 65536:
        yield Fault("connect.source.port", "settings.port", {"port": good["port"]})
    if good.get("host") == "":
        yield Fault("connect.source.missing", "settings.host", {"name": "host"})


def _faults_of_folder(good: Mapping[str, Any], own: Path) -> Iterator[Fault]:
    if (said := good.get("path")) is not None:
        path = Path(said)
        if not path.is_absolute() or not path.is_dir():
            yield Fault("connect.source.no_folder", "settings.path", {"path": said})
        elif _is_closed(path, own):
            yield Fault("connect.source.closed_path", "settings.path", {"path": said})
    pattern = good.get("pattern", "*")
    if not pattern or "/" in pattern:
        yield Fault("connect.source.pattern", "settings.pattern", {"pattern": pattern})


def _none(good: Mapping[str, Any], own: Path) -> Iterator[Fault]:
    yield from ()


_CHECKS: dict[str, Callable[[Mapping[str, Any], Path], Iterator[Fault]]] = {
    "http": _faults_of_http,
    "sql": _faults_of_sql,
    "mqtt": _faults_of_mqtt,
    "folder": _faults_of_folder,
    "ngsi-ld": _none,
}
"""What is wrong beyond the types of single settings, of those whose types are right."""


def _not_positive(good: Mapping[str, Any], *names: str) -> Iterator[Fault]:
    for name in names:
        if good.get(name, 1) <= 0:
            yield Fault("connect.source.positive", f"settings.{name}")


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
