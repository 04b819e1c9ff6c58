"""Who asks: a person, a token, the node itself, or nobody known."""

from dataclasses import dataclass, field
from enum import StrEnum


class ActorKind(StrEnum):
    ACCOUNT = "account"
    TOKEN = "token"  # noqa: S105 (a kind of actor, not a secret)
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts. `tenant` is the region node whose rows the actor may see; `scopes` limit a token."""

    id: str
    tenant: str
    kind: ActorKind
    name: str = ""
    organisation: str | None = None
    region: str | None = None
    roles: frozenset[str] = field(default_factory=frozenset)
    scopes: frozenset[str] | None = None
    language: str = "zh-CN"


def system_actor(tenant: str, part: str) -> Actor:
    """The node acting on its own, e.g. a schedule; `part` names which part of it, for the evidence chain."""
    return Actor(id=f"system:{part}", tenant=tenant, kind=ActorKind.SYSTEM, name=part)


def anonymous(tenant: str, language: str = "zh-CN") -> Actor:
    return Actor(id="anonymous", tenant=tenant, kind=ActorKind.ANONYMOUS, language=language)


@dataclass(frozen=True, slots=True)
class Resource:
    """What is asked for: kind ("dataset", "evidence", …), its id, whose it is, and how it is graded."""

    kind: str
    id: str = ""
    tenant: str = ""
    organisation: str | None = None
    grade: str | None = None
