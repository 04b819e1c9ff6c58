"""Finding entries: search, facets, pages."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import FromQuery, QueryParameter

from quanyu.govern.catalogue import listing
from quanyu.govern.catalogue._search_sql import MOST_COUNTED, Counts
from quanyu.govern.catalogue.http.asking import After, Asker, Limit, Text, TheDatabase, Values, Word
from quanyu.govern.catalogue.model import Entry, ShareType, State, UpdateCycle
from quanyu.govern.catalogue.naming import Names, names_of
from quanyu.govern.catalogue.search import Facet, Query
from quanyu.govern.catalogue.view import view_of
from quanyu.govern.grading.model import Grade
from quanyu.store import Connection

_ABSTRACT_SHOWN = 300


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as a list shows it."""

    name: str
    resource_code: str
    state: State
    title: str
    abstract: str
    organisation: str | None
    organisation_name: str
    region: str | None
    region_name: str
    share_type: ShareType
    is_open: bool
    paused: bool
    grade: Grade | None
    grade_confirmed: bool
    format: str
    model: str | None
    update_cycle: UpdateCycle
    keywords: tuple[str, ...]
    records: int
    score: float | None
    modified: datetime


class FoundEntries(msgspec.Struct, frozen=True, kw_only=True):
    """`total` and `facets` count at most 10,000 entries; `more` says that there are more.

    `names` has the names of organisations and regions that `facets` counts by code.
    """

    items: list[Line]
    next: str | None
    total: int | None = None
    more: bool = False
    facets: Counts | None = None
    names: dict[str, dict[str, str]] | None = None


@get("/api/v1/catalogue", opt={"action": "catalogue.read"})
async def search(
    actor: Asker,
    database: TheDatabase,
    q: Text = "",
    organisation: Values = None,
    region: Values = None,
    share_type: Values = None,
    open: Values = None,
    grade: Values = None,
    format: Values = None,
    model: Values = None,
    update_cycle: Values = None,
    score: Values = None,
    in_state: Annotated[list[Word] | None, QueryParameter(name="state", max_items=20)] = None,
    facets: FromQuery[bool] = False,
    after: After = None,
    limit: Limit = 20,
) -> FoundEntries:
    """Best rank first (title, keywords, abstract, elsewhere), then newest. A filter may come several times: any of them."""
    chosen = {
        Facet.ORGANISATION: organisation, Facet.REGION: region, Facet.SHARE_TYPE: share_type, Facet.OPEN: open,
        Facet.GRADE: grade, Facet.FORMAT: format, Facet.MODEL: model, Facet.UPDATE_CYCLE: update_cycle,
        Facet.SCORE: score, Facet.STATE: in_state,
    }  # fmt: skip
    query = Query(text=q, filters={facet: tuple(values) for facet, values in chosen.items() if values})
    view = view_of(actor)
    async with database.tenant(actor.tenant) as connection:
        page = await listing.find(connection, query, view, after=after, limit=limit)
        counts = await listing.counts(connection, query, view) if facets else None
        names = await _names(connection, page, counts or {}, actor.language)
    return _found(page, counts, names)


async def _names(connection: Connection, page: listing.Page, counts: Counts, language: str) -> Names:
    said = [entry.description for entry in page.entries]
    bodies = {*counts.get(Facet.ORGANISATION, {}), *(one.organisation for one in said)}
    regions = {*counts.get(Facet.REGION, {}), *(one.region for one in said)}
    return await names_of(connection, organisations=bodies, regions=regions, language=language)


def _found(page: listing.Page, counts: Counts | None, names: Names) -> FoundEntries:
    items = [line(entry, names) for entry in page.entries]
    if counts is None:
        return FoundEntries(items=items, next=page.next)
    total = counts.get("", {}).get("", 0)
    shown = {facet: values for facet, values in counts.items() if facet}
    named = {Facet.ORGANISATION: dict(names.organisations), Facet.REGION: dict(names.regions)}
    return FoundEntries(
        items=items, next=page.next, total=total, more=total == MOST_COUNTED, facets=shown,
        names={str(facet): values for facet, values in named.items()},
    )  # fmt: skip


def line(entry: Entry, names: Names) -> Line:
    said, facts = entry.description, entry.facts
    return Line(
        name=entry.name, resource_code=entry.resource_code, state=entry.state, title=said.title,
        abstract=said.abstract[:_ABSTRACT_SHOWN], organisation=said.organisation,
        organisation_name=names.organisation(said.organisation) or said.organisation_name, region=said.region,
        region_name=names.region(said.region), share_type=said.share_type,
        is_open=said.is_open, paused=entry.is_paused, grade=facts.grade, grade_confirmed=facts.grade_confirmed, format=said.format,
        model=facts.model, update_cycle=said.update_cycle, keywords=said.keywords, records=facts.records,
        score=facts.score, modified=entry.modified,
    )  # fmt: skip


routes = (search,)
