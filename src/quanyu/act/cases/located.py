"""In which area of the city a report lies, where its sender says only the place."""

from quanyu.act.cases.model import Place
from quanyu.core.entity import location_of
from quanyu.store import Connection
from quanyu.twin.distance import metres_between

_MOST = 12  # a city has some five levels, and boxes of neighbours overlap

_AROUND = """
select coalesce(nullif(doc->'regionCode'->>'value', ''), nullif(doc->'communityCode'->>'value', '')) as code,
  jsonb_build_object('location', doc->'location') as document
from entity where type = 'AdministrativeArea' and bbox && box(point($1, $2), point($1, $2)) order by area(bbox) limit $3
"""


async def region_at(connection: Connection, place: Place) -> str | None:
    """The code of the smallest area of the twin that holds the place."""
    for row in await connection.fetch(_AROUND, place.lon, place.lat, _MOST):
        boundary = location_of(row["document"])
        if row["code"] and boundary and metres_between(place.lon, place.lat, boundary) == 0:
            return str(row["code"])
    return None
