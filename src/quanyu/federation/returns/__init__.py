"""回流 over the border of nodes: given back where the data is used, settled where it is kept."""

from quanyu.federation.returns.http import routes
from quanyu.federation.returns.service import RETURNS, return_kinds

__all__ = ["RETURNS", "return_kinds", "routes"]
