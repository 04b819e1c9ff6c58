"""Webhooks: what happens is told to other programs as signed CloudEvents, at least once."""

from quanyu.connect.webhooks.deliverer import Deliverer
from quanyu.connect.webhooks.model import Event, EventType
from quanyu.connect.webhooks.service import announce

__all__ = ["Deliverer", "Event", "EventType", "announce"]
