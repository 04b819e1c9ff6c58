"""Who asks: a person, a token, the node itself, or nobody known."""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache


class ActorKind(StrEnum):
    ACCOUNT = "account"
    TOKEN = "token"  # noqa: S105 (a kind of actor, not a secret)
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts. `tenant` is the region node whose rows the actor may see; `scopes` limit a token.

    `organisations` are the actor's own organisation and all below it. An actor with `must_change_password` may do
    nothing but change it.
    """

    id: str
    tenant: str
    kind: ActorKind
    name: str = ""
    organisation: str | None = None
    region: str | None = None
    roles: frozenset[str] = field(default_factory=frozenset)
    scopes: frozenset[str] | None = None
    language: str = "zh-CN"
    organisations: frozenset[str] = field(default_factory=frozenset)
    must_change_password: bool = False


@lru_cache(maxsize=64)
def system_actor(tenant: str, part: str) -> Actor:
    """The node acting on its own, e.g. a schedule; `part` names which part of it, for the evidence chain."""
    return Actor(id=f"system:{part}", tenant=tenant, kind=ActorKind.SYSTEM, name=part)


@lru_cache(maxsize=64)
def anonymous(tenant: str, language: str = "zh-CN") -> Actor:
    return Actor(id="anonymous", tenant=tenant, kind=ActorKind.ANONYMOUS, language=language)


@dataclass(frozen=True, slots=True)
class Resource:
    """What is asked for: kind ("dataset", "evidence", …), its id, whose it is, and how it is graded.

    Without an id it stands for the whole kind (a list, a search), whose rows are then filtered. `open` says that
    it is published to everybody.
    """

    kind: str
    id: str = ""
    tenant: str = ""
    organisation: str | None = None
    grade: str | None = None
    open: bool = False
