"""The workflows of cases."""

from quanyu.workflow.shipped import Shipped

CASE, ASSIGNMENT = "case", "assignment"

_SHIPPED = Shipped(__name__, (ASSIGNMENT, CASE))
built_in, ensure_definitions = _SHIPPED.source, _SHIPPED.ensure
