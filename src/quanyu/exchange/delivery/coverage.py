"""What lets a call have each dataset that it names, contracts or one's office, and what is made of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from quanyu.core.actor import Actor, Resource
from quanyu.core.errors import Conflict, Invalid
from quanyu.exchange.contracts import _sql as contracts_sql
from quanyu.exchange.contracts.model import Contract, Origin, Usage, why_not
from quanyu.exchange.contracts.service import Contracts
from quanyu.exchange.delivery.engine import Engines
from quanyu.exchange.delivery.formats import Format
from quanyu.exchange.parties import Party, resource
from quanyu.exchange.policy import Governed, Relation, Terms, Way, govern, strictest
from quanyu.exchange.policy.changes import changed, check_tellable
from quanyu.exchange.workbench.office import read_by_office
from quanyu.govern.catalogue import service as catalogue
from quanyu.govern.imports import _sql as imports_sql
from quanyu.govern.imports.content import current_sql, paths
from quanyu.govern.imports.model import Part, PartRole
from quanyu.identity import AccessDenied, Decision, allowed
from quanyu.identity.evidence.model import sm3


class Since(msgspec.Struct, frozen=True, kw_only=True):
    """What has changed between two versions of a dataset; 0 is before the first. `content`: what `upto` is made of."""

    version: int
    upto: int
    content: str


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """`contracts` names those to be used; without, all that the party has for the datasets, the strictest of each.

    `masked` is False only for questions that show less than the contract gives (核验). With `by_office` the asker has what
    they may read anyhow without a contract, at most so many rows at once. `group` and `most` are what the way asks for beyond the
    contract: records behind each figure, rows of the answer. With `since` the dataset is what has changed.
    """

    party: Party
    sql: str
    datasets: tuple[str, ...]
    way: Way
    format: Format = Format.JSON
    contracts: tuple[str, ...] = ()
    purpose: str = ""
    said: str = ""
    masked: bool = True
    by_office: int = 0
    group: int = 0
    most: int = 0
    since: Since | None = None

    @property
    def action(self) -> str:
        return "query.run" if self.by_office else "share.use"


@dataclass(frozen=True, slots=True)
class Covered:
    """A dataset with the terms under which it is given, its files, and the contracts that say so: none for one's office. What is made
    for one question has no `origin`."""

    dataset: str
    version: int
    terms: Terms
    contracts: tuple[Contract, ...]
    key: bytes
    source: str
    files: tuple[str, ...]
    origin: Origin | None = None
    earlier: "Earlier | None" = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """The version that a dataset is compared with; `source` None before there were records."""

    key: tuple[str, ...]
    source: str | None
    files: tuple[str, ...]


class NotCovered(AccessDenied):
    """Knows the contracts that might have covered the call, for their ledgers."""

    def __init__(
        self, actor: Actor, about: Resource, decision: Decision, contracts: Sequence[Contract], action: str
    ) -> None:
        super().__init__(actor, action, about, decision)
        self.contracts = tuple(one.id for one in contracts)


async def cover(desk: Contracts, ask: Ask, folder: Path) -> tuple[Covered, ...]:
    """Raises NotCovered for the first dataset that nothing gives."""
    found = (
        await contracts_sql.active(desk.connection, ask.party, ask.datasets) if _may_use(desk, ask) else []
    )
    if ask.contracts:
        found = [(one, used) for one, used in found if one.id in ask.contracts]
    covered = []
    for dataset in ask.datasets:
        if own := await _by_office(desk, ask, dataset, folder):
            covered.append(own)
            continue
        good = _covering(desk, ask, dataset, [(one, used) for one, used in found if one.dataset == dataset])
        covered.append(await _with_files(desk, ask, dataset, good, folder))
    return tuple(covered)


def _may_use(desk: Contracts, ask: Ask) -> bool:
    """Of one's own body's contracts; the doors of sharing have asked this before."""
    about = resource(desk.actor, "", ask.party.organisation)
    return not ask.by_office or allowed(desk.actor, "share.use", about).allowed


async def _by_office(desk: Contracts, ask: Ask, dataset: str, folder: Path) -> Covered | None:
    if not ask.by_office:
        return None
    terms = await read_by_office(desk.connection, desk.actor, dataset, rows=ask.by_office, now=desk.now)
    return await _covered(desk, dataset, terms, folder) if terms else None


def _covering(
    desk: Contracts, ask: Ask, dataset: str, known: Sequence[tuple[Contract, Usage]]
) -> tuple[Contract, ...]:
    found = [one for one, _ in known]
    reasons = [why_not(one, used, ask.way, desk.now) for one, used in known]
    good = tuple(one for one, reason in zip(found, reasons, strict=True) if reason is None)
    if good:
        return good
    nothing = "exchange.workbench.dataset" if ask.by_office else "exchange.contract.none"
    none = Decision(False, nothing, values={"dataset": dataset[:80]})
    about = resource(desk.actor, found[-1].id if found else dataset[:80], ask.party.organisation)
    raise NotCovered(desk.actor, about, (reasons[-1] if reasons else None) or none, found, ask.action)


async def _with_files(
    desk: Contracts, ask: Ask, dataset: str, good: tuple[Contract, ...], folder: Path
) -> Covered:
    """Raises NotCovered where the dataset has been withdrawn or has fallen below its quality gate since."""
    entry = await catalogue.find(desk.connection, dataset)
    if not entry.is_shared or entry.is_paused:
        values: dict[str, object] = {
            "name": dataset,
            "score": entry.facts.score or "–",
            "gate": entry.facts.gate,
        }
        why = "exchange.contract.paused" if entry.is_paused else "exchange.contract.offline"
        about = resource(desk.actor, good[0].id, good[0].provider)
        raise NotCovered(desk.actor, about, Decision(False, why, values=values), good, ask.action)
    terms = strictest([one.terms for one in good if one.terms is not None])
    covered = await _covered(desk, dataset, terms, folder, good)
    return await _compared(desk, covered, ask.since, folder) if ask.since else covered


async def _covered(
    desk: Contracts, dataset: str, terms: Terms, folder: Path, good: tuple[Contract, ...] = ()
) -> Covered:
    """Raises Invalid for a dataset without records."""
    origin = await contracts_sql.origin_of(desk.connection, dataset, good[0].provider if good else None)
    parts = await imports_sql.parts(desk.connection, dataset)
    source = current_sql(folder, parts)
    if origin is None or source is None:
        raise Invalid("exchange.query.empty", dataset=dataset)
    key = await desk.key(good[0].id, folder) if good else b""
    return Covered(dataset, origin.version, terms, good, key, source, _files(folder, parts), origin)


async def _compared(desk: Contracts, covered: Covered, since: Since, folder: Path) -> Covered:
    """Raises Denied where its changes could not be told apart, Conflict once its files have been put together."""
    found = await imports_sql.dataset(desk.connection, covered.dataset)
    key = found.key_columns if found else ()
    check_tellable(covered.terms, covered.dataset, key)
    parts = await imports_sql.parts(desk.connection, covered.dataset)
    then, upto = (parts_until(parts, last) for last in (since.version, since.upto))
    source = current_sql(folder, upto)
    if source is None or content_of(upto) != since.content:
        raise Conflict("exchange.query.changed")
    earlier = Earlier(key, current_sql(folder, then), _files(folder, then))
    origin = covered.origin and covered.origin.at(since.upto)
    return replace(covered, source=source, files=_files(folder, upto), origin=origin, earlier=earlier)


def parts_until(parts: Sequence[Part], version: int) -> tuple[Part, ...]:
    """What a version was made of, as long as `content_of` it stays the same."""
    return tuple(one for one in parts if one.version <= version)


def content_of(parts: Sequence[Part]) -> str:
    """Files never change, so that the same ones are the same content."""
    made = [(one.version, one.path) for one in parts if one.role in (PartRole.ACCEPTED, PartRole.SUPERSEDED)]
    return sm3(msgspec.json.encode(sorted(made))).hex()[:32]


def _files(folder: Path, parts: Sequence[Part]) -> tuple[str, ...]:
    return (*paths(folder, parts, PartRole.ACCEPTED), *paths(folder, parts, PartRole.SUPERSEDED))


def governed_by(engines: Engines, ask: Ask, covered: Sequence[Covered]) -> Governed:
    relations = [_relation(engines, ask, one) for one in covered]
    return govern(ask.sql, relations, ordered=ask.way in (Way.RECORDS, Way.CHANGES))


def _relation(engines: Engines, ask: Ask, covered: Covered) -> Relation:
    terms = covered.terms
    columns = engines.columns(covered.files, covered.source)
    named = {one.column for one in terms.where} | set(terms.anonymity.columns if terms.anonymity else ())
    if gone := sorted(named - columns.keys()):
        raise Invalid("exchange.contract.columns_gone", dataset=covered.dataset, columns=", ".join(gone))
    if not ask.masked:
        terms = _unmasked(terms)
    relation = Relation(
        dataset=covered.dataset, columns=columns, terms=_narrowed(terms, ask), key=covered.key, source=covered.source
    )  # fmt: skip
    return _changed(engines, relation, covered.earlier) if covered.earlier else relation


def _changed(engines: Engines, relation: Relation, earlier: Earlier) -> Relation:
    if earlier.source is None:
        return changed(relation, earlier.key, f"(select * from {relation.source} limit 0)", relation.columns)
    return changed(relation, earlier.key, earlier.source, engines.columns(earlier.files, earlier.source))


def _narrowed(terms: Terms, ask: Ask) -> Terms:
    rows = min(terms.rows or ask.most, ask.most) if ask.most else terms.rows
    return msgspec.structs.replace(terms, group=max(terms.group, ask.group), rows=rows)


def _unmasked(terms: Terms) -> Terms:
    """For a question whose only answer is yes or no."""
    return msgspec.structs.replace(terms, masks={}, group=0, noise=None, anonymity=None, rows=None)
