"""The classes that a city begins with: components and events of GB/T 30428.2, from the code lists of the standards."""

from datetime import datetime

from quanyu.act.cases import _laid_sql
from quanyu.act.cases.model import CaseClass, Kind
from quanyu.core.clock import city_day
from quanyu.core.codes import CodeEntry, CodeList
from quanyu.govern.standards.service import StandardKind, standard
from quanyu.store import Connection

_LISTS = (
    (Kind.COMPONENT, "C", "component-classes", "component-items"),
    (Kind.EVENT, "E", "event-classes", "event-items"),
)


async def ensure_classes(connection: Connection, tenant: str, *, now: datetime) -> None:
    """Where the city has none of its own. A code is the letter of the kind, two digits of the class, three of the item."""
    if await _laid_sql.classes(connection):
        return
    made: list[CaseClass] = []
    for kind, letter, *names in _LISTS:
        for name in names:
            listed = await standard(connection, StandardKind.CODE_LISTS, name, at=city_day(now))
            assert isinstance(listed, CodeList)
            made += [_class(kind, letter, entry) for entry in listed.entries]
    await _laid_sql.put_classes(connection, tenant, made)


def _class(kind: Kind, letter: str, entry: CodeEntry) -> CaseClass:
    return CaseClass(
        code=letter + entry.code, kind=kind, titles={"zh-CN": entry.name, "en": entry.name_en or entry.name},
        parent=letter + entry.parent if entry.parent else None, words=entry.aliases,
    )  # fmt: skip
