"""The tree of organisations: reading it, changing it, importing it from a table."""

import csv
import io
from collections.abc import Collection, Mapping, Sequence

from quanyu.core.actor import Actor, Resource
from quanyu.core.errors import Fault, Invalid, NotFound, TooLarge
from quanyu.core.messages import DEFAULT_LANGUAGE
from quanyu.identity.evidence import Outcome, append_evidence
from quanyu.identity.organisations import _sql
from quanyu.identity.organisations.model import Organisation
from quanyu.store import Connection

_MOST_ROWS = 50_000
_MOST_FAULTS = 200
_HEADS = {
    "id": ("id", "code", "编码", "机构编码", "部门编码"),
    "name": ("name", "名称", "机构名称", "部门名称"),
    "parent": ("parent", "上级", "上级编码", "上级机构"),
    "name_en": ("name_en", "英文名称"),
    "region": ("region", "区划", "区划代码", "行政区划代码"),
    "credit_code": ("credit_code", "统一社会信用代码", "信用代码"),
}


async def list_organisations(
    connection: Connection, tenant: str, *, after: str, limit: int, q: str = "", parent: str | None = None,
    ids: Sequence[str] | None = None, names: Sequence[str] | None = None, heads: Sequence[str] | None = None,
) -> list[Organisation]:  # fmt: skip
    """`parent` narrows to the children of one, an empty one to the roots of the tree; `ids` to certain ones, `names` to those
    that are called so, `heads` to those that have the whole of a region: the ones below none of the same."""
    return await _sql.organisations_after(
        connection, tenant, after, limit, q=q, parent=parent, ids=ids, names=names, heads=heads
    )


async def get_organisation(connection: Connection, tenant: str, id: str) -> Organisation:
    found = await _sql.organisation_by_id(connection, tenant, id)
    if found is None:
        raise NotFound("identity.organisation.unknown", id=id)
    return found


async def organisation_names(
    connection: Connection, ids: Collection[str], language: str = DEFAULT_LANGUAGE
) -> dict[str, str]:
    """By id, in English where they have such a name; those that do not exist are left out, because data may name a body before
    anybody entered it."""
    return await _sql.names(connection, ids, english=language == "en")


async def put_organisations(connection: Connection, actor: Actor, rows: Sequence[Organisation]) -> int:
    """Adds or changes all of them, or raises Invalid with every unknown parent and every circle and changes none."""
    await _sql.lock_tree(connection, actor.tenant)
    tree = await _sql.parents(connection, actor.tenant)
    tree |= {row.id: row.parent for row in rows}
    if faults := tuple(fault for row in rows if (fault := _fault(row, tree))):
        raise Invalid("identity.organisation.invalid", faults=faults)
    await _sql.put_organisations(connection, actor.tenant, rows)
    first = rows[0].id if len(rows) == 1 else ""
    await _record(connection, actor, first, {"act": "put", "organisations": len(rows)})
    return len(rows)


async def remove_organisation(connection: Connection, actor: Actor, id: str) -> None:
    """Raises Conflict where something still belongs to it."""
    if not await _sql.remove_organisation(connection, actor.tenant, id):
        raise NotFound("identity.organisation.unknown", id=id)
    await _record(connection, actor, id, {"act": "remove"})


def parse_table(text: str) -> tuple[Organisation, ...]:
    """Organisations from CSV with a header in Chinese or English. Raises Invalid with the faults of every line."""
    try:
        return _parse_rows(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    except csv.Error as error:
        raise Invalid("identity.organisation.csv", reason=str(error)) from None


def _parse_rows(reader: "csv.DictReader[str]") -> tuple[Organisation, ...]:
    columns = _columns(reader.fieldnames or ())
    rows: dict[str, Organisation] = {}
    faults: list[Fault] = []
    for raw in reader:
        where = f"line {reader.line_num}"
        try:
            row = _parse_row(raw, columns, where)
            if row.id in rows:
                faults.append(Fault("identity.organisation.twice", where, {"id": row.id}))
            rows[row.id] = row
        except Invalid as error:
            faults.extend(error.faults)
        if len(rows) > _MOST_ROWS:
            raise TooLarge("identity.organisation.too_many", most=_MOST_ROWS)
    if faults or not rows:
        faults = faults[:_MOST_FAULTS] or [Fault("identity.organisation.header")]
        raise Invalid("identity.organisation.invalid", faults=tuple(faults))
    return tuple(rows.values())


def _columns(heads: Sequence[str]) -> dict[str, str]:
    """The field that each known heading stands for."""
    fields = {name: field for field, names in _HEADS.items() for name in names}
    columns = {head: fields[head.strip().lower()] for head in heads if head.strip().lower() in fields}
    if not {"id", "name"} <= set(columns.values()):
        raise Invalid("identity.organisation.header")
    return columns


def _parse_row(raw: Mapping[str | None, str | None], columns: Mapping[str, str], where: str) -> Organisation:
    values = {field: (raw.get(head) or "").strip() for head, field in columns.items()}
    return Organisation.parse(
        id=values["id"], name=values["name"], parent=values.get("parent"), name_en=values.get("name_en"),
        region=values.get("region"), credit_code=values.get("credit_code"), where=where,
    )  # fmt: skip


def _fault(row: Organisation, tree: Mapping[str, str | None]) -> Fault | None:
    if row.parent is not None and row.parent not in tree:
        return Fault("identity.organisation.no_parent", row.id, {"id": row.id, "parent": row.parent})
    seen, above = {row.id}, row.parent
    while above is not None:
        if above in seen:
            return Fault("identity.organisation.circle", row.id, {"id": row.id})
        seen.add(above)
        above = tree.get(above)
    return None


async def _record(connection: Connection, actor: Actor, id: str, detail: dict[str, object]) -> None:
    await append_evidence(
        connection, actor, "organisation.manage", Resource("organisation", id), Outcome.DONE, detail
    )
