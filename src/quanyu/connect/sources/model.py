"""What a source is, parsed once from what a person writes."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from quanyu.core.errors import Fault, Invalid

SECRETS = frozenset({"password", "token", "client_secret"})
"""Settings that never leave the node again and are stored encrypted."""

_NAME = re.compile(r"^[\w][\w.-]{0,62}$")


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
    """Authentication by user and password (Basic), by token (Bearer, or in `token_header`), or by client credentials."""

    url: str
    headers: dict[str, str] = {}
    parameters: dict[str, str] = {}
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


class SqlSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`url`: postgresql://, mysql:// or sqlite:///; either a `table` or a `query`; `watermark` names a rising column."""

    url: str
    table: str | None = None
    query: str | None = None
    watermark: str | None = None
    password: str | None = None


class MqttSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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
    """Files whose size and time rest for one look are taken; they stay where they are."""

    path: str
    pattern: str = "*"


class PushSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """NGSI-LD notifications and batches that others send to `/api/v1/sources/{name}/notifications`."""


Settings = HttpSettings | SqlSettings | MqttSettings | FolderSettings | PushSettings

KINDS: dict[str, tuple[type[Settings], int]] = {
    "http": (HttpSettings, 300),
    "sql": (SqlSettings, 300),
    "mqtt": (MqttSettings, 10),
    "folder": (FolderSettings, 10),
    "ngsi-ld": (PushSettings, 10),
}
"""Each kind with its settings and its usual pause in seconds."""

STREAMS = frozenset({"mqtt", "ngsi-ld"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    tenant: str
    name: str
    kind: str
    dataset: str
    settings: Settings
    every_seconds: int
    state: str = "active"
    cursor: dict[str, Any] = field(default_factory=dict)
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What one run brings: files to import into `dataset`; `id` is the same when the same run is tried again."""

    tenant: str
    source: str
    dataset: str
    id: str
    files: tuple[Path, ...]
    arrived: datetime


Deliver = Callable[[Delivery], Awaitable[int]]
"""Imports a delivery and returns how many records were read. Raises what the import raises."""


class SourceInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A source as a person writes it; `settings` depend on `kind`."""

    name: str
    kind: str
    dataset: str
    settings: dict[str, Any] = {}
    every_seconds: int | None = None


def parse(tenant: str, source: SourceInput) -> Source:
    """Raises Invalid with every fault of the input."""
    faults = []
    if not _NAME.match(source.name):
        faults.append(Fault("connect.source.name", "name", {"name": source.name}))
    if not _NAME.match(source.dataset):
        faults.append(Fault("connect.source.name", "dataset", {"name": source.dataset}))
    if source.kind not in KINDS:
        faults.append(Fault("connect.source.kind", "kind", {"kind": source.kind, "kinds": ", ".join(KINDS)}))
    if source.every_seconds is not None and source.every_seconds < 1:
        faults.append(Fault("connect.source.pause", "every_seconds", {"seconds": source.every_seconds}))
    if source.kind in KINDS:
        faults += _faults_of(source)
    if faults:
        raise Invalid("connect.source.invalid", faults=tuple(faults))
    form, pause = KINDS[source.kind]
    return Source(
        tenant=tenant, name=source.name, kind=source.kind, dataset=source.dataset,
        settings=msgspec.convert(source.settings, form), every_seconds=source.every_seconds or pause,
    )  # fmt: skip


def _faults_of(source: SourceInput) -> list[Fault]:
    form, _ = KINDS[source.kind]
    try:
        settings = msgspec.convert(source.settings, form)
    except msgspec.ValidationError as error:
        return [Fault("connect.source.setting", "settings", {"reason": str(error)})]
    match settings:
        case HttpSettings(url=url) if not url.startswith(("http://", "https://")):
            return [Fault("connect.source.url", "settings.url", {"url": url, "schemes": "http, https"})]
        case SqlSettings(url=url) if not url.startswith(
            ("postgresql://", "postgres://", "mysql://", "mariadb://", "sqlite:///")
        ):
            return [
                Fault(
                    "connect.source.url", "settings.url", {"url": url, "schemes": "postgresql, mysql, sqlite"}
                )
            ]
        case SqlSettings(table=table, query=query) if bool(table) == bool(query):
            return [Fault("connect.source.table_or_query", "settings")]
        case MqttSettings(topics=()):
            return [Fault("connect.source.no_topic", "settings.topics")]
        case FolderSettings(path=path) if not Path(path).is_dir():
            return [Fault("connect.source.no_folder", "settings.path", {"path": path})]
    return []
