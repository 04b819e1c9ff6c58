"""Cases over the border of nodes: handed up (吹哨报到), down (派遣) or beside, with one identity and one timeline."""

from quanyu.federation.cases.http import routes
from quanyu.federation.cases.service import case_kinds, follow

__all__ = ["case_kinds", "follow", "routes"]
