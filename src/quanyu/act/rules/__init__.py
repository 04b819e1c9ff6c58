"""Rules over what happens in the twin: conditions, events with their facts, cases. Definitions are data."""

from quanyu.act.rules.dry_run import DryRun, dry_run
from quanyu.act.rules.engine import Engine
from quanyu.act.rules.events import Event, EventQuery
from quanyu.act.rules.service import (
    RuleView,
    checked,
    definition,
    definitions,
    event,
    events,
    publish,
    rule,
    rule_titles,
    rules,
    switch,
    versions,
)

__all__ = [
    "DryRun",
    "Engine",
    "Event",
    "EventQuery",
    "RuleView",
    "checked",
    "definition",
    "definitions",
    "dry_run",
    "event",
    "events",
    "publish",
    "rule",
    "rule_titles",
    "rules",
    "switch",
    "versions",
]
