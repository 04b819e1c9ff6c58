"""A definition with everything in it: the repair of a street lamp."""

from copy import deepcopy
from typing import Any

from quanyu.workflow.definition.model import Definition
from quanyu.workflow.definition.parse import parse
from quanyu.workflow.model import Doer

DESK = Doer(id="desk", roles=frozenset({"desk"}))
CREW = Doer(id="crew", roles=frozenset({"crew"}), organisations=frozenset({"lamps"}))
CHIEF = Doer(id="chief", roles=frozenset({"chief"}))


def named(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "title": {"zh-CN": name, "en": name}, **more}


_SOURCE: dict[str, Any] = named(
    "repair",
    start="reported",
    states=[
        named("reported", role="desk", limit={"amount": 2, "unit": "hours"}),
        named(
            "repairing", role="crew", limit={"amount": 10, "unit": "hours"},
            escalations=[{"at": 0.8, "role": "chief"}, {"at": 1.0, "role": "chief"}],
        ),
        named("task", role="crew", limit={"amount": 4, "unit": "hours"}),
        named("checking", role="desk", join=True),
        named("solved", final=True),
        named("void", final=True),
    ],
    actions=[
        named("dispatch", to="repairing", roles=["desk"], needs=["organisation"], **{"from": ["reported"]}),
        named("plan", task="task", roles=["desk"], needs=["branches"], **{"from": ["reported"]}),
        named("task_done", to="checking", roles=["crew"], **{"from": ["task"]}),
        named("repaired", to="checking", roles=["crew"], needs=["evidence"], **{"from": ["repairing"]}),
        named("urge", roles=["chief"], **{"from": ["repairing", "checking"]}),
        named("close", to="solved", roles=["desk"], guard={"field": "lit", "equals": True}, fields=["lit"], **{"from": ["checking"]}),
        named("rework", to="repairing", roles=["desk"], needs=["reason"], **{"from": ["checking"]}),
    ],
    approvals=[
        named("extension", kind="extend", ask=["crew"], grant=["chief"], most={"amount": 5}, **{"from": ["repairing"]}),
        named("send_back", kind="return", ask=["crew"], grant=["desk"], to="reported", stops_clock=True, **{"from": ["repairing"]}),
        named("hold", kind="suspend", ask=["crew"], grant=["chief"], **{"from": ["repairing"]}),
        named("drop", kind="void", ask=["desk"], grant=["chief"], to="void", **{"from": ["reported", "repairing"]}),
    ],
)  # fmt: skip


def source(**changed: Any) -> dict[str, Any]:
    return {**deepcopy(_SOURCE), **changed}


def repair() -> Definition:
    return parse(source())
