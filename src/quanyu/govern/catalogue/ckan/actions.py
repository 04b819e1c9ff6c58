"""The actions themselves: a row of the table at the end each."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from quanyu.core.actor import Actor
from quanyu.core.errors import NotFound
from quanyu.govern.catalogue import _search_sql, _sql, datasets, listing, sample, service
from quanyu.govern.catalogue.ckan import datastore
from quanyu.govern.catalogue.ckan.arguments import Arguments, Order, ckan_facets, package_order, package_query
from quanyu.govern.catalogue.ckan.package import (
    LICENCES,
    Json,
    file_resource,
    organization,
    package,
    resource,
    tag,
)
from quanyu.govern.catalogue.model import Entry
from quanyu.govern.catalogue.naming import Names, names_of
from quanyu.govern.catalogue.open_files import OpenFiles, by_resource, with_files
from quanyu.govern.catalogue.search import Facet, Query, View
from quanyu.govern.catalogue.view import view_of
from quanyu.govern.grading.service import find as find_grading
from quanyu.govern.imports.export import ExportFormat
from quanyu.store import Connection, Database

MOST_ROWS = 1000
_MOST_NAMES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asks what of, and where; `base` is the node's address, `open_files` what can be taken as it stands."""

    actor: Actor
    database: Database
    folder: Path
    open_files: OpenFiles
    base: str
    at: datetime

    @property
    def view(self) -> View:
        return view_of(self.actor)

    async def packages(self, connection: Connection, entries: Sequence[Entry]) -> list[Json]:
        listed = await with_files(connection, entries, self.open_files)
        return [package(entry, files, base=self.base) for entry, files in listed]


Action = Callable[[Asked, Arguments], Awaitable[Any]]


async def site_read(asked: Asked, arguments: Arguments) -> bool:
    return True


async def status_show(asked: Asked, arguments: Arguments) -> Json:
    return {
        "ckan_version": "2.11", "site_url": asked.base, "site_title": "全域 Quanyu", "site_description": "",
        "locale_default": "zh_Hans_CN", "error_emails_to": None, "extensions": ["datastore"],
    }  # fmt: skip


async def package_list(asked: Asked, arguments: Arguments) -> list[str]:
    limit = arguments.number("limit", _MOST_NAMES, most=_MOST_NAMES)
    start = arguments.number("offset", 0, most=2**31)
    async with asked.database.tenant(asked.actor.tenant) as connection:
        return await _search_sql.names(connection, asked.view, start=start, limit=limit)


async def current_package_list_with_resources(asked: Asked, arguments: Arguments) -> list[Json]:
    limit = arguments.number("limit", 100, most=MOST_ROWS)
    page = arguments.number("page", 1, most=_MOST_NAMES)
    start = arguments.number("offset", (max(page, 1) - 1) * limit, most=listing.MOST_STARTED)
    async with asked.database.tenant(asked.actor.tenant) as connection:
        entries = await listing.find_from(connection, Query(), asked.view, start=start, limit=limit)
        return await asked.packages(connection, entries)


async def package_show(asked: Asked, arguments: Arguments) -> Json:
    async with asked.database.tenant(asked.actor.tenant) as connection:
        entry = await service.find_visible(connection, arguments.needed("id"), asked.view)
        await service.count_use(connection, asked.actor.tenant, entry.name, "call", asked.at)
        (shown,) = await asked.packages(connection, [entry])
    return shown


async def package_search(asked: Asked, arguments: Arguments) -> Json:
    query, order = package_query(arguments), package_order(arguments)
    rows = arguments.number("rows", 10, most=MOST_ROWS)
    start = arguments.number("start", 0, most=listing.MOST_STARTED)
    wanted = arguments.words("facet.field")
    async with asked.database.tenant(asked.actor.tenant) as connection:
        counts = await listing.counts(connection, query, asked.view)
        entries = await _ordered(connection, query, order, asked.view, start=start, rows=rows)
        packages = await asked.packages(connection, entries)
        names = await names_of(
            connection,
            organisations=counts.get(Facet.ORGANISATION, {}),
            regions=counts.get(Facet.REGION, {}),
        )
    facets = ckan_facets(counts, wanted)
    return {
        "count": counts.get("", {}).get("", 0),
        "sort": arguments.text("sort") or "score desc, metadata_modified desc",
        "results": packages,
        "facets": facets,
        "search_facets": {field: _facet(field, values, names) for field, values in facets.items()},
    }


async def resource_show(asked: Asked, arguments: Arguments) -> Json:
    id_ = arguments.needed("id")
    name, format_ = _resource(id_)
    async with asked.database.tenant(asked.actor.tenant) as connection:
        entry = await service.find_visible(connection, name.partition(".")[0], asked.view)
        ((_, files),) = await with_files(connection, [entry], asked.open_files)
    if id_ in (opened := by_resource(files)):
        return file_resource(entry, opened[id_], len(ExportFormat) + list(opened).index(id_), base=asked.base)
    if name != entry.name:
        raise NotFound("govern.catalogue.ckan.no_resource", name=id_[:100])
    return resource(entry, format_, list(ExportFormat).index(format_), base=asked.base)


async def organization_list(asked: Asked, arguments: Arguments) -> list[Any]:
    async with asked.database.tenant(asked.actor.tenant) as connection:
        packages = (await listing.counts(connection, Query(), asked.view)).get(Facet.ORGANISATION, {})
        names = await names_of(connection, organisations=packages)
    if arguments.flag("all_fields"):
        return [
            organization(code, names.organisation(code), number) for code, number in sorted(packages.items())
        ]
    return sorted(packages)


async def organization_show(asked: Asked, arguments: Arguments) -> Json:
    code = arguments.needed("id")
    query = Query(filters={Facet.ORGANISATION: (code,)})
    async with asked.database.tenant(asked.actor.tenant) as connection:
        counts = await listing.counts(connection, query, asked.view)
        number = counts.get("", {}).get("", 0)
        shown = 10 if arguments.flag("include_datasets") else 1
        entries = await listing.find_from(connection, query, asked.view, start=0, limit=shown)
        packages = await asked.packages(connection, entries if arguments.flag("include_datasets") else [])
    if not number:
        raise NotFound("govern.catalogue.ckan.no_organisation", name=code)
    about = organization(code, entries[0].description.organisation_name, number)
    return {**about, "packages": packages, "users": [], "groups": [], "tags": [], "extras": []}


async def group_list(asked: Asked, arguments: Arguments) -> list[Any]:
    return []


async def tag_list(asked: Asked, arguments: Arguments) -> list[Any]:
    async with asked.database.tenant(asked.actor.tenant) as connection:
        keywords = await _search_sql.keywords(connection, asked.view, limit=MOST_ROWS)
    wanted = arguments.text("query").lower()
    found = [keyword for keyword in keywords if wanted in keyword.lower()]
    return [tag(keyword) for keyword in found] if arguments.flag("all_fields") else found


async def license_list(asked: Asked, arguments: Arguments) -> list[Json]:
    return list(LICENCES)


async def datastore_search(asked: Asked, arguments: Arguments) -> Json:
    query = datastore.record_query(arguments)
    name, _ = _resource(query.resource_id)
    async with asked.database.tenant(asked.actor.tenant) as connection:
        entry = await service.find_visible(connection, name, asked.view)
        parts = await datasets.readable_parts(connection, asked.actor, name, door="datastore_search")
        masks = sample.masks_for(asked.actor, entry, await find_grading(connection, name))
        await service.count_use(connection, asked.actor.tenant, name, "call", asked.at)
    return await asyncio.to_thread(datastore.search, asked.folder, asked.actor.tenant, parts, query, masks)


async def _ordered(
    connection: Connection, query: Query, order: Order, view: View, *, start: int, rows: int
) -> list[Entry]:
    match order:
        case Order.NAME:
            names = await _search_sql.names(connection, view, start=start, limit=rows)
            return await _sql.entries(connection, names)
        case Order.NEWEST:
            return await listing.newest_from(connection, query, view, start=start, limit=rows)
        case Order.RANK:
            return await listing.find_from(connection, query, view, start=start, limit=rows)


def _resource(id_: str) -> tuple[str, ExportFormat]:
    """ "parking.csv" is the CSV of parking; the name alone will do."""
    name, _, ending = id_.rpartition(".")
    return (name, ExportFormat(ending)) if ending in set(ExportFormat) and name else (id_, ExportFormat.CSV)


def _facet(field: str, values: Mapping[str, int], names: Names) -> Json:
    """Codes of organisations and regions have a name to show; no other value is one."""
    named = names.region if field == Facet.REGION else names.organisation
    items = [
        {"name": value, "display_name": named(value) or value, "count": count}
        for value, count in values.items()
    ]
    return {"title": field, "items": sorted(items, key=lambda item: -item["count"])}


ACTIONS: Mapping[str, Action] = {
    "site_read": site_read,
    "status_show": status_show,
    "package_list": package_list,
    "current_package_list_with_resources": current_package_list_with_resources,
    "package_show": package_show,
    "package_search": package_search,
    "resource_show": resource_show,
    "organization_list": organization_list,
    "organization_show": organization_show,
    "group_list": group_list,
    "tag_list": tag_list,
    "license_list": license_list,
    "datastore_search": datastore_search,
}
