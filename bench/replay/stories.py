"""What really happened, as far as the data tell, and what a city would have done about it where they do not.

What is made up (answers, detours, times of steps in between) follows from the number of the case: the same in every run.
"""

import csv
import gzip
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from python_calamine import CalamineWorkbook

from bench.replay.calculator import Span

BOSTON, CHINA = ZoneInfo("America/New_York"), ZoneInfo("Asia/Shanghai")
UNITS = ("hours", "working_days", "working_hours")
_ODDITY_OF_BOSTON = 0.3
"""The only city that is large: in the whole of it, what is odd happens often enough."""
_NOWHERE = ("42.3594", "-71.0587")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`reached` false: nobody answered the telephone."""

    reached: bool
    solved: bool
    satisfaction: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """`share`: of the limit that was used up when it was handled, where the data say only whether it was late."""

    number: str
    door: str
    reported: datetime
    category: str
    body: str
    text: str
    address: str
    place: tuple[float, float] | None
    end: str  # resolved, rejected, merged, open
    handled: datetime | None = None
    share: float | None = None
    into: str | None = None
    answer: Answer | None = None
    detour: str | None = None  # extend, suspend, rework, send_back
    late_there: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """`skipped`: lines that tell no story, with the reason. `oddity`: how much of what is made up happens, of the usual."""

    name: str
    stories: tuple[Story, ...]
    limits: dict[str, Span]
    skipped: dict[str, int]
    oddity: float = 1.0


def chance(number: str, what: str) -> float:
    """From 0 to 1, the same for ever."""
    return int.from_bytes(hashlib.sha256(f"{what} {number}".encode()).digest()[:6]) / 2**48


def boston(data: Path, limit: int | None = None) -> City:
    """Boston 311, 2015: with real closing times and real duplicates; limits are the median of what the city promised."""
    with gzip.open(data / "boston-311-2015" / "boston_311_2015.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[:limit]
    skipped: defaultdict[str, int] = defaultdict(int)
    oddity = 1.0 if limit else _ODDITY_OF_BOSTON
    stories, promised = [], defaultdict(list)
    kinds = {name: f"B{index:03}" for index, name in enumerate(sorted({row["TYPE"] for row in rows}))}
    for row in rows:
        story = _of_boston(row, kinds[row["TYPE"]], oddity=oddity)
        if story.handled is not None and story.handled < story.reported:
            skipped["closed before it was opened"] += 1
            continue
        stories.append(story)
        if row["TARGET_DT"]:
            promised[story.category].append(
                (_boston_time(row["TARGET_DT"]) - story.reported) / timedelta(days=1)
            )
    limits = {code: _limit(code, median(promised.get(code, [7.0]))) for code in kinds.values()}
    return City(name="boston", stories=tuple(stories), limits=limits, skipped=dict(skipped), oddity=oddity)


def pingshan(data: Path, limit: int | None = None) -> City:
    """Pingshan 12345, 2018: days without hours, whether it was in time, and the body."""
    with (data / "pingshan-12345-2018" / "events.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))[:limit]
    kinds = {name: f"P{name}" for name in sorted({row["main_type_id"] for row in rows})}
    stories = [_of_pingshan(row, kinds[row["main_type_id"]]) for row in rows]
    limits = {code: _limit(code, 1 + 14 * chance(code, "limit")) for code in kinds.values()}
    return City(name="pingshan", stories=tuple(stories), limits=limits, skipped={})


def messages(data: Path, limit: int | None = None) -> City:
    """Messages of citizens to their leaders, 2011 to 2020, with the time of the answer."""
    path = data / "citizen-messages-cn-2020" / "annex4_messages_with_replies.xlsx"
    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()[1:][:limit]
    found = list(_of_messages(rows))
    early = sum(story.handled is not None and story.handled < story.reported for story in found)
    stories = tuple(one for one in found if one.handled is not None and one.handled >= one.reported)
    limits = {f"M{index}": _limit(f"M{index}", days) for index, days in enumerate((7, 15, 10))}
    return City(
        name="messages", stories=stories, limits=limits, skipped={"answered before it was asked": early}
    )


CITIES = {"boston": boston, "pingshan": pingshan, "messages": messages}


def _of_boston(row: dict[str, str], category: str, *, oddity: float) -> Story:
    number, outcome = row["CASE_ENQUIRY_ID"], row["CLOSURE_OUTCOME"]
    reported = _boston_time(row["OPEN_DT"])
    handled = _boston_time(row["CLOSED_DT"]) if row["CLOSED_DT"] else None
    end = "resolved" if handled else "open"
    if outcome == "Case Invalid":
        end = "rejected"
    elif outcome == "Duplicate of Existing Case" and row["CLOSURE_DUP_REF"]:
        end = "merged"
    nowhere = (row["LATITUDE"], row["LONGITUDE"]) == _NOWHERE
    return Story(
        number=number, door="open311", reported=reported, category=category, body=row["Department"].strip("_ ").replace(" ", "_") or "none",
        text=f"{row['CASE_TITLE'] or row['TYPE']} {number}", address=row["Location"] or row["neighborhood"] or "Boston",
        place=None if nowhere else (float(row["LONGITUDE"]), float(row["LATITUDE"])), end=end, handled=handled,
        into=row["CLOSURE_DUP_REF"] or None, answer=_answer(number, asked=0.6 * oddity) if end == "resolved" else None,
        detour=_detour(number, oddity=oddity),
    )  # fmt: skip


def _of_pingshan(row: dict[str, str], category: str) -> Story:
    number, late = row["rec_id"], row["achieve_code"] == "overtime"
    minutes = int(chance(number, "minute") * 24 * 60)
    reported = datetime.fromisoformat(row["create_time"]).replace(tzinfo=CHINA) + timedelta(minutes=minutes)
    return Story(
        number=number, door="hotline", reported=reported.astimezone(UTC), category=category, body=f"u{row['dispose_unit_id']}",
        text=f"{row['sub_type_name']} {number}", address=f"{row['street_name']}{row['community_name']}", place=None,
        end="resolved", share=(1.05 if late else 0.1) + 0.8 * chance(number, "share"), late_there=late,
        answer=_answer(number), detour=_detour(number) if not late else None,
    )  # fmt: skip


def _of_messages(rows: Sequence[Sequence[object]]) -> Iterator[Story]:
    for row in rows:
        number = str(row[0]).removesuffix(".0")
        reported, answered = (_china_time(row[index]) for index in (3, 6))
        yield Story(
            number=number, door="resident", reported=reported, category=f"M{int(chance(number, 'class') * 3)}",
            body=f"d{int(chance(number, 'body') * 12):02}", text=f"{str(row[2]).strip()}\n{str(row[4]).strip()}"[:19_000],
            address="A市", place=None, end="resolved", handled=answered, answer=_answer(number),
        )  # fmt: skip


def _limit(code: str, days: float) -> Span:
    unit = UNITS[int(chance(code, "unit") * 3)]
    whole = min(max(days, 0.5), 60.0)
    working = max(1.0, round(whole * 5 / 7))
    return Span(
        {"hours": round(whole * 24, 1), "working_days": working, "working_hours": working * 7 - 0.5}[unit],
        unit,
    )


def _answer(number: str, *, asked: float = 0.6) -> Answer | None:
    if chance(number, "asked") > asked:
        return None
    solved = chance(number, "solved") < 0.85
    moods = ("satisfied", "fairly", "dissatisfied") if solved else ("fairly", "dissatisfied", None)
    mood = moods[min(int(chance(number, "mood") * 4), 2)]
    return Answer(reached=chance(number, "reached") < 0.9, solved=solved, satisfaction=mood)


def _detour(number: str, *, oddity: float = 1.0) -> str | None:
    drawn = chance(number, "detour") / oddity
    return next(
        (
            name
            for name, most in (("extend", 0.04), ("suspend", 0.07), ("rework", 0.10), ("send_back", 0.12))
            if drawn < most
        ),
        None,
    )


def _boston_time(text: str) -> datetime:
    return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=BOSTON).astimezone(UTC)


def _china_time(value: object) -> datetime:
    if not isinstance(value, datetime):
        day, _, hour = str(value).strip().partition(" ")
        value = datetime.strptime(f"{day} {hour or '0:0:0'}", "%Y/%m/%d %H:%M:%S")  # noqa: DTZ007 (its zone follows)
    return value.replace(tzinfo=CHINA).astimezone(UTC)
