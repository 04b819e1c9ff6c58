"""Subscriptions that other sources keep for ours, and what they tell (ETSI GS CIM 009, 5.8.1, 5.8.2, 5.8.5, 5.8.6)."""

from quanyu.twin.derived.envoy import Envoy
from quanyu.twin.derived.received import Receiver

__all__ = ["Envoy", "Receiver"]
