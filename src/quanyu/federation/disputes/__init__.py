"""异议 over the border of nodes: raised where the data is used, answered where it is from."""

from quanyu.federation.disputes.http import routes
from quanyu.federation.disputes.service import DISPUTES, dispute_kinds

__all__ = ["DISPUTES", "dispute_kinds", "routes"]
