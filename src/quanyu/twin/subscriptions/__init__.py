"""Who wants to hear of changes, and how they are told (ETSI GS CIM 009, 5.8): subscriptions, notifications, delivery."""

from quanyu.twin.subscriptions.notifier import Notifier

__all__ = ["Notifier"]
