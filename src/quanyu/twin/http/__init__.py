"""The twin's doors: routes of the management API, and the NGSI-LD application."""

from quanyu.twin.http.branches import create_branch, drop_branch, list_branch_changes, list_branches
from quanyu.twin.http.entities import list_entities, show_entity, show_history
from quanyu.twin.http.ground import show_ground
from quanyu.twin.http.map import list_layers, show_features, show_tile
from quanyu.twin.http.ngsi import NgsiApp
from quanyu.twin.http.ngsi_exchange import Door
from quanyu.twin.http.notifications import (
    discard_dead_letter,
    list_dead_letters,
    list_deliveries,
    replay_dead_letter,
    replay_dead_letters,
)
from quanyu.twin.http.past import show_past
from quanyu.twin.http.received import receive_notification

routes = (
    list_branches, create_branch, list_branch_changes, drop_branch,
    list_entities, show_entity, show_history, list_layers, show_tile, show_features, show_past, show_ground,
    list_deliveries, list_dead_letters, replay_dead_letters, replay_dead_letter, discard_dead_letter,
    receive_notification,
)  # fmt: skip

__all__ = ["Door", "NgsiApp", "routes"]
