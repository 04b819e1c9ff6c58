"""The statements on cases as they were."""

# $1 tenant, $2 bodies or null, $3 box or null.
_PART = """
tenant = $1 and ($2::text[] is null or organisation = any($2)) and ($3::box is null or box(point(lon, lat), point(lon, lat)) && $3)
"""
_SHOWN = "select id, title, lon, lat, due from case_record"

# $4 the moment, $5 limit. In two parts, so that each is found by its index.
OPEN_AT = f"""
{_SHOWN} where {_PART} and lon is not null and reported <= $4 and closed is null
union all
{_SHOWN} where {_PART} and lon is not null and reported <= $4 and closed > $4
limit $5
"""

# $4 from, $5 until, $6 the length of a span.
_SPANS = """
select {closing} as closing, floor(extract(epoch from {column} - $4) / extract(epoch from $6::interval))::int as span, count(*) as n
from case_record where {part} and {column} >= $4 and {column} < $5 group by 2
"""
PACE = " union all ".join(
    _SPANS.format(closing=closing, column=column, part=_PART)
    for closing, column in (("false", "reported"), ("true", "closed"))
)
