"""The operations that change something, and one of them as it is asked for (ETSI GS CIM 009, 5.6). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from quanyu.twin.ngsild.context import Context
from quanyu.twin.registrations.operations import Action

MEMBERS = frozenset(
    ("id", "type", "@id", "@type", "@context", "scope", "expiresAt", "createdAt", "modifiedAt", "deletedAt")
)
"""Of an entity that are no attributes (5.2.4)."""


class Kind(Enum):
    """Where in a request it stands what is changed."""

    ENTITY = auto()  # id and attributes in the body
    FRAGMENT = auto()  # id in the path, attributes in the body
    ATTRIBUTE = auto()  # id and attribute in the path
    WHOLE = auto()  # id in the path, nothing else
    PURGE = auto()  # by parameters
    BATCH = auto()  # a list of entities
    IDS = auto()  # a list of ids


@dataclass(frozen=True, slots=True)
class Change:
    """One operation of provision: `singles` are what a source may do for each entity of a batch instead.

    `option`: with it, `otherwise` are, in the place of `singles`.
    """

    method: str
    path: str
    kind: Kind
    action: Action
    singles: "tuple[Change, ...]" = ()
    option: str = ""
    otherwise: "tuple[Change, ...]" = ()

    def instead(self, parameters: Mapping[str, str]) -> "tuple[Change, ...]":
        """In order of preference, for a source that knows no such batch (5.6.7.4 to 5.6.10.4, 5.6.20.4)."""
        named = parameters.get("options", "").split(",")
        return self.otherwise if self.option and self.option in named else self.singles

    def actions(self, parameters: Mapping[str, str]) -> tuple[Action, ...]:
        return (self.action, *(one.action for one in self.instead(parameters)))

    @property
    def of_many(self) -> bool:
        return self.kind in (Kind.BATCH, Kind.IDS)


CREATE = Change("POST", "entities", Kind.ENTITY, Action.CREATE_ENTITY)
_MERGE = Change("PATCH", "entities/*", Kind.FRAGMENT, Action.MERGE_ENTITY)
_APPEND = Change("POST", "entities/*/attrs", Kind.FRAGMENT, Action.APPEND_ATTRS)
_DELETE = Change("DELETE", "entities/*", Kind.WHOLE, Action.DELETE_ENTITY)
_REPLACE = Change("PUT", "entities/*", Kind.FRAGMENT, Action.REPLACE_ENTITY)
_UPDATE = Change("PATCH", "entities/*/attrs", Kind.FRAGMENT, Action.UPDATE_ENTITY)

CHANGES = (
    CREATE,
    _MERGE,
    _APPEND,
    _DELETE,
    _REPLACE,
    _UPDATE,
    Change("PATCH", "entities/*/attrs/*", Kind.ATTRIBUTE, Action.UPDATE_ATTRS),
    Change("PUT", "entities/*/attrs/*", Kind.ATTRIBUTE, Action.REPLACE_ATTRS),
    Change("DELETE", "entities/*/attrs/*", Kind.ATTRIBUTE, Action.DELETE_ATTRS),
    Change("DELETE", "entities", Kind.PURGE, Action.PURGE_ENTITY),
    Change("POST", "entityOperations/create", Kind.BATCH, Action.CREATE_BATCH, (CREATE,)),
    Change(
        "POST", "entityOperations/upsert", Kind.BATCH, Action.UPSERT_BATCH,
        (CREATE, _REPLACE), option="update", otherwise=(CREATE, _UPDATE),
    ),
    Change(
        "POST", "entityOperations/update", Kind.BATCH, Action.UPDATE_BATCH,
        (_UPDATE,), option="noOverwrite", otherwise=(_APPEND,),
    ),
    Change("POST", "entityOperations/merge", Kind.BATCH, Action.MERGE_BATCH, (_MERGE,)),
    Change("POST", "entityOperations/delete", Kind.IDS, Action.DELETE_BATCH, (_DELETE,)),
    Change("POST", "temporal/entities", Kind.ENTITY, Action.UPSERT_TEMPORAL),
    Change("DELETE", "temporal/entities/*", Kind.WHOLE, Action.DELETE_TEMPORAL),
    Change("POST", "temporal/entities/*/attrs", Kind.FRAGMENT, Action.APPEND_ATTRS_TEMPORAL),
    Change("DELETE", "temporal/entities/*/attrs/*", Kind.ATTRIBUTE, Action.DELETE_ATTRS_TEMPORAL),
    Change("PATCH", "temporal/entities/*/attrs/*/*", Kind.ATTRIBUTE, Action.UPDATE_ATTR_INSTANCE_TEMPORAL),
    Change("DELETE", "temporal/entities/*/attrs/*/*", Kind.ATTRIBUTE, Action.DELETE_ATTR_INSTANCE_TEMPORAL),
)  # fmt: skip
"""Every operation of 5.6, with the resource that it is in the HTTP binding."""

CHANGE_AT = {(one.method, one.path): one for one in CHANGES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A change as it arrived; `types` of the `type` parameter, which may narrow what an id in the path means.

    `contexts`: of each element of a batch, which may have its own.
    """

    change: Change
    parts: Sequence[str]
    parameters: Mapping[str, str]
    body: Any
    context: Context
    types: frozenset[str] = frozenset()
    contexts: Sequence[Context] = ()

    @property
    def entity(self) -> str:
        """The id in the path."""
        return self.parts[2] if self.parts[0] == "temporal" else self.parts[1]

    @property
    def attribute(self) -> str:
        return self.parts[4] if self.parts[0] == "temporal" else self.parts[3]


def id_of(element: Any) -> str:
    """Of an element of a batch: an entity, or just the id."""
    id = (element.get("id") or element.get("@id")) if isinstance(element, dict) else element
    return id if isinstance(id, str) else ""
