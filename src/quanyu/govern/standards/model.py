"""Data models and data elements: what a kind of city object has, by the names of NGSI-LD and in both languages."""

from datetime import date
from enum import StrEnum

import msgspec

from quanyu.core.profile import ValueType


class DatasetKind(StrEnum):
    ENTITIES = "entities"  # one record for each thing
    OBSERVATIONS = "observations"  # many records for each thing, told apart by their time


class ModelAttribute(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`unit` is a UN/CEFACT common code; `aliases` are column names that real files use for it, both languages."""

    name: str
    type: ValueType
    title_zh: str
    title_en: str
    aliases: tuple[str, ...] = ()
    unit: str | None = None
    code_list: str | None = None
    semantic: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    required: bool = False
    is_key: bool = False
    is_time: bool = False
    is_name: bool = False


class DataModel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`kind` is what data of this model usually is; `words` occur in names of files and datasets that hold it."""

    name: str
    title_zh: str
    title_en: str
    version: str
    effective_from: date
    effective_to: date | None = None
    kind: DatasetKind = DatasetKind.ENTITIES
    words: tuple[str, ...] = ()
    attributes: tuple[ModelAttribute, ...] = ()

    def attribute(self, name: str) -> ModelAttribute | None:
        return next((attribute for attribute in self.attributes if attribute.name == name), None)


class DataElement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """数据元: one standardised field, used by any number of datasets (一数一源一标准). `aliases` are names that real columns have,
    `contact` is who looks after the standard."""

    name: str
    title_zh: str
    title_en: str
    version: str
    effective_from: date
    effective_to: date | None = None
    type: ValueType = ValueType.TEXT
    definition: str = ""
    length: int | None = None
    unit: str | None = None
    code_list: str | None = None
    pattern: str | None = None
    semantic: str | None = None
    source: str = ""
    aliases: tuple[str, ...] = ()
    contact: str = ""
