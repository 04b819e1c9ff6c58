"""What follows when an event opens or ends: the event itself, its case, a line in the case's timeline. In the caller's transaction."""

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from quanyu.act.cases import _laid_sql
from quanyu.act.cases.model import Channel, Place, Report
from quanyu.act.cases.service import Cases
from quanyu.act.rules import _sql
from quanyu.act.rules.events import Ending, Event, Opening
from quanyu.act.rules.facts import Facts, place_of
from quanyu.act.rules.model import CaseSource
from quanyu.act.rules.rule import Rule
from quanyu.act.rules.texts import UNKNOWN, counts, filled, title_of
from quanyu.connect.webhooks import Event as Announced
from quanyu.connect.webhooks import EventType, announce
from quanyu.core.errors import Conflict, Denied, Invalid, NotFound
from quanyu.core.messages import text
from quanyu.store import Connection
from quanyu.twin.model import Stored
from quanyu.workflow import Act, Doer

_FIELD, _LONG = 400, 20_000

_REFUSED = (Conflict, Denied, Invalid, NotFound)

_log = logging.getLogger("quanyu.rules")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """`entities`: the subject, or the members of a group that hold."""

    rule: Rule
    key: str
    subject: str
    change: int | None
    at: datetime
    facts: Facts
    entities: Sequence[Stored]

    @property
    def entity(self) -> Stored | None:
        return self.entities[0] if self.subject else None


class Opened(NamedTuple):
    """`event` None: this change has opened one before."""

    event: str | None
    new: bool


async def open_event(connection: Connection, tenant: str, made: Made, now: datetime) -> Opened:
    """A new one, or the one that is open under the key."""
    known = await _sql.is_open(connection, made.rule.name, made.key)
    if known is not None:
        return Opened(known, new=False)
    opening = _opening(made, f"{now.astimezone(UTC):%Y%m%d}-{secrets.token_hex(8)}")
    if not await _sql.open_event(connection, tenant, opening):
        return Opened(None, new=False)
    source, case = made.rule.definition.case, None
    if source is not None:
        case = await _case(connection, tenant, opening, source, made.entity, now)
        await _sql.set_case(connection, tenant, opening.id, case)
    data = {
        "rule": made.rule.name,
        "severity": opening.severity,
        "key": made.key,
        "subject": made.subject,
        "case": case,
    }
    told = Announced(type=EventType.RULE_OPENED, subject=opening.id, time=now, data=data)
    await announce(connection, tenant, [told])
    return Opened(opening.id, new=True)


async def close_event(
    connection: Connection,
    tenant: str,
    id: str,
    *,
    ending: Ending,
    facts: Facts | None,
    at: datetime,
    now: datetime,
) -> Event | None:
    """Its case learns of it; whether that is solved, people decide."""
    event = await _sql.close_event(connection, tenant, id, at=at, ending=ending, facts=facts)
    if event is None:
        return None
    if event.case is not None:
        note = text(f"act.rule.note.{ending}", rule=event.rule, event=id)
        await _note(Cases(connection, tenant, now), event.case, event.rule, note)
    data = {
        "rule": event.rule,
        "ending": ending.value,
        "key": event.key,
        "subject": event.subject,
        "case": event.case,
    }
    await announce(
        connection, tenant, [Announced(type=EventType.RULE_CLOSED, subject=id, time=now, data=data)]
    )
    return event


def _opening(made: Made, id: str) -> Opening:
    return Opening(
        id=id, rule=made.rule.name, version=made.rule.version, key=made.key, subject=made.subject, change=made.change,
        title=title_of(made.rule, made.entity, made.facts), severity=made.rule.definition.severity.value,
        place=place_of(made.entities), facts=made.facts, at=made.at,
    )  # fmt: skip


def _doer(rule: str) -> Doer:
    return Doer(id=f"rule:{rule}", node=True)


async def _case(
    connection: Connection, tenant: str, opening: Opening, source: CaseSource, entity: Stored | None, now: datetime
) -> str:  # fmt: skip
    """A new one, or the one of the last event under this key as long as that is not closed."""
    cases = Cases(connection, tenant, now)
    known = await _sql.last_case(connection, opening.rule, opening.key)
    if known is not None:
        note = text("act.rule.note.again", rule=opening.rule, event=opening.id)
        await _note(cases, known, opening.rule, note)
        return known
    report = _report(opening, source, entity)
    made = (await cases.report(report, _doer(opening.rule))).id
    if source.dispatch:
        await _dispatch(cases, made, opening.rule, await _body(connection, source, report))
    return made


async def _dispatch(cases: Cases, case: str, rule: str, body: str | None) -> None:
    """Where nobody is named, or the city's own workflow does not go that way, the desk decides."""
    if body is None:
        return
    try:
        async with cases.connection.transaction():
            for act in (Act(name="accept"), Act(name="file"), Act(name="dispatch", organisation=body)):
                await cases.act(case, act, _doer(rule))
    except _REFUSED as error:
        _log.warning("case %s of rule %s stays at the desk: %s", case, rule, error)


def _report(opening: Opening, source: CaseSource, entity: Stored | None) -> Report:
    words = counts(opening.facts)

    def said(template: str, most: int = _FIELD) -> str | None:
        found = filled(template, entity, **words)[:most]
        return found if found and found != UNKNOWN else None

    return Report(
        channel=Channel(source.channel), title=opening.title, description=said(source.text, _LONG) or "",
        category=source.category, address=said(source.address), region=said(source.region), grid=said(source.grid),
        component=said(source.component), urgent=source.urgent, facts={"rule": opening.rule, "event": opening.id},
        place=Place(**opening.place) if opening.place else None, key=f"{opening.rule}:{opening.id}",
    )  # fmt: skip


async def _body(connection: Connection, source: CaseSource, report: Report) -> str | None:
    """Named by the rule, else by the duty list; where neither says, the desk decides."""
    if source.organisation is not None:
        return source.organisation
    duties = await _laid_sql.duties(connection, report.category or "", report.region or "")
    return duties[0].organisation if duties else None


async def _note(cases: Cases, case: str, rule: str, note: str) -> None:
    """Where the case stands so that nothing can be noted any more, the event alone tells."""
    try:
        async with cases.connection.transaction():
            await cases.act(case, Act(name="remark", reason=note), _doer(rule))
    except _REFUSED as error:
        _log.info("case %s is not told: %s", case, error)
