"""What the node has written, compared line by line with what it should have."""

import json
from collections import Counter
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.replay.books import sheet
from bench.replay.play import Player, Stay

DEFINITION = Path(__file__).parents[2] / "src/quanyu/act/cases/definitions/case.json"
PERIOD = {"from": "2000-01-01T00:00:00Z", "until": "2030-01-01T00:00:00Z"}
NEAR = 0.01
_BELLS = ("overdue", "escalate")


@dataclass(slots=True)
class Verdict:
    """`wrong` says everything that is not as it should be; the counts say how much was looked at."""

    wrong: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


async def judge(player: Player) -> Verdict:
    verdict = Verdict()
    await _timelines(player, verdict)
    await _scores(player, verdict)
    return verdict


async def _timelines(player: Player, verdict: Verdict) -> None:
    legal, node = _legal(), player.town.node
    unseen = {one.id: one for one in player.entries}
    async with node.database.tenant(node.tenant) as connection:
        rows = connection.cursor(
            "select r.id, s.body from workflow_step s join case_record r on r.tenant = s.tenant and r.instance = s.instance "
            "order by s.instance, s.number", prefetch=2000,
        )  # fmt: skip
        async for id, steps in _by_case(rows):
            verdict.counts["steps"] += len(steps)
            verdict.wrong += [
                f"{id}: {one['origin']} -{one['act']}-> {one['target']} is not legal"
                for one in steps
                if one["origin"] != one["target"] and (one["act"], one["origin"], one["target"]) not in legal
            ]
            if entry := unseen.pop(id, None):
                _compare(id, steps, entry.stays, verdict)
            else:
                verdict.wrong.append(f"{id}: nobody reported it")
    verdict.wrong += [f"{id} is not there" for id in unseen]
    for story, entry in player.plain():
        verdict.counts["late or in time as there"] += 1
        if entry.late is not story.late_there:
            verdict.wrong.append(f"{entry.id}: late {entry.late}, there {story.late_there}")


async def _by_case(rows: AsyncIterable[Any]) -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """A year of a city does not fit into memory at once."""
    id, steps = "", list[dict[str, Any]]()
    async for row in rows:
        if row["id"] != id and steps:
            yield id, steps
            steps = []
        id = row["id"]
        steps.append(row["body"])
    if steps:
        yield id, steps


def _compare(id: str, steps: list[dict[str, Any]], stays: list[Stay], verdict: Verdict) -> None:
    told = [one for one in steps if one["act"] not in _BELLS]
    if [(one["act"], one["target"]) for one in told] != [(one.act, one.state) for one in stays]:
        verdict.wrong.append(f"{id}: {[one['act'] for one in told]} instead of {[one.act for one in stays]}")
        return
    for step, stay in zip(told, stays, strict=True):
        due = datetime.fromisoformat(step["due"]) if step["due"] else None
        verdict.counts["due times"] += due is not None
        same = (due is None) == (stay.due is None) and (
            due is None or abs((due - stay.due).total_seconds()) < 0.001
        )
        if not same or datetime.fromisoformat(step["at"]) != stay.at.astimezone(UTC):
            verdict.wrong.append(f"{id} {stay.act} at {stay.at}: due {due} instead of {stay.due}")
    rung = Counter((step["origin"], step["due"], step["act"]) for step in steps if step["act"] == "overdue")
    verdict.counts["bells told"] += sum(step["act"] in _BELLS for step in steps)
    verdict.wrong += [f"{id}: {what} was told {often} times" for what, often in rung.items() if often > 1]


async def _scores(player: Player, verdict: Verdict) -> None:
    lines = await _sheet(player)
    own = sheet(player.entries)
    if set(lines) != set(own):
        verdict.wrong.append(f"bodies {sorted(set(lines) ^ set(own))}")
    for body in sorted(set(lines) & set(own)):
        verdict.counts["score lines"] += 1
        if faults := _differing(lines[body], own[body]):
            verdict.wrong.append(f"score of {body}: {faults}")
    answered = [
        one for one in player.entries if one.answer and one.answer["valid"] and one.state == "archived"
    ]
    for entry in answered[:: max(1, len(answered) // 10)][:10]:
        verdict.counts["answers removed"] += 1
        without, own_without = await _sheet(player, entry.id), sheet(player.entries, without=entry.id)
        changed = [body for body in lines if lines[body] != without[body]]
        if changed != [entry.body] or _differing(without[entry.body or ""], own_without[entry.body or ""]):
            verdict.wrong.append(f"without the answer about {entry.id} of {entry.body}: {changed} change")


async def _sheet(player: Player, without: str | None = None) -> dict[str, dict[str, Any]]:
    if without is None:
        answer = await player.town.ask("supervisor", "GET", "/api/v1/scores", params=PERIOD)
    else:
        answer = await player.town.ask(
            "supervisor", "POST", "/api/v1/scores/simulation", params=PERIOD, json={"cases": [without]}
        )
    return {one["organisation"]: one for one in answer["lines"]}


def _differing(line: dict[str, Any], own: dict[str, Any]) -> list[str]:
    told = {name: line["rates"][name] for name in ("response", "solution", "satisfaction")}
    told |= {
        "points": line["score"]["points"],
        "grade": line["score"]["band"] and line["score"]["band"]["grade"],
    }
    return [f"{name} {told[name]} instead of {own[name]}" for name in own if not _same(told[name], own[name])]


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float | int) and isinstance(other, float | int):
        return abs(one - other) <= NEAR
    return bool(one == other)


def _legal() -> set[tuple[str, str, str]]:
    """Act, from, to: as the definition says."""
    read = json.loads(DEFINITION.read_text(encoding="utf-8"))
    moves = {("open", "", read["start"])}
    for action in read["actions"]:
        moves |= {(action["name"], origin, action["to"]) for origin in action["from"] if action.get("to")}
    for approval in read["approvals"]:
        moves |= {("grant", origin, approval["to"]) for origin in approval["from"] if approval.get("to")}
    return moves
