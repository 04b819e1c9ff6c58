"""Cases and everybody's work over HTTP."""

from quanyu.act.handover.http import routes as handover_routes
from quanyu.act.http.cases import routes as case_routes
from quanyu.act.http.facilities import routes as facility_routes
from quanyu.act.http.past import routes as past_routes
from quanyu.act.http.reports import routes as report_routes
from quanyu.act.http.rules import routes as rule_routes
from quanyu.act.http.work import routes as work_routes
from quanyu.act.imports.http import routes as import_routes
from quanyu.act.open311 import routes as open311_routes
from quanyu.act.photos.http import routes as photo_routes
from quanyu.act.understanding.http import routes as understanding_routes

routes = (
    *report_routes,
    *import_routes,
    *past_routes,
    *facility_routes,
    *handover_routes,
    *case_routes,
    *work_routes,
    *rule_routes,
    *open311_routes,
    *photo_routes,
    *understanding_routes,
)

__all__ = ["routes"]
