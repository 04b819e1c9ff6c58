"""Sources that keep running: HTTP, SQL databases, MQTT, JT/T 808, watched folders, NGSI-LD pushes (数据源).

A source only fetches; what it brings is handed as files to the same import that a person's upload takes.
"""

from quanyu.connect.sources.http import routes as source_routes
from quanyu.connect.sources.model import Deliver, Delivery, Source
from quanyu.connect.sources.runner import Runner
from quanyu.connect.sources.terminals_http import routes as terminal_routes

routes = (*source_routes, *terminal_routes)

__all__ = ["Deliver", "Delivery", "Runner", "Source", "routes"]
