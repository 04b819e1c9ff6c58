"""The mapping that a person writes: `--mapping FILE`, docs/mapping.md. All of its faults are found at once."""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator

import msgspec

from quanyu.core.coordinates import crs_named
from quanyu.core.errors import Fault, Invalid
from quanyu.govern.mapping.model import Mapping, Part
from quanyu.govern.standards.model import DataModel, DatasetKind

_NAME = re.compile(r"[^\W\d_][\w:.-]*")
_RESERVED = frozenset({"id", "type", "scope", "@context", "createdAt", "modifiedAt", "deletedAt"})


def parse_mapping(text: str | bytes, *, columns: Iterable[str], models: Iterable[DataModel]) -> Mapping:
    """`columns` are those that the file has. Raises Invalid with a JSON pointer for every fault."""
    mapping = read_mapping(text)
    check_mapping(mapping, columns=columns, models=models)
    return mapping


def read_mapping(text: str | bytes) -> Mapping:
    """Its form only; `check_mapping` compares it with columns and models. Raises Invalid."""
    try:
        return msgspec.json.decode(text, type=Mapping)
    except msgspec.DecodeError as error:
        raise Invalid("govern.mapping.unreadable", detail=str(error)) from None


def check_mapping(
    mapping: Mapping,
    *,
    columns: Iterable[str],
    models: Iterable[DataModel],
    dated: Container[str] | None = None,
) -> None:
    """`dated`: the columns that hold dates or times, where that is known."""
    faults = (
        *_faults(mapping, set(columns), {model.name for model in models}),
        *_faults_of_time(mapping, dated),
    )
    if faults:
        raise Invalid("govern.mapping.faulty", faults=faults, count=len(faults))


def is_type_name(name: str) -> bool:
    return name[:1].isalpha() and name.isalnum()


def is_attribute_name(name: str) -> bool:
    """As NGSI-LD has them (ETSI GS CIM 009, 4.6.2), in any script."""
    return name not in _RESERVED and bool(_NAME.fullmatch(name))


def is_crs(name: str) -> bool:
    if crs_named(name) is not None:
        return True

    import pyproj  # loaded where a mapping names a system of its own

    try:
        pyproj.CRS.from_user_input(name)
    except pyproj.exceptions.CRSError:
        return False
    return name.upper().startswith("EPSG:")


def _faults(mapping: Mapping, columns: set[str], models: set[str]) -> Iterator[Fault]:
    if mapping.model is not None and mapping.model not in models:
        yield Fault("govern.mapping.model_unknown", "/model", {"model": mapping.model})
    if not is_type_name(mapping.type):
        yield Fault("govern.mapping.type_name", "/type", {"type": mapping.type})
    if not is_crs(mapping.crs):
        yield Fault("govern.mapping.crs_unknown", "/crs", {"crs": mapping.crs})
    if mapping.kind is DatasetKind.OBSERVATIONS and mapping.time is None:
        yield Fault("govern.mapping.time_missing", "/time")
    for where, name in _named_columns(mapping):
        if name not in columns:
            yield Fault("govern.mapping.column_unknown", where, {"column": name})
    yield from _repetitions(mapping)
    yield from _faults_of_attributes(mapping)


def _faults_of_attributes(mapping: Mapping) -> Iterator[Fault]:
    """A longitude needs its latitude."""
    for index, mapped in enumerate(mapping.columns):
        name = mapped.attribute
        if name is not None and not is_attribute_name(name):
            yield Fault("govern.mapping.attribute_name", f"/columns/{index}/attribute", {"attribute": name})
    for one, other in ((Part.LONGITUDE, Part.LATITUDE), (Part.LATITUDE, Part.LONGITUDE)):
        if mapping.column_of(one) and not mapping.column_of(other):
            yield Fault("govern.mapping.part_missing", "/columns", {"part": other})


def _faults_of_time(mapping: Mapping, dated: Container[str] | None) -> Iterator[Fault]:
    if dated is not None and mapping.time and mapping.time not in dated:
        yield Fault("govern.mapping.time_type", "/time", {"column": mapping.time})


def _named_columns(mapping: Mapping) -> Iterator[tuple[str, str]]:
    yield from ((f"/key/{index}", name) for index, name in enumerate(mapping.key))
    yield from ((f"/{field}", name) for field in ("time", "name") if (name := getattr(mapping, field)))
    yield from ((f"/columns/{index}/column", mapped.column) for index, mapped in enumerate(mapping.columns))


def _repetitions(mapping: Mapping) -> Iterator[Fault]:
    columns = Counter(mapped.column for mapped in mapping.columns)
    attributes = Counter(
        mapped.attribute for mapped in mapping.columns if mapped.attribute and not mapped.part
    )
    for index, mapped in enumerate(mapping.columns):
        if columns[mapped.column] > 1:
            yield Fault("govern.mapping.column_twice", f"/columns/{index}/column", {"column": mapped.column})
        if mapped.attribute and attributes[mapped.attribute] > 1:
            yield Fault(
                "govern.mapping.attribute_twice",
                f"/columns/{index}/attribute",
                {"attribute": mapped.attribute},
            )
