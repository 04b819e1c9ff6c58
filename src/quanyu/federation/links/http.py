"""Lists of links, page by page."""

from quanyu.core.page_token import page_token, place_in_time
from quanyu.federation.links import _sql
from quanyu.federation.links.model import Link
from quanyu.store import Connection


async def links_page(
    connection: Connection, kind: str, bodies: tuple[str, ...] | None, *, after: str | None, limit: int
) -> tuple[list[Link], str | None]:
    """The newest first, and where the following ones begin. Raises Invalid."""
    place = place_in_time(after, refusal="federation.token")
    found = await _sql.page(connection, kind, bodies, after=place, limit=limit)
    more = page_token((found[-1].created, found[-1].id)) if len(found) == limit else None
    return found, more
