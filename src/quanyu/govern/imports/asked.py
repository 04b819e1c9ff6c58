"""What is asked of an import or a rerun, held against the columns that are there. All faults are found at once."""

from collections.abc import Collection, Iterator

from quanyu.core.errors import Fault, Invalid
from quanyu.govern.engine.model import EntityMapping
from quanyu.govern.engine.wanted import column_faults
from quanyu.govern.imports.model import Options
from quanyu.govern.mapping.file import is_attribute_name, is_crs, is_type_name


def check_asked(options: Options, columns: Collection[str]) -> None:
    """Raises Invalid with a JSON pointer for every fault."""
    refuse((*column_faults(named_columns(options), columns), *_faults(options)))


def refuse(faults: tuple[Fault, ...]) -> None:
    """Raises Invalid where there are any."""
    if faults:
        raise Invalid("govern.import.asked", faults=faults, count=len(faults))


def _faults(options: Options) -> Iterator[Fault]:
    if options.crs is not None and not is_crs(options.crs):
        yield Fault("govern.mapping.crs_unknown", "/crs", {"crs": options.crs})
    if options.mapping is not None:
        yield from mapping_faults(options.mapping)


def named_columns(options: Options) -> Iterator[tuple[str, str]]:
    """JSON pointers and the columns they name."""
    yield from ((f"/key/{index}", name) for index, name in enumerate(options.key))
    yield from ((f"/types/{name}", name) for name in options.types)
    yield from ((f"/formats/{name}", name) for name in options.formats)
    yield from ((f"/units/{name}", name) for name in options.units)
    mapping = options.mapping
    if mapping is None:
        return
    yield from ((f"/mapping/key/{index}", name) for index, name in enumerate(mapping.key))
    for field in ("name", "longitude", "latitude", "geometry", "time"):
        if name := getattr(mapping, field):
            yield f"/mapping/{field}", name
    for index, source in enumerate(mapping.attributes):
        yield f"/mapping/attributes/{index}/column", source.column
        if source.observed_at:
            yield f"/mapping/attributes/{index}/observed_at", source.observed_at
    yield from ((f"/mapping/text/{index}", name) for index, name in enumerate(mapping.text))


def mapping_faults(mapping: EntityMapping) -> Iterator[Fault]:
    if not is_type_name(mapping.type):
        yield Fault("govern.mapping.type_name", "/mapping/type", {"type": mapping.type})
    if not is_crs(mapping.crs):
        yield Fault("govern.mapping.crs_unknown", "/mapping/crs", {"crs": mapping.crs})
    for index, source in enumerate(mapping.attributes):
        if not is_attribute_name(source.attribute):
            where = f"/mapping/attributes/{index}/attribute"
            yield Fault("govern.mapping.attribute_name", where, {"attribute": source.attribute})
    for one, other in (("longitude", "latitude"), ("latitude", "longitude")):
        if getattr(mapping, one) and not getattr(mapping, other):
            yield Fault("govern.mapping.part_missing", "/mapping", {"part": other})
