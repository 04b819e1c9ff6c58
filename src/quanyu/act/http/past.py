"""Cases as they were: open at a moment, and the pace of a day."""

from datetime import datetime
from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from quanyu.act.cases.past import Pace, Part, PastCases, open_at, pace
from quanyu.act.http.asking import Area, Asker, Now, Store
from quanyu.act.http.seeing import bodies_of, ground_of
from quanyu.core.errors import Invalid

_READ = {"action": "case.read"}

Where = Annotated[str | None, QueryParameter(name="bbox", max_length=100)]


@get("/api/v1/cases/past", opt=_READ)
async def show_past_cases(
    actor: Asker, database: Store, clock: Now, at: Annotated[datetime, QueryParameter()],
    bbox: Where = None, area: Area = None,
) -> PastCases:  # fmt: skip
    """Those with a place that were open at a moment."""
    if at.tzinfo is None or at > clock():
        raise Invalid("act.past.moment")
    async with database.tenant(actor.tenant) as connection:
        part = Part(bodies_of(actor), *await ground_of(connection, actor, bbox, area))
        return await open_at(connection, actor.tenant, at, part)


@get("/api/v1/cases/pace", opt=_READ)
async def show_pace(
    actor: Asker, database: Store, clock: Now, bbox: Where = None, area: Area = None,
    spans: Annotated[int, QueryParameter(ge=1, le=200)] = 96,
    minutes: Annotated[int, QueryParameter(ge=1, le=1440)] = 15,
) -> Pace:  # fmt: skip
    """How many came and were closed in each span up to now."""
    async with database.tenant(actor.tenant) as connection:
        part = Part(bodies_of(actor), *await ground_of(connection, actor, bbox, area))
        return await pace(connection, actor.tenant, clock(), part, spans=spans, minutes=minutes)


routes = (show_past_cases, show_pace)
