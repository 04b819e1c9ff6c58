"""The workflows of sharing, with their statutory clocks."""

from quanyu.workflow.shipped import Shipped

REQUEST, DISPUTE = "share_request", "share_dispute"

ensure_definitions = Shipped(__name__, (REQUEST, DISPUTE)).ensure
