"""Requests that go on their way through a level between (转报): checked there, with a clock of its own, and passed on."""

from quanyu.federation.referrals.http import routes
from quanyu.federation.referrals.onward import ONWARD
from quanyu.federation.referrals.service import REFERRALS, referral_kinds

__all__ = ["ONWARD", "REFERRALS", "referral_kinds", "routes"]
