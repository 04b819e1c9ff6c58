"""What of a change goes to which source, and what stays (5.6.1 to 5.6.21): bodies are divided by attribute. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from quanyu.twin.ngsild.context import Context
from quanyu.twin.registrations.changes import MEMBERS, Asked, Kind, id_of
from quanyu.twin.registrations.model import Kept, Registration
from quanyu.twin.registrations.plan import EVERYTHING, Division, Scope, Subject, Wanted, divide
from quanyu.twin.registrations.sent import Batches, Sent, call_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What the change becomes: calls, refusals by entity, and the body that is left for the broker itself.

    `withheld`: of the body of a single change what each refusal is about, in their order. `here` says whether the
    broker has a part in it; `proxied` whether somebody else holds some of it.
    """

    sent: tuple[Sent, ...] = ()
    refused: tuple[tuple[str, Registration], ...] = ()
    withheld: tuple[Any, ...] = ()
    here: bool = True
    local: Any = None
    proxied: bool = False

    @property
    def untouched(self) -> bool:
        return not self.sent and not self.refused


Candidates = Callable[[frozenset[str], frozenset[str]], Iterable[Kept]]
"""Registrations that may be about these ids and types (none: not known)."""


def shares(asked: Asked, wanted: Wanted, candidates: Candidates) -> Share:
    return _of_many(asked, wanted, candidates) if asked.change.of_many else _of_one(asked, wanted, candidates)


def _of_one(asked: Asked, wanted: Wanted, candidates: Candidates) -> Share:
    subject = _subject(asked, asked.body, asked.context)
    division = _divided(subject, wanted, candidates)
    id = next(iter(subject.ids), "")
    keeps_body = asked.change.kind in (Kind.ENTITY, Kind.FRAGMENT)
    sent = [
        Sent(
            call=call_of(
                asked,
                part.registration,
                _narrowed(asked, part.scope) if keeps_body else asked.body,
                asked.context,
            ),
            ids=(id,),
        )
        for part in division.parts
    ]
    return Share(
        sent=tuple(sent),
        refused=tuple((id, one) for one in division.refused),
        withheld=tuple(_narrowed(asked, subject.scope_of(one) or EVERYTHING) for one in division.refused),
        here=not division.local.nothing,
        local=_left(asked.body, division.local, asked.context) if keeps_body else asked.body,
        proxied=division.proxied,
    )


def _of_many(asked: Asked, wanted: Wanted, candidates: Candidates) -> Share:
    local: list[Any] = []
    batches = Batches(asked)
    refused: list[tuple[str, Registration]] = []
    proxied = False
    for one, context in zip(asked.body, asked.contexts, strict=True):
        division = _divided(_subject(asked, one, context), wanted, candidates)
        id = id_of(one)
        proxied = proxied or division.proxied
        refused += [(id, registration) for registration in division.refused]
        if not division.local.nothing:
            local.append(_left(one, division.local, context))
        for part in division.parts:
            batches.add(part, _left(one, part.scope, context, forwarded=True), id, context)
    here = bool(local) or not asked.body
    return Share(sent=batches.sent(), refused=tuple(refused), here=here, local=local, proxied=proxied)


def _divided(subject: Subject, wanted: Wanted, candidates: Candidates) -> Division:
    return divide(subject, wanted, [one.registration for one in candidates(subject.ids, subject.types)])


def _subject(asked: Asked, body: Any, context: Context) -> Subject:
    match asked.change.kind:
        case Kind.ENTITY | Kind.BATCH:
            return Subject(
                ids=frozenset({id_of(body)}),
                types=_types(body, context),
                attributes=_attributes(body, context),
            )
        case Kind.FRAGMENT:
            attributes = _attributes(body, context)
            return Subject(ids=frozenset({asked.entity}), types=asked.types, attributes=attributes)
        case Kind.ATTRIBUTE:
            attribute = frozenset({asked.context.stored(asked.attribute)})
            return Subject(ids=frozenset({asked.entity}), types=asked.types, attributes=attribute)
        case Kind.WHOLE:
            return Subject(ids=frozenset({asked.entity}), types=asked.types)
        case Kind.IDS:
            return Subject(ids=frozenset({id_of(body)}))
        case Kind.PURGE:
            return Subject(
                ids=frozenset(filter(None, asked.parameters.get("id", "").split(","))), types=asked.types
            )


def _types(body: Any, context: Context) -> frozenset[str]:
    found = (body.get("type") or body.get("@type")) if isinstance(body, dict) else None
    named = found if isinstance(found, list) else [found]
    return frozenset(context.stored(one) for one in named if isinstance(one, str))


def _attributes(body: Any, context: Context) -> frozenset[str] | None:
    names = body.keys() - MEMBERS if isinstance(body, dict) else ()
    return frozenset(map(context.stored, names)) or None


def _narrowed(asked: Asked, scope: Scope) -> Any:
    return _left(asked.body, scope, asked.context, forwarded=True)


def _left(body: Any, scope: Scope, context: Context, *, forwarded: bool = False) -> Any:
    """Of an entity or fragment the attributes in `scope`; what is sent on has its @context beside it."""
    if not isinstance(body, dict):
        return body
    return {
        name: value
        for name, value in body.items()
        if (name in MEMBERS or scope.has(context.stored(name))) and not (forwarded and name == "@context")
    }
