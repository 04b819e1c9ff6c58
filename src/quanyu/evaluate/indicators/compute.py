"""Indicators are counted: only the periods that something happened in, or any of the past again."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from quanyu.core.clock import city_day
from quanyu.core.errors import Invalid
from quanyu.evaluate.indicators import _sql
from quanyu.evaluate.indicators.arithmetic import value_of
from quanyu.evaluate.indicators.checking import in_order, is_present
from quanyu.evaluate.indicators.counting import Counted, Key, Question, count, of_nothing
from quanyu.evaluate.indicators.dataset_counting import count_records, days_of
from quanyu.evaluate.indicators.definitions import Known, known, with_references
from quanyu.evaluate.indicators.history_counting import count_history
from quanyu.evaluate.indicators.model import Indicator, Value
from quanyu.evaluate.indicators.periods import (
    Period,
    PeriodKind,
    period_of,
    periods_between,
    periods_of,
)
from quanyu.evaluate.indicators.sources import CITY, DATASET, HISTORY
from quanyu.evaluate.indicators.tree import Kind, Measure, Source
from quanyu.query import DuckEngine, Engine
from quanyu.store import Connection

OVERLAP = timedelta(minutes=10)
"""What began before the last count may have been committed after it: counting it twice changes nothing."""
MOST_PERIODS = 1500
_MOST_DAYS = timedelta(days=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Without days only what has changed since the last time. `codes` None is every indicator. Raises Invalid where the days are none."""

    codes: tuple[str, ...] | None = None
    first: date | None = None
    last: date | None = None

    def __post_init__(self) -> None:
        if self.first and self.last and self.first > self.last:
            raise Invalid("evaluate.period", start=self.first, end=self.last)


@dataclass(frozen=True, slots=True)
class Done:
    periods: int
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Files:
    """Where records lie, and who reads them."""

    engine: Engine
    folder: Path


async def compute(
    connection: Connection, tenant: str, folder: Path, wanted: Wanted, *, now: datetime, engine: Engine | None = None
) -> Done:  # fmt: skip
    """Within the caller's transaction: all values of one count are seen together. Raises NotFound for an unknown code.

    What lies in files is asked of `engine`; without one, of DuckDB in this process.
    """
    files = Files(engine or DuckEngine(folder, memory="512MB"), folder)
    began = await _sql.moment(connection)
    definitions = await known(connection)
    chosen = definitions if wanted.codes is None else _only(definitions, wanted.codes)
    today = city_day(now)
    days = await _days(connection, files, chosen, wanted, today)
    made: list[Value] = []
    counted: list[tuple[str, date]] = []
    for kind in PeriodKind:
        if not any(one.said.period is kind for every in chosen.versions.values() for one in every):
            continue
        periods = tuple(one for one in days(kind) if one.start <= today)[-MOST_PERIODS:]
        count_of_kind = _Count(connection, tenant, files, chosen, periods, now)
        values, covered = await count_of_kind.run()
        made += values
        counted += covered
    await _sql.keep(connection, tenant, made, counted, now)
    if wanted == Wanted():
        await _sql.set_counted_until(connection, tenant, began)
    return Done(len({start for _, start in counted}), tuple(made))


def _only(definitions: Known, codes: Iterable[str]) -> Known:
    kept = with_references(codes, definitions.newest())
    return Known({code: every for code, every in definitions.versions.items() if code in kept})


Days = Callable[[PeriodKind], Iterable[Period]]


async def _days(
    connection: Connection, files: Files, chosen: Known, wanted: Wanted, today: date
) -> Days:  # fmt: skip
    """The periods of each kind that are to be counted."""
    if wanted.first is not None or wanted.last is not None:
        first, last = wanted.first or wanted.last or today, min(wanted.last or today, today)
        return lambda kind: periods_between(kind, first, last)
    since = await _sql.counted_until(connection)
    recorded = await _recorded_days(connection, files, chosen, since)
    if since is None:
        first = await _sql.first_case(connection) or today
        return lambda kind: sorted({*periods_between(kind, first, today), *periods_of(kind, recorded)})
    touched, opened = await _sql.touched_days(connection, since - OVERLAP)
    touched |= recorded | {today}
    return lambda kind: sorted({
        *periods_of(kind, touched), *(periods_between(kind, opened, today) if opened else ())
    })  # fmt: skip


async def _recorded_days(
    connection: Connection, files: Files, chosen: Known, since: datetime | None
) -> set[date]:
    """On which the records of datasets fall that have changed."""
    sources = {
        measure.source for every in chosen.versions.values() for one in every for measure in one.measures
        if measure.source.name == DATASET and measure.source.at
    }  # fmt: skip
    names = [one.of for one in sources]
    changed = names if since is None else await _sql.changed_datasets(connection, names, since - OVERLAP)
    found: set[date] = set()
    for one in sources:
        if one.of in changed:
            found |= await days_of(connection, files.engine, files.folder, one.of, one.at)
    newest = max(found, default=date.max)
    return {day for day in found if newest - day <= _MOST_DAYS}


@dataclass(slots=True)
class _Count:
    """Of periods of one kind."""

    connection: Connection
    tenant: str
    files: Files
    definitions: Known
    periods: tuple[Period, ...]
    now: datetime

    async def run(self) -> tuple[list[Value], list[tuple[str, date]]]:
        """The values, and the indicators and periods that they are all of."""
        force = {period: self._in_force(period) for period in self.periods}
        counted = await self._counted(force)
        inputs = await self._inputs(one for every in force.values() for one in every)
        values: list[Value] = []
        for period, indicators in force.items():
            values += _values_of(period, indicators, counted, inputs, self.now)
        return values, [(one.code, period.start) for period, every in force.items() for one in every]

    def _in_force(self, period: Period) -> list[Indicator]:
        """Each after those that it refers to; what speaks of the present only where the period holds it."""
        valid = self.definitions.on(period.last_day)
        of_the_kind = {code: one for code, one in valid.items() if one.said.period is period.kind}
        holds_now = period == period_of(period.kind, city_day(self.now))
        late: set[str] = set()
        for one in in_order(of_the_kind):
            if not holds_now and (is_present(one) or not late.isdisjoint(one.refers_to)):
                late.add(one.code)
        return [one for one in in_order(of_the_kind) if one.code not in late]

    async def _counted(self, force: Mapping[Period, list[Indicator]]) -> Counted:
        found: Counted = {}
        for question in _questions(force, self.now):
            found |= await self._asked(question)
        return found

    async def _asked(self, question: Question) -> Counted:
        if question.source.name == DATASET:
            return await count_records(self.connection, self.files.engine, self.files.folder, question)
        if question.source.name == HISTORY:
            return await count_history(
                self.connection, self.tenant, self.files.engine, self.files.folder, question
            )
        return await count(self.connection, question)

    async def _inputs(self, indicators: Iterable[Indicator]) -> dict[Source, datetime | None]:
        sources = {measure.source for one in indicators for measure in one.measures}
        return {one: await _sql.newest_input(self.connection, one.name, one.of) for one in sources}


def _questions(force: Mapping[Period, list[Indicator]], now: datetime) -> list[Question]:
    """One for the measures of a source that are wanted of the same periods; ranks, which need sorting, apart."""
    periods: dict[Measure, dict[Period, None]] = {}
    divided: dict[tuple[Source, bool], dict[str, None]] = {}
    for period, indicators in force.items():
        for one in indicators:
            for measure in one.measures:
                periods.setdefault(measure, {})[period] = None
                divided.setdefault(_sort(measure), {}).update(dict.fromkeys(one.said.dimensions))
    asked: dict[tuple[tuple[Source, bool], tuple[Period, ...]], list[Measure]] = {}
    for measure, of in periods.items():
        asked.setdefault((_sort(measure), tuple(of)), []).append(measure)
    return [
        Question(sort[0], tuple(measures), of, tuple(divided[sort]), now) for (sort, of), measures in asked.items()
    ]  # fmt: skip


def _sort(measure: Measure) -> tuple[Source, bool]:
    return measure.source, measure.kind is Kind.PERCENTILE


def _values_of(
    period: Period, indicators: list[Indicator], counted: Counted, inputs: Mapping[Source, datetime | None], now: datetime
) -> list[Value]:  # fmt: skip
    """Keys come from what was counted; a key of which nothing is known has no row, the city always has one."""
    results: dict[str, dict[Key, float | None]] = {}
    oldest: dict[str, datetime | None] = {}
    made: list[Value] = []
    for one in indicators:
        groups = [counted[measure, period] for measure in one.measures]
        groups += [results.get(code, {}) for code in one.refers_to]
        keys = {key for group in groups for key in group if key[0] in one.dimensions} | {(CITY, "")}
        results[one.code] = {key: _value(one, key, period, counted, results) for key in sorted(keys)}
        oldest[one.code] = _oldest(
            [inputs[measure.source] for measure in one.measures]
            + [oldest.get(code) for code in one.refers_to]
        )
        made += [
            Value(
                code=one.code, period=period, dimension=key[0], key=key[1], value=value, version=one.version,
                computed=now, inputs=oldest[one.code],
            )
            for key, value in results[one.code].items() if value is not None or key[0] == CITY
        ]  # fmt: skip
    return made


def _value(
    one: Indicator, key: Key, period: Period, counted: Counted, results: Mapping[str, Mapping[Key, float | None]]
) -> float | None:  # fmt: skip
    def measured(measure: Measure) -> float | None:
        group = counted[measure, period]
        return group[key] if key in group else of_nothing(measure)

    return value_of(one.formula, measured, lambda code: results.get(code, {}).get(key))


def _oldest(moments: list[datetime | None]) -> datetime | None:
    return None if None in moments else min((one for one in moments if one is not None), default=None)
