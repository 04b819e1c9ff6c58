"""Sharing over the border of nodes: a body asks here, the owner answers there, the data comes under the contract."""

from quanyu.federation.sharing.http import routes
from quanyu.federation.sharing.notices import tell_notices
from quanyu.federation.sharing.questions import forget_old_questions
from quanyu.federation.sharing.service import REQUESTS, sharing_kinds

__all__ = ["REQUESTS", "forget_old_questions", "routes", "sharing_kinds", "tell_notices"]
