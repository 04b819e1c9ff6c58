"""Work that began in another system goes on here: where it stood, when it came there, what was noted. Pure.

No action of the definition is done; the timeline says `import`, so that nobody takes it for one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from quanyu.core.errors import Invalid
from quanyu.core.working_time import Calendar
from quanyu.workflow.definition.model import Definition
from quanyu.workflow.desk import Desk
from quanyu.workflow.model import Act, Doer, Instance, Moved

IMPORT = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """It came into `state` at this moment, to this body where one is named."""

    state: str
    at: datetime
    organisation: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    at: datetime
    actor: str
    text: str


def adopt(
    definition: Definition, calendar: Calendar, opened: Instance, doer: Doer, *, stays: Sequence[Stay], notes: Sequence[Note]
) -> Moved:  # fmt: skip
    """`opened` has no position yet. Clocks of the stays run as they would have run here. Raises Invalid for a state that
    does not exist, or that hands its work to another workflow."""
    names = {one.name for one in definition.states if one.call is None and not one.join}
    for stay in stays:
        if stay.state not in names:
            raise Invalid("workflow.adopt.state", state=stay.state[:80], definition=definition.name)
    desk = Desk(definition, calendar, opened, doer, opened.opened)
    desk.note(Act(name=IMPORT), desk.enter(desk.fresh(definition.start), definition.state(definition.start)), "", definition.start)  # fmt: skip
    told: list[Stay | Note] = [*stays, *notes]
    told.sort(key=lambda one: (one.at, isinstance(one, Stay)))
    for one in told:
        (here,) = desk.instance.positions
        desk.now, desk.doer = one.at, Doer(id=one.actor, node=True) if isinstance(one, Note) else doer
        if isinstance(one, Note):
            desk.note(Act(name=IMPORT, reason=one.text), here, here.state, here.state)
        elif here.state != one.state or one.organisation != here.organisation:
            desk.move(here, one.state, Act(name=IMPORT, reason=one.reason, organisation=one.organisation))
    return desk.moved()
