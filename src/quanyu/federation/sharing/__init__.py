"""Sharing over the border of nodes: a body asks here, the owner answers there, the data comes under the contract."""

from quanyu.federation.sharing.entities import answer_entities, border_door
from quanyu.federation.sharing.http import routes as request_routes
from quanyu.federation.sharing.http_changes import routes as change_routes
from quanyu.federation.sharing.notices import tell_notices
from quanyu.federation.sharing.questions import forget_old_questions
from quanyu.federation.sharing.service import REQUESTS, sharing_kinds

routes = (*request_routes, *change_routes, answer_entities)

__all__ = ["REQUESTS", "border_door", "forget_old_questions", "routes", "sharing_kinds", "tell_notices"]
