"""How requests of this part are read: pages, languages, and what an upload says about itself."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter, SkipValidation

from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.core.errors import Fault, Invalid
from quanyu.core.messages import preferred_language
from quanyu.govern.imports.model import About, Options
from quanyu.govern.imports.said import parse_options
from quanyu.store import Database

AnyRequest = Request[Actor, Any, Any]

Asker = NamedDependency[Actor]
Store = NamedDependency[Database]
Folder = NamedDependency[Path]
Now = NamedDependency[SkipValidation[Clock]]

Name = Annotated[str, PathParameter(max_length=200)]
Limit = Annotated[int, QueryParameter(name="limit", ge=1, le=1000)]
After = Annotated[str | None, QueryParameter(name="after", max_length=400)]
Text = Annotated[str, QueryParameter(max_length=500)]

UPLOAD_LIMIT = 8 * 1024**3

_SCALARS = ("encoding", "delimiter", "header", "header_line", "sheet", "crs", "model", "title", "owner", "region", "kind", "update_cycle", "raw_policy")  # fmt: skip


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What came with the files: how to read them, and about the dataset."""

    options: Options
    about: About
    faults: tuple[Fault, ...] = ()


def said_about(request: AnyRequest, fields: dict[str, str]) -> Said:
    """From the query (`?header=false&key=id`), and from JSON in `options`, as query parameter or form field."""
    body: dict[str, Any] = _json(fields.get("options") or request.query_params.get("options") or "")
    for name in _SCALARS:
        if name in request.query_params or name in fields:
            body[name] = request.query_params.get(name, fields.get(name))
    if keys := request.query_params.getall("key", []):
        body["key"] = keys
    if mapping := fields.get("mapping"):
        body["mapping"] = _json(mapping)
    unknown = set(body) - {*Options.__struct_fields__, *About.__struct_fields__}
    if unknown:
        raise Invalid("govern.import.option_unknown", names=", ".join(sorted(unknown)))
    said = parse_options(body)
    try:
        about = msgspec.convert(body, About, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid("govern.import.options", reason=str(error)) from error
    return Said(options=said.options, about=about, faults=said.faults)


def language_of(request: AnyRequest) -> str:
    return preferred_language(request.headers.get("accept-language", ""))


def _json(said: str) -> dict[str, Any]:
    if not said:
        return {}
    try:
        return msgspec.json.decode(said, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise Invalid("govern.import.options", reason=str(error)) from error
