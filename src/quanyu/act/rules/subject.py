"""A rule about to look at one entity, because of a change or because of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from quanyu.act.rules._state_sql import Place
from quanyu.act.rules.book import Running
from quanyu.act.rules.consequences import Made
from quanyu.act.rules.facts import Facts
from quanyu.act.rules.rule import Rule
from quanyu.act.rules.series import moment_of
from quanyu.core.entity import instances
from quanyu.twin.model import Stored
from quanyu.twin.state import Op
from quanyu.twin.subscriptions import Event
from quanyu.twin.subscriptions.change import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """`change` None: time, or the first look, made it. `entity` None: there is none of this id."""

    running: Running
    id: str
    entity: Stored | None
    at: datetime
    change: Change | None = None

    @property
    def rule(self) -> Rule:
        return self.running.rule

    @property
    def place(self) -> Place:
        return self.rule.name, self.id

    @property
    def number(self) -> int | None:
        """Of the change in the feed."""
        return self.change.seq if self.change else None

    @property
    def gone(self) -> bool:
        return self.entity is None or (self.change is not None and self.change.op is Op.DELETE)


def heard(running: Running, event: Event) -> Subject:
    change = event.change
    return Subject(running=running, id=change.id, entity=event.entity, at=moment(change), change=change)


def moment(change: Change) -> datetime:
    """When it was so in the city: the newest moment that it names, else when it was received."""
    moments = [
        moment_of(one, change.at)
        for content in change.attrs.values()
        if content
        for one in instances(content)
        if "observedAt" in one
    ]
    return max(moments, default=change.at)


def made_by(subject: Subject, key: str, facts: Facts, entities: Sequence[Stored]) -> Made:
    return Made(
        rule=subject.rule, key=key, subject=subject.id, change=subject.number, at=subject.at, facts=facts,
        entities=entities,
    )  # fmt: skip
