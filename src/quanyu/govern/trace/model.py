"""The steps from an entity to its source, as a person reads them from top to bottom."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import unquote

import msgspec

from quanyu.core.errors import Invalid
from quanyu.core.messages import text

_SCHEME = ("urn", "ngsi-ld")


class StepKind(StrEnum):
    ENTITY = "entity"
    DATASET = "dataset"
    RECORD = "record"
    MENDED = "mended"
    IMPORT = "import"
    FILE = "file"
    LINE = "line"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step; `fields` are what it knows, `text` says it in a sentence."""

    kind: StepKind
    text: str
    at: datetime | None = None
    fields: dict[str, Any] = {}


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """`records`: how many current records speak of the entity; the steps are those of the newest."""

    entity: str
    dataset: str
    records: int
    steps: tuple[Step, ...]


class EntityName(msgspec.Struct, frozen=True):
    """`urn:ngsi-ld:<type>:<dataset>:<key>[:<key>…]`, each part of the key percent-encoded."""

    type: str
    dataset: str
    key: tuple[str, ...]

    @classmethod
    def parse(cls, entity: str) -> "EntityName":
        parts = entity.split(":")
        if len(parts) < 5 or tuple(parts[:2]) != _SCHEME or not all(parts[2:4]):
            raise Invalid("govern.trace.name", entity=entity)
        return cls(parts[2], parts[3], tuple(unquote(part) for part in parts[4:]))


def step(kind: StepKind, language: str, *, at: datetime | None = None, **fields: Any) -> Step:
    return Step(kind=kind, text=text(f"govern.trace.step.{kind}", language, **fields), at=at, fields=fields)
