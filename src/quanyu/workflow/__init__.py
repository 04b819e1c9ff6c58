"""The one engine of states, roles and deadlines: cases, requests, applications, orders and projects all run on it."""

from quanyu.workflow.calendars import calendar
from quanyu.workflow.definition.model import ALWAYS, Definition
from quanyu.workflow.definition.parse import parse
from quanyu.workflow.inbox import Inbox, Item, inbox
from quanyu.workflow.model import Act, Decision, Doer, Instance, Moved, Position, Standing, Step, Task
from quanyu.workflow.publishing import definition, publish, publish_calendar, ship
from quanyu.workflow.service import (
    Follow,
    Opening,
    Works,
    done_by,
    instance,
    timeline,
)
from quanyu.workflow.transition import open_acts

__all__ = [
    "ALWAYS",
    "Act",
    "Decision",
    "Definition",
    "Doer",
    "Follow",
    "Inbox",
    "Instance",
    "Item",
    "Moved",
    "Opening",
    "Position",
    "Standing",
    "Step",
    "Task",
    "Works",
    "calendar",
    "definition",
    "done_by",
    "inbox",
    "instance",
    "open_acts",
    "parse",
    "publish",
    "publish_calendar",
    "ship",
    "timeline",
]
