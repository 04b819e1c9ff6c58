"""Open311 GeoReport v2: the door through which other cities' programs and apps report (wiki.open311.org/GeoReport_v2)."""

from quanyu.act.open311.http import routes

__all__ = ["routes"]
