"""What running work goes by: its definition and the calendar of that, kept once they are read."""

from dataclasses import dataclass

from quanyu.core.errors import NotFound
from quanyu.core.working_time import Calendar
from quanyu.store import Connection
from quanyu.workflow import _published_sql, _sql
from quanyu.workflow.calendars import calendar
from quanyu.workflow.definition.model import ALWAYS, Definition
from quanyu.workflow.model import Moved
from quanyu.workflow.publishing import definition
from quanyu.workflow.transition import next_bell

_FOLLOWED: dict[tuple[str, str, int], Definition] = {}
"""Definitions that running work follows, by tenant, name and version: a version never changes."""
_CALENDARS: dict[tuple[str, str], str] = {}
"""The calendar of the newest definition, as far as was seen last."""
_MOST_FOLLOWED = 1000


@dataclass(frozen=True, slots=True)
class Rules:
    """What a running instance goes by."""

    definition: Definition
    calendar: Calendar

    def move(self, moved: Moved, *, key: str | None = None) -> "Move":
        """With when the clock of the work is to be looked at next."""
        work = moved.instance
        bell = None if work.closed else next_bell(self.definition, self.calendar, work)
        roles = {state.name: state.role or "" for state in self.definition.states}
        return Move(
            self, moved, _sql.Entry(work=work, steps=moved.steps, roles=roles, next_bell=bell, key=key)
        )


@dataclass(frozen=True, slots=True)
class Move:
    """A move with what is written of it."""

    rules: Rules
    moved: Moved
    entry: _sql.Entry


async def newest_rules(connection: Connection, tenant: str, name: str) -> Rules:
    """Definition and calendar are asked for at once: mostly the newest goes by the calendar of the one before."""
    thought = _CALENDARS.get((tenant, name), ALWAYS)
    version, counts = await _published_sql.newest_of_both(connection, name, thought)
    if version is None:
        raise NotFound("workflow.definition.unknown", name=name)
    found = await _definition(connection, tenant, name, version)
    _CALENDARS[tenant, name] = found.calendar
    known = counts if found.calendar == thought else None
    return Rules(found, await calendar(connection, tenant, found.calendar, known))


async def rules_of(connection: Connection, tenant: str, name: str, version: int) -> Rules:
    found = await _definition(connection, tenant, name, version)
    return Rules(found, await calendar(connection, tenant, found.calendar))


async def _definition(connection: Connection, tenant: str, name: str, version: int) -> Definition:
    found = _FOLLOWED.get((tenant, name, version))
    if found is None:
        found = await definition(connection, name, version)
        if len(_FOLLOWED) >= _MOST_FOLLOWED:
            _FOLLOWED.clear()
            _CALENDARS.clear()
        _FOLLOWED[tenant, name, version] = found
    return found
