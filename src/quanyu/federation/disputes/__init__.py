"""异议 over the border of nodes: raised where the data is used, answered where it is from."""

from quanyu.federation.disputes.http import routes
from quanyu.federation.disputes.service import dispute_kinds, show_all

__all__ = ["dispute_kinds", "routes", "show_all"]
