"""A definition is read once and wholly: what is wrong with it is told at once, and with those that it refers to."""

from collections.abc import Iterable, Mapping

import msgspec

from quanyu.core.errors import Fault, Invalid
from quanyu.core.messages import LANGUAGES
from quanyu.evaluate.indicators.language import parse_formula
from quanyu.evaluate.indicators.model import Definition, Direction, Indicator
from quanyu.evaluate.indicators.sources import CITY, DATASET, HISTORY, SOURCE_BY_NAME, FieldKind, Time
from quanyu.evaluate.indicators.statement import kind_of
from quanyu.evaluate.indicators.tree import (
    Among,
    Begins,
    Compare,
    Condition,
    Flag,
    Formula,
    Kind,
    Known,
    Measure,
    conditions_of,
    inner_formulas,
)


def parse_definition(source: object) -> Indicator:
    """Raises Invalid with every fault, except those that only the other indicators show."""
    try:
        said = msgspec.convert(source, Definition)
    except msgspec.ValidationError as error:
        raise Invalid("evaluate.indicator.form", reason=str(error)) from None
    faults = list(_of_the_form(said))
    try:
        formula = parse_formula(said.formula)
    except Invalid as error:
        faults.append(Fault(error.key, "/formula", error.values))
        formula = None
    if formula is not None:
        faults += _of_the_formula(formula, said)
    if faults or formula is None:
        raise Invalid("evaluate.indicator.invalid", faults=tuple(faults), code=said.code, count=len(faults))
    return Indicator(said=said, formula=formula)


def check_together(changed: Iterable[Indicator], known: Mapping[str, Indicator]) -> None:
    """Raises Invalid where one refers to none, to one of other periods or fewer dimensions, or, however far round, to itself."""
    every = {**known, **{one.code: one for one in changed}}
    faults = tuple(fault for one in changed for fault in _of_references(one, every))
    if faults:
        raise Invalid("evaluate.indicator.together", faults=faults, count=len(faults))


def in_order(every: Mapping[str, Indicator]) -> list[Indicator]:
    """Each after all that it refers to. Versions of different days may meet in a circle; one of them then finds nothing."""
    done: list[Indicator] = []
    seen: set[str] = set()

    def take(code: str) -> None:
        if code in seen or code not in every:
            return
        seen.add(code)
        for other in every[code].refers_to:
            take(other)
        done.append(every[code])

    for code in every:
        take(code)
    return done


def is_present(indicator: Indicator) -> bool:
    """Whether it says how things stand now, which cannot be found out later."""
    return any(_looks_at_present(measure) for measure in indicator.measures)


def _looks_at_present(measure: Measure) -> bool:
    source = SOURCE_BY_NAME.get(measure.source.name)
    if source is None:
        return not measure.source.at
    if source.time is Time.PRESENT:
        return True
    fields = source.fields
    return fields is not None and any(fields[name].present for name, _ in fields_of(measure))


def _of_the_form(said: Definition) -> Iterable[Fault]:
    missing = [language for language in LANGUAGES if not said.titles.get(language)]
    if missing:
        yield Fault("evaluate.indicator.title", "/titles", {"languages": ", ".join(missing)})
    limits = said.thresholds
    if limits is not None and said.direction is Direction.NONE:
        yield Fault("evaluate.indicator.direction", "/direction")
    in_order = limits is None or (limits.green >= limits.yellow) is (said.direction is Direction.UP)
    if limits is not None and limits.green != limits.yellow and not in_order:
        yield Fault("evaluate.indicator.thresholds", "/thresholds")
    if CITY in said.dimensions or len(set(said.dimensions)) < len(said.dimensions):
        yield Fault("evaluate.indicator.twice", "/dimensions")


def _of_the_formula(formula: Formula, said: Definition) -> Iterable[Fault]:
    if isinstance(formula, Measure):
        yield from _of_a_measure(formula, said)
    for part in inner_formulas(formula):
        yield from _of_the_formula(part, said)


def _of_a_measure(measure: Measure, said: Definition) -> Iterable[Fault]:
    named = measure.source.name
    if measure.kind is Kind.PERCENTILE and not 0 <= measure.rank <= 100:
        yield _fault("rank", rank=measure.rank)
    if measure.kind is Kind.PERCENTILE and named == HISTORY:
        yield _fault("ranked_history")
    if named == DATASET:
        yield from _of_dimensions(said, frozenset(), named)
        return
    source = SOURCE_BY_NAME.get(named)
    if source is None:
        yield _fault("source", source=named, sources=", ".join((*SOURCE_BY_NAME, DATASET)))
        return
    yield from _of_dimensions(said, frozenset(source.dimensions), named)
    if source.fields is None:
        return
    for name, kind in fields_of(measure):
        field = source.fields.get(name)
        if field is None:
            yield _fault("field", field=name, source=named, fields=", ".join(source.fields))
        elif kind is not None and field.kind is not kind:
            yield _fault("kind", field=name, kind=field.kind.value, wanted=kind.value)


def _of_dimensions(said: Definition, offered: frozenset[str], source: str) -> Iterable[Fault]:
    for one in said.dimensions:
        if one not in offered:
            values: dict[str, object] = {
                "dimension": one,
                "source": source,
                "offered": ", ".join(sorted(offered)),
            }
            yield Fault("evaluate.formula.dimension", "/dimensions", values)


def fields_of(measure: Measure) -> Iterable[tuple[str, FieldKind | None]]:
    """Fields, and the kind that each must have; None takes any."""
    if measure.field:
        yield measure.field, FieldKind.NUMBER
    for one in _conditions(measure):
        match one:
            case Flag(name):
                yield name, FieldKind.FLAG
            case Known(name):
                yield name, None
            case Begins(name):
                yield name, FieldKind.TEXT
            case Compare(name, _, value):
                yield name, kind_of(value)
            case Among(name, values):
                yield from ((name, kind_of(value)) for value in values)


def _conditions(measure: Measure) -> tuple[Condition, ...]:
    return (*conditions_of(measure.where), *conditions_of(measure.part))


def _of_references(one: Indicator, every: Mapping[str, Indicator]) -> Iterable[Fault]:
    for code in one.refers_to:
        other = every.get(code)
        if other is None:
            yield _fault("unknown", code=code, by=one.code)
        elif other.said.period is not one.said.period:
            yield _fault("period", code=code, by=one.code, period=other.said.period.value)
        elif lacking := set(one.said.dimensions) - set(other.said.dimensions):
            yield _fault("lacks", code=code, by=one.code, dimensions=", ".join(sorted(lacking)))
    if _reaches(one.code, one.refers_to, every):
        yield _fault("circle", code=one.code)


def _reaches(goal: str, codes: tuple[str, ...], every: Mapping[str, Indicator]) -> bool:
    seen: set[str] = set()
    open_codes = list(codes)
    while open_codes:
        code = open_codes.pop()
        if code == goal:
            return True
        if code not in seen and code in every:
            seen.add(code)
            open_codes += every[code].refers_to
    return False


def _fault(name: str, **values: object) -> Fault:
    return Fault(f"evaluate.formula.{name}", "/formula", values)
