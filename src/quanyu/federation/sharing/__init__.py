"""Sharing over the border of nodes: a body asks here, the owner answers there, the data comes under the contract."""

from quanyu.federation.sharing.http import routes
from quanyu.federation.sharing.service import sharing_kinds
from quanyu.federation.sharing.upkeep import run

__all__ = ["routes", "run", "sharing_kinds"]
