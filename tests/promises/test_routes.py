"""Every route asks permission, and nobody unknown gets further than the open door."""

import pytest
from litestar.handlers import HTTPRouteHandler

from quanyu.app.wiring import ROUTES
from quanyu.core.actor import Resource, anonymous
from quanyu.identity import ACTION_BY_NAME, allowed

OPEN_ACTIONS = {
    "public",
    "session.open",
    "catalogue.read",
    "dataset.read",
    "map.read",
    "case.report",
    "node.exchange",
}


def _named(handler: HTTPRouteHandler) -> str:
    return f"{'/'.join(sorted(handler.http_methods))} {min(handler.paths)}"


@pytest.mark.parametrize("handler", ROUTES, ids=_named)
def test_a_route_names_an_action_that_exists(handler: HTTPRouteHandler) -> None:
    assert handler.opt.get("action") in ACTION_BY_NAME


def test_what_nobody_known_may_ask_is_a_short_list() -> None:
    nobody = anonymous("t")
    open_to_all = {
        action for action in ACTION_BY_NAME if allowed(nobody, action, Resource("route", "/", "t")).allowed
    }
    assert open_to_all == OPEN_ACTIONS


def test_no_route_that_changes_something_is_public() -> None:
    """CKAN's clients send even what they read by POST."""
    changing = {"POST", "PUT", "PATCH", "DELETE"}
    public = {
        min(handler.paths)
        for handler in ROUTES
        if handler.opt["action"] == "public" and changing & set(handler.http_methods)
    }
    assert public == {"/api/3/action/{name:str}"}
