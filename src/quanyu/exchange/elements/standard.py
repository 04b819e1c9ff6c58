"""定标: what the source says of the form of an element; and whether an item keeps to it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec

from quanyu.core.actor import Resource
from quanyu.core.clock import city_day
from quanyu.core.codes import CodeList
from quanyu.core.errors import Conflict, Fault, Invalid, NotFound
from quanyu.core.profile import ValueType
from quanyu.exchange.elements import _sql
from quanyu.exchange.elements.checks import standard_of
from quanyu.exchange.elements.model import Carried, Element
from quanyu.exchange.elements.settling import Settling
from quanyu.exchange.elements.steps import SETTLED
from quanyu.exchange.requests.model import Long, Said, Short
from quanyu.govern.catalogue import service as catalogue
from quanyu.govern.imports import service as imports
from quanyu.govern.quality.whole import Found
from quanyu.govern.scores.present import found_by
from quanyu.govern.standards import service as standards
from quanyu.govern.standards.conformity import has_type, is_pattern, rules_of
from quanyu.govern.standards.model import DataElement
from quanyu.govern.standards.service import StandardKind
from quanyu.identity import Outcome, append_evidence
from quanyu.query import Engine
from quanyu.store import emit


class Standard(Said, frozen=True):
    """A version of the element's standard. `version` is new; `aliases` are names that real columns have for it."""

    version: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    effective_from: date
    type: ValueType = ValueType.TEXT
    length: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None
    unit: Short | None = None
    code_list: Short | None = None
    pattern: Short | None = None
    semantic: Short | None = None
    definition: Long = ""
    source: Short = ""
    contact: Short = ""
    aliases: Annotated[tuple[Short, ...], msgspec.Meta(max_length=50)] = ()


class Conformity(msgspec.Struct, frozen=True, kw_only=True):
    """`type` is the item's, `wanted` the standard's; `found` by rule, over all records that the dataset holds now."""

    element: str
    version: str
    dataset: str
    item: str
    wanted: ValueType
    type: str
    has_type: bool
    found: tuple[Found, ...]

    @property
    def conforms(self) -> bool:
        return self.has_type and not any(one.broken for one in self.found)


class ConformityView(msgspec.Struct, frozen=True, kw_only=True):
    conformity: Conformity
    conforms: bool


@dataclass(frozen=True, slots=True)
class Standards(Settling):
    async def set(self, found: Element, said: Standard) -> DataElement:
        """Raises Invalid with every fault, Conflict for a version that says something else already."""
        known = await standard_of(self.connection, found.code, self.now)
        faults = tuple([one async for one in self._faults(said)])
        if faults:
            raise Invalid("exchange.element.invalid", faults=faults, count=len(faults))
        made = DataElement(
            name=found.code, title_zh=found.title_zh, title_en=found.title_en, version=said.version, effective_from=said.effective_from,
            type=said.type, length=said.length, unit=said.unit, code_list=said.code_list, pattern=said.pattern,
            semantic=said.semantic, definition=said.definition or found.definition,
            source=said.source or (known.source if known else ""), aliases=said.aliases, contact=said.contact,
        )  # fmt: skip
        await standards.add(
            self.connection, self.tenant, StandardKind.ELEMENTS, [made], actor=self.actor.id, at=self.now
        )
        about = Resource("share", found.code, self.tenant, found.lead)
        detail = {"version": said.version, "effective_from": said.effective_from.isoformat()}
        await append_evidence(
            self.connection, self.actor, "share.element.standard", about, Outcome.DONE, detail
        )
        await emit(self.connection, self.tenant, SETTLED, {"element": found.code})
        return made

    async def link(self, found: Element, carried: Carried, body: str) -> None:
        """关联目录数据项: of a source it becomes one of its items; of another body it is a copy from then on."""
        entry = await catalogue.find(self.connection, carried.dataset)
        if carried.item not in {one.name for one in entry.description.items}:
            fault = Fault("exchange.request.item", "/item", {"item": carried.item[:80]})
            raise Invalid("exchange.element.invalid", faults=(fault,), count=1)
        history = await _sql.sources(self.connection, found.code)
        last = next((one for one in history if one.effective_to is None), None)
        if last is None:
            raise Conflict("exchange.element.no_source", code=found.code)
        if body in last.bodies and carried not in last.items:
            linked = msgspec.structs.replace(last, items=(*last.items, carried))
            await _sql.put_source(self.connection, self.tenant, found.code, linked)
        await catalogue.mark_item(
            self.connection, self.tenant, carried.dataset, carried.item, found.code, author=self.actor.id, at=self.now
        )  # fmt: skip
        about = Resource("share", found.code, self.tenant, body)
        detail = {"dataset": carried.dataset, "item": carried.item, "body": body}
        await append_evidence(
            self.connection, self.actor, "share.element.linked", about, Outcome.DONE, detail
        )

    async def conformity(
        self, found: Element, carried: Carried, engine: Engine, folder: Path
    ) -> ConformityView:
        """As long as the engine takes. Raises Conflict for an element without a standard, Invalid for a dataset without records."""
        standard = await standard_of(self.connection, found.code, self.now)
        if standard is None:
            raise Conflict("exchange.element.no_standard", code=found.code)
        dataset = await imports.dataset(self.connection, carried.dataset)
        column = next((one for one in dataset.columns if one.name == carried.item), None)
        if column is None:
            raise NotFound("exchange.element.no_copy", dataset=carried.dataset[:80], item=carried.item[:80])
        rules = rules_of(standard, column.name, await self._codes(standard.code_list))
        told = await found_by(self.connection, engine, folder, dataset, rules, on=city_day(self.now))
        made = Conformity(
            element=found.code, version=standard.version, dataset=dataset.name, item=column.name, wanted=standard.type,
            type=str(column.type), has_type=has_type(standard, column.type), found=tuple(told),
        )  # fmt: skip
        return ConformityView(conformity=made, conforms=made.conforms)

    async def _faults(self, said: Standard) -> AsyncIterator[Fault]:
        if said.pattern is not None and not is_pattern(said.pattern):
            yield Fault("exchange.element.pattern", "/pattern", {"pattern": said.pattern[:80]})
        if said.code_list is not None and await self._codes(said.code_list) is None:
            yield Fault("exchange.element.code_list", "/code_list", {"name": said.code_list[:80]})

    async def _codes(self, name: str | None) -> CodeList | None:
        if name is None:
            return None
        try:
            found = await standards.standard(
                self.connection, StandardKind.CODE_LISTS, name, at=city_day(self.now)
            )
        except NotFound:
            return None
        return found if isinstance(found, CodeList) else None
