"""Definitions of a tenant: those that come with Quanyu and the city's own, each with all its versions."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from quanyu.core.errors import Invalid, NotFound
from quanyu.evaluate.indicators import _sql
from quanyu.evaluate.indicators.checking import check_together, parse_definition
from quanyu.evaluate.indicators.model import Indicator
from quanyu.store import Connection

BUILT_IN = "built-in"


@dataclass(frozen=True, slots=True)
class Known:
    """Every version of every indicator, oldest first."""

    versions: Mapping[str, tuple[Indicator, ...]]

    def on(self, day: date) -> dict[str, Indicator]:
        """What is in force on a day: of the versions that are valid by then the newest published one."""
        valid = {
            code: [one for one in every if one.said.valid_from <= day]
            for code, every in self.versions.items()
        }
        return {code: every[-1] for code, every in valid.items() if every}

    def newest(self) -> dict[str, Indicator]:
        return {code: every[-1] for code, every in self.versions.items()}


@cache
def shipped() -> tuple[Indicator, ...]:
    """Those that come with Quanyu, checked together."""
    folder = files("quanyu.evaluate.indicators") / "shipped"
    texts = [
        path.read_text(encoding="utf-8") for path in sorted(folder.iterdir(), key=lambda path: path.name)
    ]
    read = tuple(parse_definition(one) for text in texts for one in json.loads(text))
    check_together(read, {})
    return read


async def known(connection: Connection) -> Known:
    """A version that this program does not understand any more is left out, and so is what refers to it."""
    found: dict[str, list[Indicator]] = {}
    for row in await _sql.versions(connection):
        indicator = _indicator(row)
        if indicator is not None:
            found.setdefault(indicator.code, []).append(indicator)
    return Known({code: tuple(every) for code, every in found.items()})


async def indicator(connection: Connection, code: str) -> Indicator:
    """The newest version. Raises NotFound."""
    for row in reversed(await _sql.versions(connection, code)):
        if (found := _indicator(row)) is not None:
            return found
    raise NotFound("evaluate.indicator.unknown", code=code[:64])


async def ensure_shipped(connection: Connection, tenant: str, *, now: datetime) -> None:
    """What comes with Quanyu and the city does not have yet, or has in an older form that nobody changed."""
    newest: dict[str, tuple[str, object]] = {
        row["code"]: (row["publisher"], row["body"]) for row in await _sql.versions(connection)
    }
    for one in shipped():
        body = body_of(one)
        publisher, before = newest.get(one.code, (BUILT_IN, None))
        if publisher == BUILT_IN and before != body:
            await _sql.publish(
                connection, tenant, one.code, body, valid_from=one.said.valid_from, by=BUILT_IN, now=now
            )


async def check(connection: Connection, source: object) -> Indicator:
    """Raises Invalid with every fault, also those of indicators that refer to this one."""
    read = parse_definition(source)
    others = (await known(connection)).newest()
    referring = [one for code, one in others.items() if code != read.code and read.code in one.refers_to]
    check_together([read, *referring], others)
    return read


async def publish(
    connection: Connection, tenant: str, source: object, *, by: str, now: datetime
) -> Indicator:
    """A new version. Raises Invalid with every fault."""
    read = await check(connection, source)
    version = await _sql.publish(
        connection, tenant, read.code, body_of(read), valid_from=read.said.valid_from, by=by, now=now
    )
    return Indicator(said=read.said, formula=read.formula, version=version, publisher=by, published=now)


def with_references(codes: Iterable[str], every: Mapping[str, Indicator]) -> set[str]:
    """These and all that they are made of. Raises NotFound."""
    wanted: set[str] = set()
    open_codes = list(codes)
    while open_codes:
        code = open_codes.pop()
        if code not in every:
            raise NotFound("evaluate.indicator.unknown", code=code[:64])
        if code not in wanted:
            wanted.add(code)
            open_codes += every[code].refers_to
    return wanted


def body_of(one: Indicator) -> dict[str, Any]:
    """As the database gives it back: with lists where a definition has tuples."""
    body: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(one.said))
    return body


def _indicator(row: Any) -> Indicator | None:
    try:
        read = parse_definition(row["body"])
    except Invalid:
        return None
    return Indicator(
        said=read.said, formula=read.formula, version=row["version"], publisher=row["publisher"],
        published=row["published"],
    )  # fmt: skip
