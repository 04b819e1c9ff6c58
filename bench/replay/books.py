"""Scores once more, from what the player wrote down, as the definitions say it; shares no code with `quanyu.evaluate`."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

_WEIGHTS = {
    "solved": 0.40,
    "satisfied": 0.30,
    "quality": 0.15,
}  # nobody measures the use of what is not there
_FAIRLY, _FEW, _Z = 0.9, 100, 1.96
_GRADES = ((90, "A"), (75, "B"), (60, "C"), (40, "D"), (0, "E"))


@dataclass(slots=True, kw_only=True)
class Entry:
    """One case as the player remembers it."""

    id: str
    body: str | None = None
    weight: float = 1.0
    state: str = "reported"
    late: bool = False
    reworks: int = 0
    answer: dict[str, Any] | None = None
    stays: list[Any] = field(default_factory=list)


def sheet(
    entries: Iterable[Entry], *, without: str | None = None
) -> dict[str, dict[str, float | str | None]]:
    """By body: the three rates, the points and the grade."""
    by_body: defaultdict[str, list[Entry]] = defaultdict(list)
    for one in entries:
        if one.body is not None and one.state not in ("rejected", "merged", "void"):
            by_body[one.body].append(one)
    return {body: _line(some, without) for body, some in by_body.items()}


def _line(some: list[Entry], without: str | None) -> dict[str, float | str | None]:
    answers = {one.id: one.answer for one in some if one.answer and one.answer["valid"] and one.id != without}
    rated = [one["satisfaction"] for one in answers.values() if one["satisfaction"]]
    pleased = sum({"satisfied": 1.0, "fairly": _FAIRLY}.get(one, 0.0) for one in rated)
    solved = sum(one.weight for one in some if _is_solved(one, answers.get(one.id)))
    done = [one for one in some if one.state in ("archived", "checking", "closing", "closed")]
    parts = {
        "solved": solved / sum(one.weight for one in some),
        "satisfied": _bounded(pleased / len(rated), len(rated)) if rated else None,
        "quality": sum(not one.late for one in done) / len(done) if done else None,
    }
    known = {name: part for name, part in parts.items() if part is not None}
    points = (
        100
        * sum(_WEIGHTS[name] * part for name, part in known.items())
        / sum(_WEIGHTS[name] for name in known)
    )
    calls = len(answers)
    return {
        "response": sum(one["contacted"] for one in answers.values()) / calls if calls else None,
        "solution": sum(one["solved"] is True for one in answers.values()) / calls if calls else None,
        "satisfaction": pleased / calls if calls else None,
        "points": points, "grade": next(grade for least, grade in _GRADES if points >= least),
    }  # fmt: skip


def _is_solved(one: Entry, answer: dict[str, Any] | None) -> bool:
    return bool(answer["solved"]) if answer and answer["solved"] is not None else one.state == "archived"


def _bounded(share: float, number: int) -> float:
    if number >= _FEW:
        return share
    square = _Z * _Z
    root = math.sqrt(share * (1 - share) / number + square / (4 * number * number))
    return max(0.0, (share + square / (2 * number) - _Z * root) / (1 + square / number))
