"""The settings of each kind of source."""

from typing import Literal

import msgspec

SECRETS = frozenset({"password", "token", "client_secret", "secret_headers", "secret_parameters"})
"""Settings that never leave the node again and are stored encrypted."""

ADDRESSES = frozenset({"url", "host", "port", "token_url", "tls"})
"""Where a source is; secrets given for one address are never sent to another."""


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


class Jt808Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A door of this node for JT/T 808 terminals; on this machine only unless `host` says otherwise.

    `port` 0: any free one. `terminals`: the numbers that may speak, all where it is empty. `authenticate`: only after
    0x0102 with the code that a registration got.
    """

    host: str = "127.0.0.1"
    port: int = 8808
    udp: bool = False
    terminals: tuple[str, ...] = ()
    authenticate: bool = False


Settings = HttpSettings | SqlSettings | MqttSettings | FolderSettings | PushSettings | Jt808Settings

KINDS: dict[str, tuple[type[Settings], int]] = {
    "http": (HttpSettings, 300),
    "sql": (SqlSettings, 300),
    "mqtt": (MqttSettings, 30),
    "folder": (FolderSettings, 10),
    "ngsi-ld": (PushSettings, 30),
    "jt808": (Jt808Settings, 10),
}
"""Each kind with its settings and its usual pause in seconds; streams gather their messages for that long."""
