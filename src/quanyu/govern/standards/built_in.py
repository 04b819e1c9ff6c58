"""The standards that come with Quanyu, from the files in definitions/; rows of a tenant are laid over them."""

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec

from quanyu.core.codes import CodeList
from quanyu.core.regions import FOREVER_AGO, RegionSpan
from quanyu.govern.standards.model import DataElement, DataModel

_DEFINITIONS = files("quanyu.govern.standards") / "definitions"


@cache
def data_models() -> tuple[DataModel, ...]:
    return tuple(msgspec.json.decode(file.read_bytes(), type=DataModel) for file in _files("models"))


@cache
def code_lists() -> tuple[CodeList, ...]:
    return tuple(
        code_list
        for file in _files("code-lists")
        for code_list in msgspec.json.decode(file.read_bytes(), type=tuple[CodeList, ...])
    )


@cache
def data_elements() -> tuple[DataElement, ...]:
    return tuple(
        element
        for file in _files("elements")
        for element in msgspec.json.decode(file.read_bytes(), type=tuple[DataElement, ...])
    )


@cache
def regions() -> tuple[RegionSpan, ...]:
    """The provinces and the demonstration city (99…), for as long as no region codes were imported."""
    names = msgspec.json.decode((_DEFINITIONS / "regions.json").read_bytes(), type=dict[str, str])
    return tuple(RegionSpan(code, name, FOREVER_AGO) for code, name in names.items())


def _files(folder: str) -> list[Traversable]:
    found = files("quanyu.govern.standards") / "definitions" / folder
    return sorted(
        (file for file in found.iterdir() if file.name.endswith(".json")), key=lambda file: file.name
    )
