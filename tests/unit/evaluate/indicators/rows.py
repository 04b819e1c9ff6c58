"""Cases as rows, as the database holds them when a month is over, made without going through every post."""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from quanyu.store import Connection

CLASSES = {"E01001": 1.0, "E01002": 2.0, "C03001": 0.5}

_COLUMNS = (
    "id", "class", "channel", "region", "handled_by", "state", "outcome", "reported", "closed", "filed", "due", "late", "reworks",
    "reopened", "sent_back", "callback", "lon", "lat", "reopens", "address",
)  # fmt: skip


def row(id: str, reported: datetime, **other: Any) -> dict[str, Any]:
    """A case that nobody has done anything about."""
    plain = {
        "id": id, "class": None, "channel": "hotline", "region": None, "handled_by": None, "state": "reported", "outcome": None,
        "reported": reported, "closed": None, "filed": None, "due": None, "late": False, "reworks": 0, "reopened": 0,
        "sent_back": 0, "callback": None, "lon": None, "lat": None, "reopens": None, "address": None,
    }  # fmt: skip
    return plain | {name.rstrip("_"): value for name, value in other.items()}


def some_rows(number: int, start: datetime, days: int, *, seed: int = 1) -> list[dict[str, Any]]:
    """Of every sort, always the same."""
    chance = random.Random(seed)
    return [_some(chance, f"S{n:05}", start + timedelta(days=chance.random() * days)) for n in range(number)]


def _some(chance: random.Random, id: str, reported: datetime) -> dict[str, Any]:
    body = chance.choice([None, "roads", "water", "parks"])
    outcome = chance.choice(["archived", "archived", "archived", "rejected", "merged", "void", None, None])
    closed = reported + timedelta(hours=chance.uniform(1, 2000)) if outcome else None
    rating = chance.choice([None, "satisfied", "fairly", "dissatisfied"])
    asked = {"valid": chance.random() < 0.8, "contacted": chance.random() < 0.9, "solved": chance.choice([True, True, False, None]), "satisfaction": rating}  # fmt: skip
    return row(
        id, reported, class_=chance.choice([None, *CLASSES]), channel=chance.choice(["resident", "hotline", "patrol", "sensor"]),
        region=chance.choice([None, "990101", "990101002", "990102001003"]), handled_by=body, outcome=outcome, closed=closed,
        state=outcome or chance.choice(["reported", "handling", "checking", "closing", "closed"]),
        filed=reported + timedelta(minutes=5) if chance.random() < 0.8 else None, late=chance.random() < 0.2,
        reworks=chance.choice([0, 0, 0, 1, 2]), reopened=chance.choice([0, 0, 1]), sent_back=chance.choice([0, 0, 1]),
        callback=asked if chance.random() < 0.6 else None,
    )  # fmt: skip


async def put_rows(connection: Connection, tenant: str, rows: Iterable[dict[str, Any]]) -> None:
    listed = list(rows)
    places = ", ".join(f"${number + 2}" for number, _ in enumerate(_COLUMNS))
    await connection.executemany(
        f"insert into case_record (tenant, {', '.join(_COLUMNS)}, instance, title, follow, words) "
        f"values ($1, {places}, ${len(_COLUMNS) + 2}, 'a case', '', '')",
        [(tenant, *(one[name] for name in _COLUMNS), f"W{one['id']}") for one in listed],
    )


async def put_classes(connection: Connection, tenant: str) -> None:
    await connection.executemany(
        "insert into case_class (tenant, code, kind, titles, weight) values ($1, $2, 'event', $3, $4)",
        [(tenant, code, {"zh-CN": f"类{code}", "en": code}, weight) for code, weight in CLASSES.items()],
    )
