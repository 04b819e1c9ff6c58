"""The workflows of sharing, with their statutory clocks."""

from quanyu.workflow.shipped import Shipped

REQUEST, DISPUTE, REFERRAL = "share_request", "share_dispute", "share_referral"

ensure_definitions = Shipped(__name__, (REQUEST, DISPUTE, REFERRAL)).ensure
