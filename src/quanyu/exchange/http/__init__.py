"""Sharing over HTTP."""

from quanyu.exchange.http.callbacks import routes as callback_routes
from quanyu.exchange.http.carried import routes as carried_routes
from quanyu.exchange.http.changes import routes as change_routes
from quanyu.exchange.http.connectors import routes as connector_routes
from quanyu.exchange.http.contracts import routes as contract_routes
from quanyu.exchange.http.dataspace import routes as dataspace_routes
from quanyu.exchange.http.delivery import routes as delivery_routes
from quanyu.exchange.http.disputes import routes as dispute_routes
from quanyu.exchange.http.elements import routes as element_routes
from quanyu.exchange.http.notices import routes as notice_routes
from quanyu.exchange.http.rehearsal import routes as rehearsal_routes
from quanyu.exchange.http.releases import routes as release_routes
from quanyu.exchange.http.requests import routes as request_routes
from quanyu.exchange.http.returns import routes as return_routes
from quanyu.exchange.http.samples import routes as sample_routes
from quanyu.exchange.http.sandbox import routes as sandbox_routes
from quanyu.exchange.http.steps import routes as step_routes
from quanyu.exchange.http.use import routes as use_routes
from quanyu.exchange.http.workbench import routes as workbench_routes

routes = (
    *step_routes,
    *request_routes,
    *notice_routes,
    *contract_routes,
    *delivery_routes,
    *change_routes,
    *use_routes,
    *sandbox_routes,
    *dispute_routes,
    *element_routes,
    *carried_routes,
    *sample_routes,
    *return_routes,
    *release_routes,
    *dataspace_routes,
    *callback_routes,
    *connector_routes,
    *rehearsal_routes,
    *workbench_routes,
)
