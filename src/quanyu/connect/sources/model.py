"""What a source is, and what one run of it brings."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec

from quanyu.connect.sources.checks import faults_of, tidy
from quanyu.connect.sources.places import Places
from quanyu.connect.sources.settings import KINDS, HttpSettings, Settings, SqlSettings
from quanyu.core.errors import Fault, Invalid

STREAMS = frozenset({"mqtt", "ngsi-ld", "jt808"})
LISTENING = ("mqtt", "jt808")
"""Kinds that keep a link open."""

_NAME = re.compile(r"\w[\w.-]{0,62}")
_DATASET = re.compile(r"[^\W_][\w-]{0,62}")
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    tenant: str
    name: str
    kind: str
    dataset: str
    settings: Settings
    every_seconds: int
    owner: str | None = None
    title: str | None = None
    state: str = "active"
    cursor: dict[str, Any] = field(default_factory=dict)
    failures: int = 0
    created: datetime = _EPOCH

    @property
    def brings_all(self) -> bool:
        """Whether each delivery is everything the source has: a file, an address or a table without a mark."""
        match self.settings:
            case HttpSettings(increment=increment):
                return increment is None
            case SqlSettings(watermark=watermark):
                return watermark is None
            case _:
                return self.kind not in STREAMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Files to import into `dataset`; `id` is the same when the same content is tried again.

    `whole`: they hold everything the source has, not only what is new. `owner`: the organisation whose source it is. `title`: what a dataset is
    called that it makes. `kind`: of its source.
    """

    tenant: str
    source: str
    dataset: str
    id: str
    files: tuple[Path, ...]
    arrived: datetime
    whole: bool = False
    owner: str | None = None
    title: str | None = None
    kind: str = ""


Deliver = Callable[[Delivery], Awaitable[int]]
"""Imports a delivery and returns how many records were read. Raises what the import raises."""


class SourceInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A source as a person writes it; `settings` depend on `kind`. `title`: what its dataset is called, where it makes it."""

    kind: str
    dataset: str
    name: str = ""
    settings: dict[str, Any] = {}
    every_seconds: int | None = None
    owner: str | None = None
    title: Title | None = None


def parse(tenant: str, source: SourceInput, places: Places) -> Source:
    """Raises Invalid with every fault of the input."""
    faults = []
    if not _NAME.fullmatch(source.name):
        faults.append(Fault("connect.source.name", "name", {"name": source.name}))
    if not _DATASET.fullmatch(source.dataset):
        faults.append(Fault("connect.source.dataset", "dataset", {"name": source.dataset}))
    if source.every_seconds is not None and not 1 <= source.every_seconds <= 31_622_400:
        faults.append(Fault("connect.source.pause", "every_seconds", {"seconds": source.every_seconds}))
    if source.kind not in KINDS:
        faults.append(Fault("connect.source.kind", "kind", {"kind": source.kind, "kinds": ", ".join(KINDS)}))
        raise Invalid("connect.source.invalid", faults=tuple(faults))
    settings = tidy(source.kind, source.settings)
    faults += faults_of(source.kind, settings, places)
    if faults:
        raise Invalid("connect.source.invalid", faults=tuple(faults))
    form, pause = KINDS[source.kind]
    return Source(
        tenant=tenant, name=source.name, kind=source.kind, dataset=source.dataset,
        settings=msgspec.convert(settings, form, strict=False), every_seconds=source.every_seconds or pause,
        owner=source.owner, title=source.title,
    )  # fmt: skip
