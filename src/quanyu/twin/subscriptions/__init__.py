"""Who wants to hear of changes, and how they are told (ETSI GS CIM 009, 5.8): subscriptions, notifications, delivery.

Parts of the node subscribe in Python: a `Follower` with `Watch`es is handed to the node's `Notifier`.
"""

from quanyu.twin.subscriptions.compose import Event
from quanyu.twin.subscriptions.followers import Follower
from quanyu.twin.subscriptions.index import Index, Watch, triggers_of
from quanyu.twin.subscriptions.model import Subscription, Trigger
from quanyu.twin.subscriptions.notifier import Notifier

__all__ = ["Event", "Follower", "Index", "Notifier", "Subscription", "Trigger", "Watch", "triggers_of"]
