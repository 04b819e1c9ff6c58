"""What of a change goes to one source: the same request with less in it, or for a batch one for each entity (5.6.7.4 to 5.6.10.4)."""

from dataclasses import dataclass
from typing import Any

from quanyu.twin.ngsild.context import Context
from quanyu.twin.registrations.changes import CREATE, Asked, Change, Kind
from quanyu.twin.registrations.forward import Call
from quanyu.twin.registrations.model import Registration
from quanyu.twin.registrations.operations import Action
from quanyu.twin.registrations.plan import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A call and the entities that it is about.

    `tentative`: of an upsert, so that an entity that is there already asks for `retry`, where the source offers that.
    """

    call: Call
    ids: tuple[str, ...]
    tentative: bool = False
    retry: Call | None = None


class Batches:
    """What goes to the sources of a batch: one request each and @context, or one for each entity where it must be."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._singles: list[Sent] = []
        self._together: dict[tuple[str, int], tuple[Registration, Context, list[Any], list[str]]] = {}

    def add(self, part: Part, element: Any, id: str, context: Context) -> None:
        if part.action is not self._asked.change.action:
            self._singles.append(_single(self._asked, part, element, id=id, context=context))
            return
        key = (part.registration.id, hash(context.link) if context.link else hash(id))
        batch = self._together.setdefault(key, (part.registration, context, [], []))
        batch[2].append(element)
        batch[3].append(id)

    def sent(self) -> tuple[Sent, ...]:
        together = [
            Sent(call=call_of(self._asked, registration, elements, context), ids=tuple(ids))
            for registration, context, elements, ids in self._together.values()
        ]
        return (*together, *self._singles)


def call_of(asked: Asked, registration: Registration, body: Any, context: Context) -> Call:
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name != "@context"}
    parameters = {name: value for name, value in asked.parameters.items() if name != "local"}
    return Call(
        registration=registration,
        method=asked.change.method,
        parts=asked.parts,
        parameters=parameters,
        body=body,
        context=context,
    )


def _single(asked: Asked, part: Part, element: Any, *, id: str, context: Context) -> Sent:
    """For a source that knows no such batch: an operation on the one entity that it does know."""
    registration = part.registration
    options = asked.change.instead(asked.parameters)
    first = next(one for one in options if one.action is part.action)
    calls = [
        _single_call(asked, one, registration, element, id=id, context=context)
        for one in options[options.index(first) :]
        if one is first or registration.offers(one.action)
    ]
    tentative = asked.change.action is Action.UPSERT_BATCH and first is CREATE
    return Sent(
        call=calls[0], ids=(id,), tentative=tentative, retry=calls[1] if tentative and calls[1:] else None
    )


def _single_call(
    asked: Asked, single: Change, registration: Registration, element: Any, *, id: str, context: Context
) -> Call:
    upserts = asked.change.action is Action.UPSERT_BATCH
    parameters = {
        name: value
        for name, value in asked.parameters.items()
        if name != "local" and not (upserts and name == "options")
    }
    return Call(
        registration=registration,
        method=single.method,
        parts=tuple(id if part == "*" else part for part in single.path.split("/")),
        parameters=parameters,
        body=None if single.kind is Kind.WHOLE else element,
        context=context,
    )
