"""What a sender says about files, parsed once. What is none is kept as faults, so that all of them are told together."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec

from quanyu.connect.files.encoding import codec
from quanyu.core.errors import Fault, Invalid
from quanyu.core.number_forms import NUMBER_FORMS
from quanyu.core.profile import ValueType
from quanyu.core.values import DATE_FORMATS, EPOCHS, OFFICE_DATES, date_format
from quanyu.govern.imports.model import Options
from quanyu.govern.mapping.file import is_crs

_TYPES = tuple(ValueType)
_FORMATS = (*NUMBER_FORMS, *EPOCHS, *(form.name for form in (*OFFICE_DATES, *DATE_FORMATS)))


class SaidOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`options` without what `faults` name."""

    options: Options
    faults: tuple[Fault, ...] = ()


def parse_options(body: Mapping[str, Any]) -> SaidOptions:
    """Raises Invalid for what has not the form of options at all."""
    fields = {name: value for name, value in body.items() if name in Options.__struct_fields__}
    types = fields.get("types")
    if isinstance(types, dict):
        fields["types"] = {column: kind for column, kind in types.items() if kind in _TYPES}
    try:
        options = msgspec.convert(fields, Options, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid("govern.import.options", reason=str(error)) from error
    return SaidOptions(options=options, faults=(*_type_faults(types), *_faults(options)))


def model_faults(options: Options, models: Collection[str]) -> Iterator[Fault]:
    """`models` are those in force."""
    if options.model is not None and options.model not in models:
        known = ", ".join(sorted(models))
        yield Fault("govern.import.model_unknown", "/model", {"model": options.model, "models": known})


def _type_faults(types: object) -> Iterator[Fault]:
    for column, kind in types.items() if isinstance(types, dict) else ():
        if kind not in _TYPES:
            known = ", ".join(sorted(_TYPES))
            yield Fault("govern.import.type_unknown", f"/types/{column}", {"type": str(kind), "types": known})


def _faults(options: Options) -> Iterator[Fault]:
    if options.encoding is not None and not _is_encoding(options.encoding):
        yield Fault("govern.import.encoding_unknown", "/encoding", {"encoding": options.encoding})
    if options.delimiter is not None and len(options.delimiter) > 1:
        yield Fault("govern.import.delimiter_long", "/delimiter", {"delimiter": options.delimiter})
    if options.crs is not None and not is_crs(options.crs):
        yield Fault("govern.mapping.crs_unknown", "/crs", {"crs": options.crs})
    for column, said in options.formats.items():
        unknown = [form for form in said.split("|") if not _is_format(form)]
        if unknown:
            known = ", ".join(_FORMATS)
            yield Fault(
                "govern.import.format_unknown", f"/formats/{column}", {"format": unknown[0], "formats": known}
            )


def _is_encoding(name: str) -> bool:
    try:
        codec(name)
    except LookupError:
        return False
    return True


def _is_format(name: str) -> bool:
    if name in _FORMATS:
        return True
    try:
        date_format(name)
    except Invalid:
        return False
    return True
