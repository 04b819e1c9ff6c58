"""Cases and everybody's work over HTTP."""

from quanyu.act.http.cases import routes as case_routes
from quanyu.act.http.reports import routes as report_routes
from quanyu.act.http.work import routes as work_routes

routes = (*report_routes, *case_routes, *work_routes)

__all__ = ["routes"]
