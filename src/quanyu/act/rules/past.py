"""What was before, for the conditions of one round: readings from memory, silences from the log."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from quanyu.act.rules import _state_sql
from quanyu.act.rules.listening import Listening
from quanyu.act.rules.memory import Memory
from quanyu.act.rules.rule import NO_TIME
from quanyu.act.rules.series import Reading, readings_of
from quanyu.act.rules.subject import Subject
from quanyu.store import Connection
from quanyu.twin.subscriptions.change import Change


@dataclass(slots=True)
class Known:
    """A `conditions.Past` that is led from one look to the next."""

    memory: Memory
    listening: Listening
    _last: dict[tuple[str, tuple[str, ...]], datetime] = field(default_factory=dict)
    _here: Subject | None = None

    @classmethod
    async def of(
        cls, connection: Connection, tenant: str, looks: Sequence[Subject], memory: Memory, listening: Listening
    ) -> "Known":  # fmt: skip
        """With everything that these looks ask for."""
        made = cls(memory, listening)
        series = {(one.id, name) for one in looks for name, _ in one.rule.reach if one.entity is not None}
        if series:
            await memory.load(connection, tenant, series, min(one.at for one in looks))
        wanted = {(one.id, names, since) for one in looks for names, since in made._unheard(one)}
        if wanted:
            made._last = await _state_sql.last_heard(connection, tenant, wanted)
        return made

    def go_to(self, look: Subject) -> None:
        self._here = look
        if look.change is not None:
            for name in look.change.attrs.keys() & self.memory.reach.keys():
                readings = readings_of(look.change.attrs[name], look.change.seq, look.change.at)
                self.memory.hear(look.id, name, readings, look.at)

    def readings(self, attribute: str) -> Sequence[Reading]:
        here = self._here
        assert here is not None
        found = self.memory.of(here.id, attribute)
        return found if here.change is None else [one for one in found if one.seq <= here.change.seq]

    def silence(self, names: tuple[str, ...], at: datetime) -> timedelta:
        here = self._here
        assert here is not None
        assert here.entity is not None
        if _brings(here.change, names):
            return NO_TIME
        last = self._last.get((here.id, names))
        if last is None:
            last = max(here.entity.created, min(self._horizon(here, names), at))
        return max(NO_TIME, at - last - self.listening.deaf(last, at))

    def _unheard(self, look: Subject) -> list[tuple[tuple[str, ...], datetime]]:
        """Of which silences the log has to be asked, and since when."""
        if look.entity is None:
            return []
        return [
            (one.names, self._horizon(look, one.names))
            for one in look.rule.silences
            if not _brings(look.change, one.names)
        ]

    def _horizon(self, look: Subject, names: tuple[str, ...]) -> datetime:
        """Who was not heard of since then is silent whatever it was before."""
        longest = max(one.over for one in look.rule.silences if one.names == names)
        span = longest
        while span < longest + self.listening.deaf(look.at - span, look.at):
            span = longest + self.listening.deaf(look.at - span, look.at)
        return look.at - span


def _brings(change: Change | None, names: Collection[str]) -> bool:
    """Whether a change is news of one of these attributes, of any where there are none."""
    return change is not None and (not names or not change.attrs.keys().isdisjoint(names))
