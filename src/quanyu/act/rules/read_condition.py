"""Conditions from their JSON form: reading goes on after a fault, so that all are found."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from quanyu.act.rules.conditions import (
    All,
    Any,
    Bound,
    Condition,
    Crosses,
    Fits,
    Inside,
    Not,
    Rate,
    Side,
    Silent,
    Window,
)
from quanyu.act.rules.model import ConditionSource, GeoSource, RateSource, SilentSource, WindowSource
from quanyu.act.rules.rule import NO_TIME
from quanyu.core.errors import Fault, Invalid
from quanyu.twin.history.duration import Duration
from quanyu.twin.ngsild.context import CORE
from quanyu.twin.ngsild.query import GeoQuery, parse_geo_query, parse_q
from quanyu.twin.ngsild.query.names import targets
from quanyu.twin.ngsild.query.tree import Link

LONGEST = timedelta(days=366)
_DEEPEST = 8

Made = TypeVar("Made")


@dataclass(slots=True)
class Reader:
    """`faults`: all that was wrong with what was read; what cannot be read is None."""

    faults: list[Fault] = field(default_factory=list)
    _fences: int = 0

    def condition(self, said: ConditionSource, where: str, depth: int = 0) -> Condition | None:
        given = [name for name in said.__struct_fields__ if getattr(said, name) is not None]
        if len(given) != 1:
            self.fault("act.rule.one_of", where, count=len(given))
            return None
        if depth > _DEEPEST:
            self.fault("act.rule.deep", where, most=_DEEPEST)
            return None
        match given[0], getattr(said, given[0]):
            case "q", str(text):
                return self.q(text, f"{where}/q")
            case "geo", GeoSource() as source:
                return self.inside(source, f"{where}/geo")
            case ("enters" | "leaves") as way, GeoSource() as source:
                return self._fence(source, Side.ENTERED if way == "enters" else Side.LEFT, f"{where}/{way}")
            case _, WindowSource() as source:
                return self._window(source, f"{where}/window")
            case _, RateSource() as source:
                return self._rate(source, f"{where}/rate")
            case _, SilentSource() as source:
                return self._silent(source, f"{where}/silent")
            case _, ConditionSource() as source:
                part = self.condition(source, f"{where}/not", depth + 1)
                return None if part is None else Not(part)
            case word, parts:
                return self._several(word, parts, f"{where}/{word}", depth)

    def q(self, text: str, where: str) -> Condition | None:
        term = self.attempt(where, lambda: parse_q(text, CORE.stored))
        if term is None:
            return None
        if any(isinstance(one, Link) for one in targets(term)):
            self.fault("act.rule.link", where)
        return Fits(term)

    def inside(self, said: GeoSource, where: str) -> Condition | None:
        geo = self._geo(said, where)
        return None if geo is None else Inside(geo)

    def optional(self, text: str, where: str) -> timedelta:
        return (self._duration(text, where) if text else None) or NO_TIME

    def attempt(self, where: str, make: Callable[[], Made]) -> Made | None:
        try:
            return make()
        except Invalid as error:
            self.faults.extend(Fault(one.key, where, one.values) for one in error.faults)
            return None

    def fault(self, key: str, where: str, **values: object) -> None:
        self.faults.append(Fault(key, where, values))

    def _several(
        self, word: str, parts: tuple[ConditionSource, ...], where: str, depth: int
    ) -> Condition | None:
        if not parts:
            self.fault("act.rule.empty", where)
        read = tuple(self.condition(one, f"{where}/{number}", depth + 1) for number, one in enumerate(parts))
        made = tuple(one for one in read if one is not None)
        return All(made) if word == "all" else Any(made)

    def _fence(self, source: GeoSource, to: Side, where: str) -> Condition | None:
        self._fences += 1
        geo = self._geo(source, where)
        return None if geo is None else Crosses(str(self._fences), geo, to)

    def _window(self, said: WindowSource, where: str) -> Condition | None:
        attribute, over = (
            self.name(said.attribute, f"{where}/attribute"),
            self._duration(said.over, f"{where}/over"),
        )
        bound = self._bound(said.above, said.below, where)
        if attribute is None or over is None:
            return None
        return Window(attribute=attribute, over=over, figure=said.value, bound=bound, least=said.least)

    def _rate(self, said: RateSource, where: str) -> Condition | None:
        attribute, over = (
            self.name(said.attribute, f"{where}/attribute"),
            self._duration(said.over, f"{where}/over"),
        )
        per, bound = self._duration(said.per, f"{where}/per"), self._bound(said.above, said.below, where)
        if attribute is None or over is None or per is None:
            return None
        return Rate(attribute=attribute, over=over, per=per, bound=bound)

    def _silent(self, said: SilentSource, where: str) -> Condition | None:
        over = self._duration(said.over, f"{where}/over")
        names = [self.name(one, f"{where}/attributes") for one in said.attributes]
        return None if over is None else Silent(over, tuple(one for one in names if one is not None))

    def _bound(self, above: float | None, below: float | None, where: str) -> Bound:
        if above is None and below is None:
            self.fault("act.rule.bound", where)
        return Bound(above=above, below=below)

    def _geo(self, said: GeoSource, where: str) -> GeoQuery | None:
        property = self.name(said.property, f"{where}/property")
        if property is None:
            return None
        return self.attempt(
            where,
            lambda: parse_geo_query(
                georel=said.georel, geometry=said.geometry, coordinates=said.coordinates, property=property
            ),
        )

    def name(self, term: str, where: str) -> str | None:
        return self.attempt(where, lambda: CORE.stored(term))

    def _duration(self, text: str, where: str) -> timedelta | None:
        with suppress(Invalid, OverflowError):
            found = Duration.parse(text)
            if not found.months and NO_TIME < found.rest <= LONGEST:
                return found.rest
        self.fault("act.rule.duration", where, text=text, most=LONGEST.days)
        return None
