"""A city learns from its own cases: classes from their texts, bodies from who handled them, kinship from what was merged."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import asyncpg

from quanyu.act.cases import _laid_sql
from quanyu.act.understanding import _sql
from quanyu.act.understanding.habits import Handled, count
from quanyu.act.understanding.kinship import Meeting, Pair, Past, meetings
from quanyu.act.understanding.learning import Example, learn
from quanyu.act.understanding.routing import area_path, class_path
from quanyu.act.understanding.store import ModelFile, save, version
from quanyu.core.errors import Invalid
from quanyu.store import Connection

FEWEST = 20
"""Labelled cases below which nothing is learned."""

_NOT_TAKEN = frozenset({"rejected", "void"})


class Labelled(NamedTuple):
    """A case with its class; what else is not known is empty."""

    text: str
    category: str
    region: str | None = None
    grid: str | None = None
    body: str | None = None


class Trained(NamedTuple):
    """`routed`: of how many cases the body was known; `pairs`: of classes that met."""

    path: Path
    examples: int
    labels: int
    routed: int
    pairs: int


class Material(NamedTuple):
    """What is learned from, read in one transaction; learning itself holds none."""

    cases: Sequence[Labelled]
    parents: Mapping[str, str | None]
    kin: Mapping[Pair, Meeting]


async def own_cases(connection: Connection) -> Material:
    rules = await _sql.rules(connection)
    rows = await _sql.learnable(connection)
    known = [_labelled(row) for row in rows if row["outcome"] not in _NOT_TAKEN]
    past = [_past(row, same) for row, same in _merged(rows) if row["lon"] is not None]
    kin = meetings(past, within=rules.nearby, days=rules.days)
    return Material(known, await _parents(connection), kin)


async def other_cases(connection: Connection, cases: Sequence[Labelled]) -> Material:
    return Material(cases, await _parents(connection), {})


def train(material: Material, folder: Path, tenant: str, *, now: datetime) -> Trained:
    """Writes the model, which is in force at once. Raises Invalid where there are too few cases."""
    cases = material.cases
    if len(cases) < FEWEST:
        raise Invalid("act.understanding.few", found=len(cases), needed=FEWEST)
    handled = [
        Handled(class_path(one.category, material.parents), area_path(one.region, one.grid), one.body)
        for one in cases
        if one.body
    ]
    learned = learn([Example(one.text, one.category) for one in cases])
    file = ModelFile(
        version=version(now), made=now, examples=len(cases), classes=learned if learned.labels else None,
        habits=tuple(count(handled).items()), kin=tuple(material.kin.items()),
    )  # fmt: skip
    path = save(folder, tenant, file)
    return Trained(path, len(cases), len(learned.labels), len(handled), len(material.kin))


async def _parents(connection: Connection) -> dict[str, str | None]:
    return {one.code: one.parent for one in await _laid_sql.classes(connection)}


def _labelled(row: asyncpg.Record) -> Labelled:
    return Labelled(
        f"{row['title']} {row['description']}", row["class"], row["region"], row["grid"], row["body"]
    )


def _merged(rows: Sequence[asyncpg.Record]) -> Iterator[tuple[asyncpg.Record, frozenset[str]]]:
    """Each with the cases that share its fate: what it was merged into, and what was merged into the same."""
    together: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        together[row["merged_into"] or row["id"]].add(row["id"])
    for row in rows:
        yield row, frozenset(together[row["merged_into"] or row["id"]] - {row["id"]})


def _past(row: asyncpg.Record, same: frozenset[str]) -> Past:
    return Past(row["id"], row["class"], row["lon"], row["lat"], row["reported"], row["closed"], same)
