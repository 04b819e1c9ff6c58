"""What is kept of something that two nodes deal with."""

from datetime import datetime
from typing import Any

import msgspec

from quanyu.federation.model import Telling
from quanyu.workflow import Step


class Standing(Telling, frozen=True, kw_only=True):
    """As it stands at the node that answers. `local`: its id where it was begun; `acts` are those of that side."""

    local: str
    state: str
    due: datetime | None
    outcome: str | None
    timeline: tuple[Step, ...]
    acts: tuple[str, ...]


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """What a body of this node has begun at another one. `said` and `shown` in the words of its kind; `under`: what it belongs to.
    `corrected`: what the owner has corrected since (field, record, version), so that whatever was made of it is to be looked at.
    `fault`: why the other node refused what was said last."""

    id: str
    node: str
    organisation: str
    dataset: str
    said: dict[str, Any]
    created: datetime
    modified: datetime
    under: str = ""
    shown: dict[str, Any] | None = None
    corrected: dict[str, Any] | None = None
    fault: str | None = None
