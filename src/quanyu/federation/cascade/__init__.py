"""The catalogue over all levels (级联目录): entries go up (上报), and down to who subscribes (级联订阅)."""

from quanyu.federation.cascade._sql import one as listed
from quanyu.federation.cascade.http import routes
from quanyu.federation.cascade.service import cascade, cascade_kinds, subscribe

__all__ = ["cascade", "cascade_kinds", "listed", "routes", "subscribe"]
