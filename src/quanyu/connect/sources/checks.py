"""What a person writes about a source, put in order, and everything that is wrong with it."""

import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any, get_origin
from urllib.parse import unquote, urlsplit

import msgspec

from quanyu.connect.sources.places import Places, sqlite_file
from quanyu.connect.sources.settings import KINDS, Paging
from quanyu.core.errors import Fault

_SECRET_HEADERS = frozenset({"authorization", "cookie", "x-api-key", "proxy-authorization"})


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


def faults_of(kind: str, said: Mapping[str, Any], places: Places) -> list[Fault]:
    """Everything that is wrong with the settings."""
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
    return faults + list(_CHECKS[kind](good, places))


def _faults_of_http(good: Mapping[str, Any], places: Places) -> Iterator[Fault]:
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


def _faults_of_sql(good: Mapping[str, Any], places: Places) -> Iterator[Fault]:
    url = good.get("url")
    if url is not None and (file := sqlite_file(url)) is not None:
        if fault := places.fault(file, "settings.url"):
            yield fault
    elif url is not None and not _is_address(url, ("postgresql", "postgres", "mysql", "mariadb")):
        yield _no_address("url", url, "postgresql, mysql, sqlite")
    if bool(good.get("table")) == bool(good.get("query")):
        yield Fault("connect.source.table_or_query", "settings.table")
    yield from _not_positive(good, "total_timeout")


def _faults_of_mqtt(good: Mapping[str, Any], places: Places) -> Iterator[Fault]:
    if good.get("topics") == ():
        yield Fault("connect.source.no_topic", "settings.topics")
    for topic in good.get("topics", ()):
        if not is_topic_filter(topic):
            yield Fault("connect.source.topic", "settings.topics", {"topic": topic})
    if not 0 < good.get("port", 1) < 65536:
        yield Fault("connect.source.port", "settings.port", {"port": good["port"]})
    if good.get("host") == "":
        yield Fault("connect.source.missing", "settings.host", {"name": "host"})


def _faults_of_folder(good: Mapping[str, Any], places: Places) -> Iterator[Fault]:
    if (said := good.get("path")) is not None:
        path = Path(said)
        if not path.is_absolute():
            yield Fault("connect.source.no_folder", "settings.path", {"path": said})
        elif fault := places.fault(path, "settings.path"):
            yield fault
        elif not path.is_dir():
            yield Fault("connect.source.no_folder", "settings.path", {"path": said})
    pattern = good.get("pattern", "*")
    if not pattern or "/" in pattern:
        yield Fault("connect.source.pattern", "settings.pattern", {"pattern": pattern})


def _faults_of_jt808(good: Mapping[str, Any], places: Places) -> Iterator[Fault]:
    if not 0 <= good.get("port", 1) < 65536:
        yield Fault("connect.source.port", "settings.port", {"port": good["port"]})
    try:
        address = ip_address(good.get("host", "127.0.0.1"))
    except ValueError:
        yield Fault("connect.jt808.host", "settings.host", {"host": good["host"]})
    else:
        if places.organisation is not None and not address.is_loopback:
            yield Fault("connect.jt808.open_door", "settings.host", {"host": good["host"]})
    for terminal in good.get("terminals", ()):
        if not (terminal.isascii() and terminal.isdigit() and len(terminal) <= 20):
            yield Fault("connect.jt808.terminal", "settings.terminals", {"terminal": terminal, "digits": 20})


def _none(good: Mapping[str, Any], places: Places) -> Iterator[Fault]:
    yield from ()


_CHECKS: dict[str, Callable[[Mapping[str, Any], Places], Iterator[Fault]]] = {
    "http": _faults_of_http,
    "sql": _faults_of_sql,
    "mqtt": _faults_of_mqtt,
    "folder": _faults_of_folder,
    "ngsi-ld": _none,
    "jt808": _faults_of_jt808,
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
