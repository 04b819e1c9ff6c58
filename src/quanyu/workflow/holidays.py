"""Tables of public holidays: days off, and days made up for them (调休). Pure.

A table is a JSON file as github.com/NateScarlet/holiday-cn publishes it for each year, as soon as the State Council has spoken:
`{"year": 2027, "days": [{"name": …, "date": …, "isOffDay": …}]}`, or a CSV file with the columns date, name, isOffDay.
"""

import csv
import io
from collections.abc import Sequence
from datetime import date
from importlib.resources import files

import msgspec

from quanyu.core.errors import Fault, Invalid
from quanyu.workflow.calendars import CalendarSource, WeekSource

_OFF = {
    "true": True,
    "1": True,
    "yes": True,
    "是": True,
    "false": False,
    "0": False,
    "no": False,
    "否": False,
}


class Holiday(msgspec.Struct, frozen=True, rename="camel"):
    date: date
    is_off_day: bool
    name: str = ""


class Table(msgspec.Struct, frozen=True):
    """`years` are covered: a day of them that is not named is as any other."""

    days: tuple[Holiday, ...]
    year: int | None = None
    years: tuple[int, ...] = ()

    @property
    def covered(self) -> frozenset[int]:
        said = {*self.years, *([self.year] if self.year else [])}
        return frozenset(said or {one.date.year for one in self.days})


def built_in() -> Table:
    """China, 2007 to the last year that was published when this was released."""
    return parse_holidays((files("quanyu.workflow") / "tables" / "holidays-cn.json").read_bytes())


def parse_holidays(content: bytes) -> Table:
    """Raises Invalid, with every line of a CSV file that is wrong."""
    text = content.removeprefix(b"\xef\xbb\xbf")
    if not text.lstrip().startswith((b"{", b"[")):
        return _from_csv(text)
    try:
        table = msgspec.json.decode(text, type=Table)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise Invalid("workflow.holidays.form", reason=str(error)) from None
    return _checked(table)


def with_holidays(source: CalendarSource, table: Table) -> CalendarSource:
    """The table replaces what the calendar knew of its years. It is known until the end of the last year without a gap."""
    kept = {day: hours for day, hours in source.days.items() if day.year not in table.covered}
    found = {one.date: "" if one.is_off_day else _usual_hours(source.weeks, one.date) for one in table.days}
    return msgspec.structs.replace(
        source, days=dict(sorted((kept | found).items())), known_until=_known_until(source.known_until, table)
    )


def _known_until(known: date | None, table: Table) -> date:
    year = known.year if known is not None else min(table.covered)
    while year + 1 in table.covered:
        year += 1
    return max(date(year, 12, 31), known or date.min)


def _usual_hours(weeks: Sequence[WeekSource], day: date) -> str:
    """A day that is made up for has the hours of the first working day of its week."""
    ordered = sorted(weeks, key=lambda one: one.valid_from)
    week = next((one for one in reversed(ordered) if one.valid_from <= day), ordered[0])
    return next(hours for hours in week.hours if hours)


def _from_csv(text: bytes) -> Table:
    faults: list[Fault] = []
    days: list[Holiday] = []
    try:
        reader = csv.DictReader(io.StringIO(text.decode("utf-8")))
        for row in reader:
            try:
                off = _OFF[(row.get("isOffDay") or "").strip().lower()]
                days.append(
                    Holiday(date.fromisoformat((row.get("date") or "").strip()), off, row.get("name") or "")
                )
            except (KeyError, ValueError):
                where = f"line {reader.line_num}"
                faults.append(Fault("workflow.holidays.line", where, {"line": reader.line_num}))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Invalid("workflow.holidays.form", reason=str(error)) from None
    if faults:
        raise Invalid("workflow.holidays.lines", faults=tuple(faults), count=len(faults))
    return _checked(Table(tuple(days)))


def _checked(table: Table) -> Table:
    seen: set[date] = set()
    twice = {one.date for one in table.days if one.date in seen or seen.add(one.date)}  # type: ignore[func-returns-value]
    if not table.days:
        raise Invalid("workflow.holidays.empty")
    if twice:
        raise Invalid("workflow.holidays.twice", days=", ".join(map(str, sorted(twice)))[:200])
    return table
