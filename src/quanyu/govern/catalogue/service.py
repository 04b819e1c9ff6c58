"""Every decision about entries: made by an import, changed by people, published, withdrawn, brought back."""

from datetime import datetime
from typing import Any

import msgspec

from quanyu.core.clock import city_day
from quanyu.core.errors import Conflict, Invalid, NotFound
from quanyu.govern.catalogue import _search_sql, _sql
from quanyu.govern.catalogue.model import (
    Description,
    Entry,
    Facts,
    Profiled,
    State,
    Version,
    check_publishable,
)
from quanyu.govern.catalogue.naming import names_of
from quanyu.govern.catalogue.search import View, audience_of, index
from quanyu.govern.grading import service as grading
from quanyu.govern.grading.model import Grading
from quanyu.govern.imports import _sql as imports_sql
from quanyu.govern.standards.model import DataModel
from quanyu.govern.standards.service import StandardKind, standard
from quanyu.store import Connection, emit

CHANGED = "catalogue.changed"
"""The event of an entry that others have seen: published, amended, taken off."""


async def create(
    connection: Connection,
    tenant: str,
    *,
    name: str,
    said: Description,
    facts: Facts,
    author: str,
    at: datetime,
) -> Entry:
    """A draft. Raises Conflict where the name has an entry already."""
    if await _sql.entry(connection, name) is not None:
        raise Conflict("govern.catalogue.exists", name=name)
    code = await _resource_code(connection, tenant, said.classification)
    entry = Entry(
        name=name, resource_code=code, state=State.DRAFT, version=1, description=said, facts=facts,
        created=at, modified=at,
    )  # fmt: skip
    return await _keep(connection, tenant, entry, author=author, cause="created")


async def find(connection: Connection, name: str) -> Entry:
    entry = await _sql.entry(connection, name)
    if entry is None:
        raise NotFound("govern.catalogue.unknown", name=name)
    return entry


async def hold(connection: Connection, name: str) -> None:
    """Nobody else changes the entry or its grade until our commit. To be said before a grade is worked out: whoever takes both
    takes the entry first, as an import does.
    """
    await _sql.entry(connection, name, lock=True)


async def find_visible(connection: Connection, name: str, view: View) -> Entry:
    """An entry outside the asker's view does not exist for them."""
    entry = await find(connection, name)
    if audience_of(entry) in view.audiences or entry.description.organisation in view.organisations:
        return entry
    raise NotFound("govern.catalogue.unknown", name=name)


async def profiled(connection: Connection, entry: Entry, language: str) -> Profiled:
    said = entry.description
    names = await names_of(
        connection, organisations=[said.organisation], regions=[said.region], language=language
    )
    return Profiled(
        entry=entry,
        organisation_name=names.organisation(said.organisation) or said.organisation_name,
        region_name=names.region(entry.description.region),
        paused=entry.is_paused,
        profile=await _sql.profile(connection, entry.name),
        usage=await _sql.usage(connection, entry.name),
    )


async def amend(
    connection: Connection, tenant: str, name: str, changes: dict[str, Any], *,
    version: int, author: str, at: datetime,
) -> Entry:  # fmt: skip
    """Sets the named fields of the description. Raises Conflict where somebody was quicker, Invalid with every fault."""
    entry = await _locked(connection, name, version)
    if changes.get("organisation", entry.description.organisation) != entry.description.organisation:
        changes = {"organisation_name": ""} | changes
    said = describe(entry.description, changes)
    if said == entry.description:
        return entry
    return await _revise(connection, tenant, entry, said, author=author, cause="amended", at=at)


async def restore(
    connection: Connection,
    tenant: str,
    name: str,
    number: int | None,
    *,
    version: int,
    author: str,
    at: datetime,
) -> Entry:
    """The description of an earlier version becomes the newest one; without `number` the one before: undo."""
    entry = await _locked(connection, name, version)
    wanted = number if number is not None else entry.version - 1
    earlier = await _sql.version(connection, name, wanted)
    if earlier is None or wanted >= entry.version:
        raise NotFound("govern.catalogue.no_version", name=name, version=wanted)
    cause = f"restored:{wanted}"
    return await _revise(connection, tenant, entry, earlier.description, author=author, cause=cause, at=at)


async def publish(
    connection: Connection, tenant: str, name: str, *, version: int, author: str, at: datetime
) -> Entry:
    """From draft or offline to published. Raises Invalid with everything that is still missing."""
    entry = await _locked(connection, name, version)
    check_publishable(entry)
    return await _move(connection, tenant, entry, State.PUBLISHED, author=author, at=at)


async def withdraw(
    connection: Connection, tenant: str, name: str, *, version: int, author: str, at: datetime
) -> Entry:
    entry = await _locked(connection, name, version)
    if entry.state is not State.PUBLISHED:
        raise Conflict("govern.catalogue.not_published", name=name)
    return await _move(connection, tenant, entry, State.OFFLINE, author=author, at=at)


async def take_import(
    connection: Connection, tenant: str, entry: Entry, said: Description, *, author: str, at: datetime
) -> Entry:
    """New facts; a new version only where the columns or the period changed."""
    if said != entry.description:
        return await _revise(connection, tenant, entry, said, author=author, cause="imported", at=at)
    return await _write(connection, tenant, msgspec.structs.replace(entry, modified=at))


async def take_grading(
    connection: Connection, tenant: str, name: str, graded: Grading, *, at: datetime
) -> None:
    """The grade stands on the entry and on each of its items; a grade too high for an open entry withdraws it."""
    entry = await _sql.entry(connection, name, lock=True)
    if entry is None:
        return
    items = tuple(
        msgspec.structs.replace(item, grade=column.grade) if (column := graded.column(item.name)) else item
        for item in entry.description.items
    )
    facts = msgspec.structs.replace(entry.facts, grade=graded.grade, grade_confirmed=graded.confirmed)
    said = msgspec.structs.replace(entry.description, items=items)
    state = State.OFFLINE if entry.is_public and not graded.grade.is_general else entry.state
    entry = msgspec.structs.replace(entry, facts=facts, description=said, state=state, modified=at)
    await _write(connection, tenant, entry)


async def mark_item(
    connection: Connection, tenant: str, name: str, item: str, element: str | None, *, author: str, at: datetime
) -> None:  # fmt: skip
    """Which data element an item carries; nothing where entry or item are gone. It changes nothing of what may be shared."""
    entry = await _sql.entry(connection, name, lock=True)
    if entry is None or not any(
        one.name == item and one.element != element for one in entry.description.items
    ):
        return
    items = tuple(
        msgspec.structs.replace(one, element=element) if one.name == item else one
        for one in entry.description.items
    )
    said = msgspec.structs.replace(entry.description, items=items)
    entry = msgspec.structs.replace(entry, description=said, version=entry.version + 1, modified=at)
    await _keep(connection, tenant, entry, author=author, cause="linked")


async def touch_naming(connection: Connection, tenant: str, element: str, *, at: datetime) -> int:
    """What is told of the element with published entries that name it has changed, nothing that people or the data say of them: whoever
    lists them hears of it. Answers how many there are."""
    named = await _sql.naming(connection, element)
    for entry in named:
        await _write(connection, tenant, msgspec.structs.replace(entry, modified=at))
    return len(named)


async def forget(connection: Connection, tenant: str, name: str, *, author: str, at: datetime) -> None:
    """For a dataset that is gone: an entry that was published goes offline and keeps its code and history; one that
    nobody outside ever saw goes with its versions. What was graded is graded anew if the name comes back, which it
    may have done already."""
    entry = await _sql.entry(connection, name, lock=True)
    if entry is None:
        return
    is_back = await imports_sql.dataset(connection, name) is not None
    if not is_back:
        await grading.reopen(connection, tenant, name, at=at)
    if entry.published is None and not is_back:
        await _sql.remove(connection, name)
    elif entry.state is State.PUBLISHED:
        await _move(connection, tenant, entry, State.OFFLINE, author=author, at=at)


async def versions(connection: Connection, name: str, *, before: int | None, limit: int) -> list[Version]:
    return await _sql.versions(connection, name, before=before, limit=limit)


async def count_use(connection: Connection, tenant: str, name: str, kind: str, at: datetime) -> None:
    await _sql.count_use(connection, tenant, name, kind, at)


def describe(said: Description, changes: dict[str, Any]) -> Description:
    """`said` with `changes` (field -> plain JSON value). Raises Invalid for an unknown field or a wrong value."""
    unknown = sorted(set(changes) - set(Description.__struct_fields__))
    if unknown:
        raise Invalid("govern.catalogue.unknown_field", field=", ".join(unknown))
    try:
        return msgspec.convert(msgspec.to_builtins(said) | changes, Description)
    except msgspec.ValidationError as error:
        raise Invalid("govern.catalogue.wrong_value", reason=str(error)) from error


async def _revise(
    connection: Connection,
    tenant: str,
    entry: Entry,
    said: Description,
    *,
    author: str,
    cause: str,
    at: datetime,
) -> Entry:
    """A published entry stays publishable; one that was shared already is paused below its gate instead of refused."""
    shared_before = entry.is_shared and (entry.is_public or not said.is_open)
    code = entry.resource_code
    if said.classification != entry.description.classification:
        if entry.published is not None:
            raise Conflict("govern.catalogue.code_is_known", name=entry.name, code=code)
        code = await _resource_code(connection, tenant, said.classification)
    entry = msgspec.structs.replace(
        entry, description=said, resource_code=code, version=entry.version + 1, modified=at
    )
    if entry.state is State.PUBLISHED:
        check_publishable(entry, shared_before=shared_before)
    return await _keep(connection, tenant, entry, author=author, cause=cause)


async def _move(
    connection: Connection, tenant: str, entry: Entry, state: State, *, author: str, at: datetime
) -> Entry:
    published = (entry.published or at) if state is State.PUBLISHED else entry.published
    entry = msgspec.structs.replace(
        entry, state=state, version=entry.version + 1, modified=at, published=published
    )
    return await _keep(connection, tenant, entry, author=author, cause=str(state))


async def _locked(connection: Connection, name: str, version: int) -> Entry:
    entry = await _sql.entry(connection, name, lock=True)
    if entry is None:
        raise NotFound("govern.catalogue.unknown", name=name)
    if entry.version != version:
        raise Conflict("govern.catalogue.changed", name=name, version=entry.version)
    return entry


async def _keep(connection: Connection, tenant: str, entry: Entry, *, author: str, cause: str) -> Entry:
    await _sql.put_version(connection, tenant, entry, author=author, cause=cause)
    if entry.published is not None:
        await emit(connection, tenant, CHANGED, {"dataset": entry.name})
    return await _write(connection, tenant, entry)


async def _write(connection: Connection, tenant: str, entry: Entry) -> Entry:
    """The entry and what search knows of it, in one transaction: the index never drifts. Returns it as it reads now."""
    await _sql.put(connection, tenant, entry)
    written = await find(connection, entry.name)
    words = await _model_words(connection, entry.facts.model, at=entry.modified)
    await _search_sql.put(connection, tenant, index(written, model_words=words))
    await _search_sql.compact(connection, tenant)
    return written


async def reindex(connection: Connection, tenant: str, *, limit: int) -> int:
    """Entries that were indexed by other rules than today's, at most `limit`; returns how many there were."""
    names = await _search_sql.stale(connection, limit=limit)
    for entry in await _sql.entries(connection, names):
        words = await _model_words(connection, entry.facts.model, at=entry.modified)
        await _search_sql.put(connection, tenant, index(entry, model_words=words))
    return len(names)


async def _model_words(connection: Connection, model: str | None, *, at: datetime) -> tuple[str, ...]:
    """Its titles and other names, so that 医院 finds what is of model Hospital; a model that no standard knows has none."""
    if model is None:
        return ()
    try:
        known = await standard(connection, StandardKind.MODELS, model, at=city_day(at))
    except NotFound:
        return ()
    return (known.title_zh, known.title_en, *known.words) if isinstance(known, DataModel) else ()


async def _resource_code(connection: Connection, tenant: str, classification: str) -> str:
    """类 项 目 细目 “/” and a running number of six digits (政务信息资源目录编制指南)."""
    return f"{classification}/{await _sql.next_number(connection, tenant, classification):06}"
