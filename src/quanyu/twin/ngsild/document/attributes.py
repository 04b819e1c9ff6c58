"""Attributes from outside, of every kind (4.5.2, 4.5.3, 4.5.18 to 4.5.24) in every form, to instances as stored."""

from collections.abc import Mapping, Set
from typing import Any

from quanyu.core.entity import NULL, VALUE_MEMBER, Kind
from quanyu.core.errors import Fault, Invalid
from quanyu.twin.ngsild.context import Context
from quanyu.twin.ngsild.document.members import (
    CARRIERS,
    DEFAULT_INSTANCE,
    KINDS,
    MOMENTS,
    NAMES,
    NO_NAMES,
    NULLS_OF,
    OF_BROKER,
    PLACES,
    PLAIN,
    UNITLESS,
    are_instances,
    drop_null,
    is_part,
    kind_of,
    named_kind,
)
from quanyu.twin.ngsild.document.scalars import is_uri, utc_moment, value_faults
from quanyu.twin.ngsild.document.values import (
    PLAIN_VALUE,
    READ,
    holds_null,
    is_geometry,
    lists_null,
    read_vocabulary,
)

MAX_NESTING = 8


class Reader:
    """Reads attributes of one document with one context; what is wrong goes to `faults`."""

    __slots__ = ("_context", "_merging", "_names", "_nulls", "_partial", "_temporal", "faults")

    def __init__(
        self,
        context: Context,
        *,
        nulls: bool = False,
        partial: bool = False,
        temporal: bool = False,
        merging: bool = False,
    ) -> None:
        """`merging`: NGSI-LD Null may stand inside of values as well (5.5.12)."""
        self._context = context
        self._names = context.stored_names
        self._nulls = nulls
        self._partial = partial
        self._temporal = temporal
        self._merging = merging
        self.faults: list[Fault] = []

    def document(self, members: dict[str, Any], others: Set[str]) -> dict[str, Any]:
        """The attributes among `members`; `others` are none."""
        document: dict[str, Any] = {}
        for name, value in members.items():
            if name in NO_NAMES and name not in others:
                self.faults.append(Fault("core.entity.name", f"/{name}", {"name": name}))
            elif name not in others:
                self._add(document, name, value, "", 0)
        for name in PLACES & document.keys():
            self._check_place(name, document[name])
        return document

    def _check_place(self, name: str, made: Any) -> None:
        for one in made if isinstance(made, list) else (made,):
            if one.get("type", Kind.GEO) != Kind.GEO and one.get("value") != NULL:
                self.faults.append(Fault("core.entity.place", f"/{name}", {"name": name}))

    def attribute(self, value: object, where: str, depth: int) -> Any:
        """One attribute: an instance, or a list where the source has several (4.5.5)."""
        if isinstance(value, list) and are_instances(value):
            return self._several(value, where, depth)
        return self._instance(value, where, depth)

    def part(self, value: object, where: str) -> Any:
        """The body of an operation on one attribute: an object is always an instance, or part of one."""
        if self._partial and isinstance(value, dict) and "type" not in value and not is_geometry(value):
            return self._normalized(value, "", where, 0)
        return self.attribute(value, where, 0)

    def moment(self, text: object, where: str) -> str:
        found = text if self._nulls and text == NULL else utc_moment(text)
        if isinstance(found, str):
            return found
        self.faults.append(Fault("core.entity.moment", where, {"value": str(text)[:40]}))
        return ""

    def plain_value(self, value: object, where: str) -> object:
        """A value of the simplified form, whatever kind of attribute it will belong to."""
        if value is None:
            self.faults.append(Fault("core.entity.null", where))
        self.faults.extend(value_faults(value, where))
        return value

    def _add(self, target: dict[str, Any], name: str, value: object, above: str, depth: int) -> None:
        where = f"{above}/{name}"
        try:
            stored = self._names[name]
        except Invalid:
            self.faults.append(Fault("core.entity.name", where[:200], {"name": name[:80]}))
            return
        if depth > MAX_NESTING:
            self.faults.append(Fault("core.entity.depth", where))
        elif stored in target:
            self.faults.append(Fault("core.entity.name_twice", where, {"name": name[:80]}))
        elif type(value) is dict and (kind := named_kind(value)) in KINDS:  # nearly all
            target[stored] = self._normalized(value, kind, where, depth)
        else:
            target[stored] = self.attribute(value, where, depth)

    def _several(self, values: list[Any], where: str, depth: int) -> Any:
        made = [self._instance(one, f"{where}/{index}", depth) for index, one in enumerate(values)]
        if not self._temporal:
            names = {str(one.get("datasetId", "")) for one in made}
            if len(names) != len(made):
                self.faults.append(Fault("core.entity.dataset_twice", where))
        return made[0] if len(made) == 1 and not self._temporal else made

    def _instance(self, value: object, where: str, depth: int) -> dict[str, Any]:
        if not isinstance(value, dict):
            return self._bare(value, where)
        named = value.get("type", value.get("@type"))
        if type(named) is str and named in KINDS:
            return self._normalized(value, named, where, depth)
        if named is None:
            return self._concise(value, where, depth)
        if is_geometry(value):
            return self._bare(value, where)
        kind = self._kind_named(named)
        if kind:
            return self._normalized(value, kind, where, depth)
        self.faults.append(Fault("core.entity.kind", f"{where}/type", {"kind": str(named)[:40]}))
        return {}

    def _concise(self, value: dict[str, Any], where: str, depth: int) -> dict[str, Any]:
        """4.5.17: the kind follows from the member that carries the value; without any, all of it is the value."""
        kind = kind_of(value)
        if not kind:
            if self._partial and is_part(value):
                return self._normalized(value, "", where, depth)
            return self._bare(value, where)
        if self._partial:
            return self._normalized(value, "", where, depth)
        return self._normalized(value, kind, where, depth)

    def _bare(self, value: object, where: str) -> dict[str, Any]:
        """A value alone: a Property, or a GeoProperty where it is a geometry."""
        kind = Kind.GEO.value if is_geometry(value) else Kind.PROPERTY.value
        content = self._value(kind, value, where)
        return {"value": content} if self._partial else {"type": kind, "value": content}

    def _normalized(self, value: dict[str, Any], kind: str, where: str, depth: int) -> dict[str, Any]:
        """`kind` is empty where a part of an instance does not say it."""
        made: dict[str, Any] = {"type": kind} if kind else {}
        carrier, is_plain = _CARRIER[kind], _PLAIN_VALUE(kind)
        found = False
        for member, content in value.items():
            if member == "type" or (member == "datasetId" and content == DEFAULT_INSTANCE):
                continue
            if member == carrier or (not kind and member in CARRIERS):
                found = True
                plain = is_plain is not None and is_plain(content)
                made[member] = (
                    content if plain else self._value(kind or CARRIERS[member], content, f"{where}/{member}")
                )
            elif member in CARRIERS or (member == "unitCode" and kind in UNITLESS):
                if self._nulls and content == NULL:
                    made[carrier] = content
                    found = True
                else:
                    self._prohibit(kind, member, where)
            elif member in PLAIN:
                if not self._leaves(member, content):
                    made[member] = self._plain(member, content, f"{where}/{member}")
            elif member not in OF_BROKER and member != "@type":
                self._add(made, member, content, where, depth + 1)
                if self._dropping:
                    drop_null(made, self._names.get(member, member))
        if not found and not self._partial:
            self.faults.append(Fault("core.entity.no_value", where, {"kind": kind, "member": carrier}))
        return made

    @property
    def _dropping(self) -> bool:
        """5.6.2: what takes the place of an instance simply lacks what NGSI-LD Null says of."""
        return self._nulls and not self._partial

    def _leaves(self, member: str, content: object) -> bool:
        return self._dropping and content == NULL and member != "datasetId"

    def _prohibit(self, kind: str, member: str, where: str) -> None:
        """4.5.2 to 4.5.24: what only other kinds have."""
        self.faults.append(
            Fault("core.entity.prohibited", f"{where}/{member}", {"kind": kind, "member": member})
        )

    def _kind_named(self, named: object) -> str:
        """Of a kind that is written as an IRI."""
        try:
            stored = self._names[named] if isinstance(named, str) else ""
        except Invalid:
            return ""
        return stored if stored in KINDS else ""

    def _value(self, kind: str, content: Any, where: str) -> Any:
        if content == NULL or content in NULLS_OF.get(kind, ()):
            if not self._nulls:
                self.faults.append(Fault("core.entity.null_value", where))
            return NULL
        if content is None and kind != Kind.JSON:
            self.faults.append(Fault("core.entity.null", where))
            return content
        before = len(self.faults)
        value = READ[kind](content, where, self.faults, self._names)
        remains = lists_null if self._merging else holds_null
        if kind != Kind.JSON and len(self.faults) == before and remains(content):  # no bottomless one
            self.faults.append(Fault("core.entity.null_value", where))
        return value

    def _plain(self, member: str, content: object, where: str) -> Any:
        if content == NULL:
            if not self._nulls or member == "datasetId":
                self.faults.append(Fault("core.entity.null_value", where))
            return NULL
        if member in MOMENTS:
            return self.moment(content, where)
        if member in NAMES:
            return read_vocabulary(content, where, self.faults, self._names)
        if not isinstance(content, str) or "\x00" in content:
            self.faults.append(Fault("core.entity.member", where, {"member": member}))
        elif member == "datasetId" and not is_uri(content):
            self.faults.append(Fault("core.entity.dataset_id", where, {"value": content[:80]}))
        return content


_CARRIER: Mapping[str, str] = {"": "", **{str(kind): member for kind, member in VALUE_MEMBER.items()}}
_PLAIN_VALUE = PLAIN_VALUE.get
