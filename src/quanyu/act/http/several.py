"""One act on several cases at once: each is answered for itself, and what would happen can be seen before."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec
from litestar import post
from litestar.params import HeaderParameter, JSONBody
from litestar.status_codes import HTTP_200_OK

from quanyu.act.cases.model import Case
from quanyu.act.cases.service import Cases
from quanyu.act.http.asking import Asker, Key, Now, Store, doer_of
from quanyu.act.http.seeing import seen_or_done
from quanyu.core.actor import Actor
from quanyu.core.errors import Invalid, QuanyuError
from quanyu.core.messages import preferred_language
from quanyu.store import Connection
from quanyu.workflow import Act

MOST = 200

Language = Annotated[str, HeaderParameter(name="Accept-Language", max_length=400)]


class Several(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`preview`: nothing is written, and the answer is what it would be."""

    cases: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=MOST)]
    act: Act
    preview: bool = False


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Where a case stands after the act; with `refusal`, why it does not take it."""

    id: str
    title: str = ""
    state: str | None = None
    organisation: str | None = None
    due: datetime | None = None
    refusal: str | None = None


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Answer, ...]
    done: int


class _PreviewEnds(Exception):
    """Takes back what was done to look at it."""


@post("/api/v1/cases/acts", opt={"action": "work.act"}, status_code=HTTP_200_OK)
async def act_on_cases(
    data: JSONBody[Several], actor: Asker, database: Store, clock: Now,
    key: Key = None, language: Language = "",
) -> Answers:  # fmt: skip
    """Those that take the act are moved, the others stay and say why. The same key again changes nothing."""
    async with database.tenant(actor.tenant) as connection:
        several = _Moves(connection, actor, clock(), data, key, preferred_language(language))
        # In one order for everybody, so that no two desks wait for each other.
        found = {id: await several.answer(id) for id in sorted(set(data.cases))}
    items = tuple(found[id] for id in dict.fromkeys(data.cases))
    return Answers(items=items, done=sum(one.refusal is None for one in items))


@dataclass(frozen=True, slots=True)
class _Moves:
    connection: Connection
    actor: Actor
    now: datetime
    wanted: Several
    key: str | None
    language: str

    async def answer(self, id: str) -> Answer:
        title = ""
        try:
            title = (await seen_or_done(self.connection, self.actor, id, self.key)).title
            moved = await self._moved(id)
        except QuanyuError as refusal:
            return Answer(id=id, title=title, refusal=_words(refusal, self.language))
        return Answer(id=id, title=title, state=moved.state, organisation=moved.organisation, due=moved.due)

    async def _moved(self, id: str) -> Case:
        cases = Cases(self.connection, self.actor.tenant, self.now)
        with suppress(_PreviewEnds):
            async with self.connection.transaction():
                moved = await cases.act_by_hand(id, self.wanted.act, doer_of(self.actor), key=self.key)
                if self.wanted.preview:
                    raise _PreviewEnds
        return moved


def _words(refusal: QuanyuError, language: str) -> str:
    if isinstance(refusal, Invalid):
        return " · ".join(fault.text(language) for fault in refusal.faults)
    return refusal.text(language)


routes = (act_on_cases,)
