"""Whether the JSON forms in a pack are what they say they are: each is read by the part that will use it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any

import msgspec

from quanyu.act.rules.parse import parse_definition as parse_rule_form
from quanyu.connect.sources.model import SourceInput
from quanyu.connect.sources.settings import KINDS
from quanyu.core.codes import CodeList
from quanyu.core.errors import Fault, Invalid
from quanyu.core.profile import ValueType
from quanyu.evaluate.indicators.checking import parse_definition as parse_indicator
from quanyu.govern.quality.rules import Rule as QualityRule
from quanyu.govern.quality.sql import Surroundings, compile_rule
from quanyu.govern.standards.model import DataModel
from quanyu.govern.standards.service import check
from quanyu.packs.model import Json, Pack
from quanyu.workflow.definition.parse import parse as parse_workflow


def models_of(pack: Pack) -> tuple[DataModel, ...]:
    """Raises Invalid."""
    return tuple(_converted(one, DataModel) for one in pack.models)


def code_lists_of(pack: Pack) -> tuple[CodeList, ...]:
    """Raises Invalid."""
    return tuple(_converted(one, CodeList) for one in pack.code_lists)


def model_faults(pack: Pack) -> Iterator[Fault]:
    yield from _faults("models", pack.models, lambda one: check([_converted(one, DataModel)]))
    yield from _faults("code_lists", pack.code_lists, lambda one: check([_converted(one, CodeList)]))


def source_faults(pack: Pack) -> Iterable[Fault]:
    return _faults("sources", pack.sources, _read_source)


def quality_faults(pack: Pack) -> Iterator[Fault]:
    """A rule must be one that a column of some type can be judged by."""
    for place, one in enumerate(pack.quality_rules):
        tried = [_compiled(one.rule, type_) for type_ in (ValueType.NUMBER, ValueType.TEXT)]
        if None not in tried:
            fault = tried[0] or Fault("packs.form", values={"reason": one.rule.name})
            yield Fault(fault.key, f"/quality_rules/{place}", fault.values)


def _compiled(rule: QualityRule, type_: ValueType) -> Fault | None:
    tables = {str(rule.parameters.get("table", "regions")): ""}
    around = Surroundings(types=dict.fromkeys(rule.columns, type_), tables=tables, as_of=date.min)
    try:
        compile_rule(rule, around, temporary="checked")
    except Invalid as error:
        return error.faults[0]
    return None


def rule_faults(pack: Pack) -> Iterable[Fault]:
    return _faults("rules", pack.rules, parse_rule_form)


def workflow_faults(pack: Pack) -> Iterable[Fault]:
    calendars = {str(one.get("calendar")) for one in pack.workflows}
    return _faults("workflows", pack.workflows, lambda one: parse_workflow(one, calendars=calendars))


def indicator_faults(pack: Pack) -> Iterable[Fault]:
    return _faults("indicators", pack.indicators, parse_indicator)


def _read_source(one: Json) -> None:
    read = _converted(one, SourceInput)
    if read.kind not in KINDS:
        raise Invalid("connect.source.kind", kind=read.kind, kinds=", ".join(KINDS))


def _faults(field: str, forms: Sequence[Json], read: Callable[[Json], object]) -> Iterator[Fault]:
    for place, one in enumerate(forms):
        try:
            read(one)
        except Invalid as error:
            for fault in error.faults:
                yield Fault(fault.key, f"/{field}/{place}{fault.where}", fault.values)


def _converted(one: Json, form: type[Any]) -> Any:
    try:
        return msgspec.convert(dict(one), form)
    except msgspec.ValidationError as error:
        raise Invalid("packs.form", reason=str(error)) from None
