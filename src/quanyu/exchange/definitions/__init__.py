"""The workflows of sharing, with their statutory clocks."""

from quanyu.workflow.shipped import Shipped

REQUEST, DISPUTE, REFERRAL, ELEMENT = "share_request", "share_dispute", "share_referral", "share_element"

shipped = Shipped(__name__, (REQUEST, DISPUTE, REFERRAL, ELEMENT))
ensure_definitions = shipped.ensure
