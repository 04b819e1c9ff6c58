"""How requests of this part are read and who may make them."""

import re
from pathlib import Path
from typing import Annotated

from litestar.di import NamedDependency
from litestar.params import HeaderParameter, PathParameter, QueryParameter, SkipValidation
from msgspec import Meta

from quanyu.core.actor import Actor, Resource
from quanyu.core.clock import Clock
from quanyu.core.errors import Invalid
from quanyu.govern.catalogue import service
from quanyu.govern.catalogue.model import Entry
from quanyu.govern.catalogue.open_files import OpenFiles
from quanyu.govern.catalogue.search import audience_of
from quanyu.govern.catalogue.view import view_of
from quanyu.govern.catalogue.warned import Warnings
from quanyu.govern.imports.access import paused
from quanyu.identity import AccessDenied, allowed, require
from quanyu.store import Connection, Database

Asker = NamedDependency[SkipValidation[Actor]]
TheDatabase = NamedDependency[SkipValidation[Database]]
DataFolder = NamedDependency[SkipValidation[Path]]
TheClock = NamedDependency[SkipValidation[Clock]]
TheOpenFiles = NamedDependency[SkipValidation[OpenFiles]]
TheWarnings = NamedDependency[SkipValidation[Warnings]]

Name = Annotated[str, PathParameter(max_length=200)]
Text = Annotated[str, QueryParameter(max_length=200)]
Word = Annotated[str, Meta(max_length=200)]
Values = Annotated[list[Word] | None, QueryParameter(max_items=20)]
Limit = Annotated[int, QueryParameter(ge=1, le=200)]
After = Annotated[str | None, QueryParameter(max_length=500)]
Number = Annotated[int | None, QueryParameter(ge=1, le=2**31 - 1)]
IfMatch = Annotated[str | None, HeaderParameter(name="If-Match", max_length=50)]


async def entry_for(connection: Connection, actor: Actor, name: str, action: str) -> Entry:
    """The entry, once `action` on it is allowed. One that the asker may not see does not exist for them."""
    view = view_of(actor)
    entry = await service.find_visible(connection, name, view)
    await require(
        connection, actor, action, resource_of(actor, entry, is_open=audience_of(entry) in view.audiences)
    )
    return entry


def resource_of(actor: Actor, entry: Entry, *, is_open: bool = False) -> Resource:
    """`is_open`: for this asker, who sees what is published although it belongs to another organisation."""
    return Resource(
        "catalogue", id=entry.name, tenant=actor.tenant, organisation=entry.description.organisation,
        grade=entry.facts.grade, open=is_open,
    )  # fmt: skip


def refuse_paused(actor: Actor, entry: Entry) -> None:
    """Raises AccessDenied for the values of a paused dataset, except to those who read it for their office."""
    refusal = paused(entry)
    own = Resource("dataset", id=entry.name, tenant=actor.tenant, organisation=entry.description.organisation)
    if refusal is not None and not allowed(actor, "dataset.read", own).allowed:
        raise AccessDenied(actor, "catalogue.read", own, refusal)


def expected_version(if_match: str | None) -> int:
    """The version that the asker has seen, from `If-Match: "3"`."""
    found = re.fullmatch(r'(?:W/)?"?(\d{1,9})"?', if_match or "")
    if found is None:
        raise Invalid("govern.catalogue.if_match")
    return int(found[1])
