"""The one engine of states, roles and deadlines: cases, requests, applications, orders and projects all run on it."""

from quanyu.workflow.calendars import calendar
from quanyu.workflow.definition.model import ALWAYS, Definition
from quanyu.workflow.definition.parse import parse
from quanyu.workflow.inbox import Inbox, Item, inbox
from quanyu.workflow.model import Act, Decision, Doer, Instance, Position, Standing, Step, Task
from quanyu.workflow.service import (
    Opening,
    definition,
    instance,
    open_work,
    perform,
    publish,
    publish_calendar,
    ring_due,
    timeline,
)
from quanyu.workflow.transition import open_acts

__all__ = [
    "ALWAYS",
    "Act",
    "Decision",
    "Definition",
    "Doer",
    "Inbox",
    "Instance",
    "Item",
    "Opening",
    "Position",
    "Standing",
    "Step",
    "Task",
    "calendar",
    "definition",
    "inbox",
    "instance",
    "open_acts",
    "open_work",
    "parse",
    "perform",
    "publish",
    "publish_calendar",
    "ring_due",
    "timeline",
]
