"""A contract, its versions, and the one question before each delivery: is this call covered?"""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from quanyu.exchange.parties import Deal, Party
from quanyu.exchange.policy import Terms, Way
from quanyu.identity import Decision
from quanyu.identity.evidence.model import sm3


class State(StrEnum):
    OFFERED = "offered"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"
    EXPIRED = "expired"

    @property
    def is_over(self) -> bool:
        return self in (State.TERMINATED, State.EXPIRED)


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """`version` and `terms` are those in force, 0 and None as long as nothing is agreed."""

    id: str
    dataset: str
    provider: str
    consumer: Party
    state: State
    version: int
    terms: Terms | None
    created: datetime
    modified: datetime
    request: str | None = None
    reason: str = ""
    delete_by: datetime | None = None
    deleted: datetime | None = None

    @property
    def deal(self) -> Deal:
        return Deal(provider=self.provider, consumer=self.consumer)


class VersionState(StrEnum):
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    SUPERSEDED = "superseded"


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal of one side. `hash` is what both sides sign (`agreed_hash`)."""

    version: int
    terms: Terms
    hash: str
    state: VersionState
    proposed_by: str
    author: str
    at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str = ""


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What has been used up so far. `epsilon` is the part of the budget for noise that is spent."""

    calls: int = 0
    refused: int = 0
    rows: int = 0
    bytes: int = 0
    epsilon: float = 0.0
    last: datetime | None = None


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Of an answer: the dataset, the body that looks after it, its version, and since when it is so: not known of a version that has
    been passed meanwhile."""

    dataset: str
    owner: str | None
    version: int
    as_of: datetime | None

    def at(self, version: int) -> "Origin":
        return self if version == self.version else msgspec.structs.replace(self, version=version, as_of=None)


def agreed_hash(contract: Contract, terms: Terms) -> str:
    """SM3 of parties, dataset and terms as JSON with sorted members, in hexadecimal."""
    said: dict[str, Any] = {
        "contract": contract.id, "dataset": contract.dataset, "provider": contract.provider,
        "consumer": msgspec.to_builtins(contract.consumer), "terms": msgspec.to_builtins(terms),
    }  # fmt: skip
    return sm3(msgspec.json.encode(said, order="sorted")).hex()


def why_not(
    contract: Contract, usage: Usage, way: Way, now: datetime, *, epsilon: float = 0.0
) -> Decision | None:
    """The reason for which a call is not covered; None where it is. The rate is another question."""
    terms = contract.terms
    if contract.state is not State.ACTIVE or terms is None:
        return _no(contract.state.value, id=contract.id, reason=contract.reason)
    if now < terms.starts:
        return _no("early", id=contract.id, starts=terms.starts.isoformat())
    if now >= terms.ends:
        return _no("expired", id=contract.id, reason=terms.ends.isoformat())
    if way not in terms.ways:
        return _no("way", id=contract.id, way=way.value)
    if terms.calls is not None and usage.calls >= terms.calls:
        return _no("used_up", id=contract.id, calls=terms.calls)
    if terms.noise is not None and usage.epsilon + epsilon > terms.noise.budget + 1e-9:
        return _no("budget", id=contract.id, budget=terms.noise.budget)
    return None


def _no(why: str, **values: object) -> Decision:
    return Decision(False, f"exchange.contract.{why}", values=values)
