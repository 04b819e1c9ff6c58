"""What presses: open cases by the time that is left, and with whom they lie."""

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from quanyu.act.cases.pressing import Part, Pressing, PressingQuery, pressing
from quanyu.act.http.asking import After, Area, Asker, Limit, Now, Organisation, Store
from quanyu.act.http.seeing import bodies_of, ground_of

Hours = Annotated[float, QueryParameter(ge=0, le=24 * 366)]


@get("/api/v1/cases/pressing", opt={"action": "case.read"})
async def show_pressing(
    actor: Asker, database: Store, clock: Now, hours: Hours = 24.0, limit: Limit = 100,
    organisation: Organisation = None,
    bbox: Annotated[str | None, QueryParameter(max_length=100)] = None, area: Area = None,
    part: Annotated[Part | None, QueryParameter()] = None, after: After = None,
) -> Pressing:  # fmt: skip
    """Of all bodies that the asker may see, or of one of them."""
    asked = bodies_of(actor, organisation)
    async with database.tenant(actor.tenant) as connection:
        box, rings = await ground_of(connection, actor, bbox, area)
        wanted = PressingQuery(
            hours=hours, organisations=asked, box=box, rings=rings, part=part, limit=limit, after=after
        )
        return await pressing(connection, wanted, clock())


routes = (show_pressing,)
