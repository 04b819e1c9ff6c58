"""What the API says of packs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from quanyu.core.actor import Actor
from quanyu.identity import allowed
from quanyu.packs.checking import Grade, judge
from quanyu.packs.finding import Found
from quanyu.packs.meant import Meant
from quanyu.packs.model import Pack
from quanyu.packs.trouble import Trouble, trouble_of


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """How many of each a pack brings."""

    models: int
    sources: int
    quality_rules: int
    rules: int
    workflows: int
    indicators: int
    algorithms: int
    views: int
    routes: int


class PackAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: on, off, broken (then `fault` says why) or gone: not installed any more, and on until it is switched off. `enabled`: what
    it brought runs here, whatever its state. `grade`: none, bronze, silver, gold. `trouble`: what its process last failed
    at since the pack was switched on."""

    name: str
    origin: str
    state: str
    enabled: bool
    titles: dict[str, str]
    about: dict[str, str]
    version: str
    grade: str
    fault: str | None
    trouble: Trouble | None
    changed: datetime | None
    author: str | None
    brings: Brought | None


class PackList(msgspec.Struct, frozen=True, kw_only=True):
    items: list[PackAnswer]
    next: str | None = None


class Switch(msgspec.Struct, frozen=True, kw_only=True):
    enabled: bool


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    check: str
    grade: str
    where: str
    message: str


class VerdictAnswer(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    grade: str
    findings: list[Finding]


class ParameterAnswer(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    kind: str
    titles: dict[str, str]
    unit: str | None
    minimum: float | None
    maximum: float | None
    names: str | None
    usual: Any
    value: Any


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    items: list[ParameterAnswer]


class ViewAnswer(msgspec.Struct, frozen=True, kw_only=True):
    pack: str
    name: str
    kind: str
    titles: dict[str, str]
    body: dict[str, Any]
    module: str | None


class ViewList(msgspec.Struct, frozen=True, kw_only=True):
    """`messages`: texts of the packs in the asker's language, by key."""

    items: list[ViewAnswer]
    messages: dict[str, str]


def all_shown(found: Sequence[Found], states: Mapping[str, Any]) -> list[PackAnswer]:
    """By name: what is installed, and what is on and is not installed any more."""
    gone = {name for name, row in states.items() if row["enabled"]} - {one.name for one in found}
    known = [*found, *(Found(name=name, origin="") for name in gone)]
    return [shown(one, states.get(one.name)) for one in sorted(known, key=lambda one: one.name)]


def shown(found: Found, row: Any) -> PackAnswer:
    pack = found.pack
    return PackAnswer(
        name=found.name, origin=found.origin, state=_state(found, row), enabled=bool(row and row["enabled"]), fault=found.fault, trouble=trouble_of(row),
        titles=dict(pack.titles) if pack else {}, about=dict(pack.about) if pack else {},
        version=pack.version if pack else row["version"] if found.gone else "", grade=judge(pack).grade if pack else Grade.NONE,
        changed=row["changed"] if row else None, author=row["author"] if row else None,
        brings=_brought(pack) if pack else None,
    )  # fmt: skip


def _state(found: Found, row: Any) -> str:
    if found.gone:
        return "gone"
    if found.pack is None:
        return "broken"
    return "on" if row and row["enabled"] else "off"


def _brought(pack: Pack) -> Brought:
    return Brought(
        **{field.name: len(getattr(pack, field.name)) for field in msgspec.structs.fields(Brought)}
    )


def settings_told(pack: Pack, values: dict[str, Any]) -> Settings:
    return Settings(
        items=[
            ParameterAnswer(
                name=one.name, kind=one.kind, titles=dict(one.titles), unit=one.unit, minimum=one.minimum,
                maximum=one.maximum, names=one.names, usual=one.default, value=values[one.name],
            )
            for one in pack.settings
        ]
    )  # fmt: skip


def views_for(pack: Pack, actor: Actor, meant: Meant) -> list[ViewAnswer]:
    return [
        ViewAnswer(
            pack=pack.name, name=view.name, kind=view.kind, titles=dict(view.titles), body=dict(view.body), module=view.module
        )
        for view in pack.views
        if allowed(actor, view.action, meant.asked(actor, own=view.own)).allowed
    ]  # fmt: skip
