"""What bodies may say: every fault at once."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from quanyu.core.clock import city_day
from quanyu.core.errors import Fault, Invalid, NotFound
from quanyu.exchange.elements.model import Accord, Agreeing, Carried, Deciding, Wanted
from quanyu.govern.catalogue._sql import entries
from quanyu.govern.catalogue.model import Entry, State
from quanyu.govern.standards.model import DataElement
from quanyu.govern.standards.service import StandardKind, standard
from quanyu.identity import organisation_names
from quanyu.store import Connection


async def standard_of(connection: Connection, code: str, now: datetime) -> DataElement | None:
    """The version in force, None where the element has no standard yet."""
    try:
        found = await standard(connection, StandardKind.ELEMENTS, code, at=city_day(now))
    except NotFound:
        return None
    return found if isinstance(found, DataElement) else None


async def complete(connection: Connection, said: Wanted, now: datetime) -> Wanted:
    """With the titles of its standard for those left out. Raises Invalid where it has none at all."""
    known = await standard_of(connection, said.code, now)
    if known is not None:
        return msgspec.structs.replace(
            said,
            title_zh=said.title_zh or known.title_zh,
            title_en=said.title_en or known.title_en,
            definition=said.definition or known.definition,
        )
    if not said.title_zh.strip():
        raise Invalid(
            "exchange.element.invalid", faults=(Fault("exchange.element.title", "/title_zh"),), count=1
        )
    return said


async def carried(connection: Connection, items: Sequence[Carried], body: str) -> None:
    """Published items of the body's own. Raises Invalid."""
    known = {one.name: one for one in await entries(connection, sorted({one.dataset for one in items}))}
    _refuse(_carried_faults(items, known, body))


def _carried_faults(items: Sequence[Carried], known: dict[str, Entry], body: str) -> Iterator[Fault]:
    for at, one in enumerate(items):
        entry = known.get(one.dataset)
        if entry is None or entry.state is not State.PUBLISHED or entry.description.organisation != body:
            yield Fault("exchange.element.not_own", f"/items/{at}/dataset", {"dataset": one.dataset[:80]})
        elif one.item not in {item.name for item in entry.description.items}:
            yield Fault("exchange.request.item", f"/items/{at}/item", {"item": one.item[:80]})


def agreed_bodies(said: Agreeing, claimants: set[str]) -> None:
    """Raises Invalid."""
    _refuse(
        Fault("exchange.element.not_claiming", where, {"body": body})
        for where, body in _named(said)
        if body not in claimants
    )
    _refuse(_twice(said))


async def bodies(connection: Connection, said: Deciding, now: datetime) -> None:
    """Raises Invalid."""
    known = await organisation_names(connection, (said.lead, *said.beside))
    _refuse(_deciding_faults(said, known.keys(), now))


def _deciding_faults(said: Deciding, known: Iterable[str], now: datetime) -> Iterator[Fault]:
    for where, body in _named(said):
        if body not in known:
            yield Fault("exchange.element.no_body", where, {"body": body})
    yield from _twice(said)
    begins = said.effective_from
    if begins is not None and begins.tzinfo is None:
        yield Fault("exchange.terms.zone", "/effective_from")
    elif begins is not None and begins < now:
        yield Fault("exchange.element.past", "/effective_from")


def _named(said: Agreeing | Deciding) -> Iterator[tuple[str, str]]:
    yield "/lead", said.lead
    for at, body in enumerate(said.beside):
        yield f"/beside/{at}", body


def _twice(said: Agreeing | Deciding) -> Iterator[Fault]:
    named = (said.lead, *said.beside)
    for body in sorted({one for one in named if named.count(one) > 1}):
        yield Fault("exchange.element.twice", "/beside", {"body": body})


def _refuse(found: Iterable[Fault]) -> None:
    faults = tuple(found)
    if faults:
        raise Invalid("exchange.element.invalid", faults=faults, count=len(faults))


def accepted(accord: Accord, bodies: tuple[str, ...], state: str) -> Accord:
    return msgspec.structs.replace(accord, accepted=bodies, state=state)
