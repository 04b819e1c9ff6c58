"""The statements on cases as they were."""

from quanyu.act.cases.ground import IN, LYING_WITH

# $1 tenant, $2 bodies or null, $3 box or null, $4 outer boundaries of an area or null.
_PART = f"""
tenant = $1 and {LYING_WITH.format(bodies="$2")} and {IN.format(box="$3", rings="$4")}
"""
_SHOWN = "select id, title, lon, lat, due from case_record"

# $5 the moment, $6 limit. In two parts, so that each is found by its index.
OPEN_AT = f"""
{_SHOWN} where {_PART} and lon is not null and reported <= $5 and closed is null
union all
{_SHOWN} where {_PART} and lon is not null and reported <= $5 and closed > $5
limit $6
"""

# $5 from, $6 until, $7 the length of a span.
_SPANS = """
select {closing} as closing, floor(extract(epoch from {column} - $5) / extract(epoch from $7::interval))::int as span, count(*) as n
from case_record where {part} and {column} >= $5 and {column} < $6 group by 2
"""
PACE = " union all ".join(
    _SPANS.format(closing=closing, column=column, part=_PART)
    for closing, column in (("false", "reported"), ("true", "closed"))
)
