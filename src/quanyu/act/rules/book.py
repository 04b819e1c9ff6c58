"""The rules of one tenant that are on, found by what they watch, kept up with the store by their revisions."""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec

from quanyu.act.rules import _sql
from quanyu.act.rules.model import Definition
from quanyu.act.rules.parse import Calendars, Known, parse_definition, parse_rule
from quanyu.act.rules.rule import Rule
from quanyu.core.errors import Invalid, QuanyuError
from quanyu.core.working_time import Calendar
from quanyu.store import Connection
from quanyu.twin.subscriptions import Index, Trigger, Watch, triggers_of
from quanyu.workflow.calendars import calendar

_ALL = triggers_of((Trigger.ENTITY_CREATED, Trigger.ENTITY_UPDATED, Trigger.ENTITY_DELETED))
_AT_ONCE = 50  # are read before others have their turn
_CALENDARS_KEPT = timedelta(minutes=1)

_log = logging.getLogger("quanyu.rules")


@dataclass(slots=True)
class Running:
    """`scanned`: up to which entity those that were there when it was switched on are looked at; None: all."""

    rule: Rule
    after: int
    scanned: tuple[str, ...] | None


@dataclass(slots=True)
class Book:
    """`unscanned`: those whose subjects are still to be looked at a first time. `first`: changes up to it concern nobody."""

    index: Index = field(default_factory=Index)
    rules: dict[str, Running] = field(default_factory=dict)
    unscanned: dict[str, Running] = field(default_factory=dict)
    first: int = 0
    revision: int = 0
    _calendars: dict[str, Calendar] = field(default_factory=dict)
    _asked: datetime | None = None

    async def refresh(self, connection: Connection, tenant: str, newest: int, now: datetime) -> bool:
        """Whether anything has changed up to the revision `newest`. A rule that cannot be read any more is broken, and stands
        still alone."""
        renewed = await self._renew_calendars(connection, tenant, now)
        if newest == self.revision and not renewed:
            return False
        for number, row in enumerate(await _sql.newer(connection, self.revision)):
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)
            self.drop(row["name"])
            if row["state"] == "on":
                await self._read(connection, tenant, row)
        self.revision = newest
        self.first = min((one.after for one in self.rules.values()), default=0)
        return True

    def reach(self) -> dict[str, timedelta]:
        """How far back each attribute is asked for."""
        longest: dict[str, timedelta] = {}
        for one in self.rules.values():
            for name, over in one.rule.reach:
                longest[name] = max(over, longest.get(name, over))
        return longest

    def drop(self, name: str) -> None:
        self.rules.pop(name, None)
        self.unscanned.pop(name, None)
        self.index.drop(name)

    async def _read(self, connection: Connection, tenant: str, row: Any) -> None:
        try:
            said = parse_definition(row["body"])
            known = await calendars_of(connection, tenant, said)
            rule = parse_rule(said, version=row["version"], known=Known(calendars=known))
        except Invalid as error:
            _log.error("rule %s of %s cannot be run: %s", row["name"], tenant, error)
            await _sql.break_(connection, tenant, row["name"], reason_of(error))
            return
        self._calendars |= known
        scanned = None if row["scanned"] is None else tuple(row["scanned"])
        running = Running(rule, row["after"], scanned)
        self.rules[rule.name] = running
        if scanned is not None:
            self.unscanned[rule.name] = running
        watch = Watch(
            key=rule.name, query=rule.selection, triggers=_ALL, watched=rule.watched, since=row["after"], owner=running,
        )  # fmt: skip
        self.index.put(watch)

    async def _renew_calendars(self, connection: Connection, tenant: str, now: datetime) -> bool:
        """Looks from time to time whether a calendar has a new version; then everything is read anew."""
        if not self._calendars or (self._asked is not None and abs(now - self._asked) < _CALENDARS_KEPT):
            return False
        self._asked = now
        for name, known in self._calendars.items():
            if await _calendar(connection, tenant, name) != known:
                self._calendars.clear()
                self.revision = 0
                return True
        return False


async def calendars_of(connection: Connection, tenant: str, said: Definition) -> Calendars:
    """Those that a rule names, as far as they exist."""
    name = said.quiet.calendar if said.quiet else ""
    found = await _calendar(connection, tenant, name) if name else None
    return {} if found is None else {name: found}


def reason_of(error: Exception) -> dict[str, Any]:
    """Why a rule is broken, as a message that can be told in any language."""
    if isinstance(error, Invalid) and error.faults:
        return {"key": error.faults[0].key, "values": _plain(error.faults[0].values)}
    if isinstance(error, QuanyuError):
        return {"key": error.key, "values": _plain(error.values)}
    return {"key": "act.rule.fault", "values": {"fault": f"{type(error).__name__}: {error}"[:300]}}


async def _calendar(connection: Connection, tenant: str, name: str) -> Calendar | None:
    try:
        return await calendar(connection, tenant, name)
    except Invalid:
        return None


def _plain(values: dict[str, object]) -> dict[str, Any]:
    made: dict[str, Any] = msgspec.to_builtins(values, enc_hook=str)
    return made
