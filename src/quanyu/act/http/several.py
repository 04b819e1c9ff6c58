"""One act on several cases at once: each is answered for itself, and what would happen can be seen before."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Annotated

import msgspec
from litestar import post
from litestar.params import HeaderParameter, JSONBody
from litestar.status_codes import HTTP_200_OK

from quanyu.act.cases._sql import cases_by_id
from quanyu.act.cases.known import check_recipients
from quanyu.act.cases.model import Case
from quanyu.act.cases.service import Cases
from quanyu.act.http.asking import Asker, Key, Now, Store, doer_of
from quanyu.act.http.seeing import sees
from quanyu.core.actor import Actor
from quanyu.core.errors import Invalid, NotFound, QuanyuError
from quanyu.core.messages import preferred_language
from quanyu.store import Connection
from quanyu.workflow import Act, Doer, done_by

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
        await check_recipients(connection, data.act)
        cases = Cases(connection, actor.tenant, clock())
        there = await _seen(connection, actor, data.cases, key)
        done = await _done(cases, list(there.values()), data, doer_of(actor), key)
    words = preferred_language(language)
    items = tuple(_answer(id, there.get(id), done.get(id), words) for id in dict.fromkeys(data.cases))
    return Answers(items=items, done=sum(one.refusal is None for one in items))


async def _seen(connection: Connection, actor: Actor, ids: Sequence[str], key: str | None) -> dict[str, Case]:
    """Those that `seen_or_done` shows."""
    found = await cases_by_id(connection, ids)
    done = await done_by(connection, [one.instance for one in found], key, actor.id) if key else set()
    return {one.id: one for one in found if one.instance in done or sees(actor, one)}


async def _done(
    cases: Cases, there: Sequence[Case], wanted: Several, doer: Doer, key: str | None
) -> dict[str, Case | QuanyuError]:
    with suppress(_PreviewEnds):
        async with cases.connection.transaction():
            done = await cases.act_on_each(there, wanted.act, doer, key=key)
            if wanted.preview:
                raise _PreviewEnds
    return done


def _answer(id: str, before: Case | None, after: Case | QuanyuError | None, language: str) -> Answer:
    if before is None or after is None:
        after = NotFound("act.case.unknown", id=id[:40])
    if isinstance(after, QuanyuError):
        return Answer(id=id, title=before.title if before else "", refusal=_words(after, language))
    return Answer(id=id, title=after.title, state=after.state, organisation=after.organisation, due=after.due)


def _words(refusal: QuanyuError, language: str) -> str:
    if isinstance(refusal, Invalid):
        return " · ".join(fault.text(language) for fault in refusal.faults)
    return refusal.text(language)


routes = (act_on_cases,)
