"""The only SQL of dataset, dataset_import and dataset_part. Row security binds every statement to one tenant."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec

from quanyu.core.profile import ColumnProfile
from quanyu.govern.engine.model import EntityMapping, RawPolicy, SourceReport
from quanyu.govern.imports.model import (
    UNSCORED,
    Dataset,
    DatasetKind,
    FaultNote,
    Import,
    ImportLine,
    ImportProgress,
    ImportState,
    Only,
    Options,
    Part,
    PartRole,
    ReportCounts,
)
from quanyu.store import Connection, nearest

_DATASET = (
    "name, title, owner, region, kind, model, key_columns, mapping, options, columns, update_cycle, gate, raw_policy, "
    "version, records, quarantined, score, created, modified"
)
_IMPORT = (
    "id, dataset, state, files, options, actor, source, arrived, extent, started, finished, progress, cancel, "
    "report - 'outputs' as report, fault"
)
"""Reports that were stored before `stored` left them out name paths of this machine."""

_COUNTED = "(select jsonb_object_agg(key, value) from jsonb_each(report) where key = any($5)) as counts"
_TITLED = "strpos(lower(name || ' ' || title), lower($3))"
WORKING = ("received", "landing", "checking", "committing")


async def dataset(connection: Connection, name: str, *, lock: bool = False) -> Dataset | None:
    row = await connection.fetchrow(
        f"select {_DATASET} from dataset where name = $1" + (" for update" if lock else ""), name
    )
    return _dataset(row) if row else None


async def datasets(
    connection: Connection, *, after: str, limit: int, query: str = "", owner: str | None = None,
    names: Sequence[str] | None = None,
) -> list[Dataset]:  # fmt: skip
    """By name, what `query` names just so first; those of `names` alone where they are given."""
    behind, order = nearest(
        query, asked="$3", after="$1", key="name", texts=("title", "name"), table="dataset"
    )
    rows = await connection.fetch(
        f"""select {_DATASET} from dataset
        where {behind} and ($2::text is null or owner = $2) and ($3 = '' or {_TITLED} > 0) and ($5::text[] is null or name = any($5))
        order by {order} limit $4""",
        after, owner, query, limit, names,
    )  # fmt: skip
    return [_dataset(row) for row in rows]


async def datasets_called(connection: Connection, text: str) -> list[str]:
    """Their names; `text` is part of the title."""
    rows = await connection.fetch("select name from dataset where strpos(lower(title), lower($1)) > 0", text)
    return [row["name"] for row in rows]


async def filled_datasets(
    connection: Connection, *, query: str, names: Sequence[str] | None, after: str, limit: int
) -> list[Dataset]:
    """Those with records, by name; `query` is part of a name or title, of theirs or of a column."""
    rows = await connection.fetch(
        f"""select {_DATASET} from dataset
        where name > $1 and records > 0 and ($2::text[] is null or name = any($2)) and ($3 = '' or strpos(called, lower($3)) > 0)
        order by name limit $4""",
        after, names, query, limit,
    )  # fmt: skip
    return [_dataset(row) for row in rows]


async def worst_datasets(
    connection: Connection,
    *,
    owner: str | None,
    query: str,
    only: Only | None,
    after: tuple[float, str],
    limit: int,
) -> list[Dataset]:
    """Behind `after`, a `rank`; with `-` as owner those of no body."""
    rows = await connection.fetch(
        f"""select {_DATASET} from dataset
        where ($1 = '' or strpos(lower(name || ' ' || title), lower($1)) > 0)
          and ($2::text is null or case $2 when 'below' then score is null or score < gate else quarantined > 0 end)
          and (coalesce(score, {UNSCORED}), name) > ($3, $4) and ($6::text is null or owner is not distinct from nullif($6, '-'))
        order by coalesce(score, {UNSCORED}), name limit $5""",
        query, only, *after, limit, owner,
    )  # fmt: skip
    return [_dataset(row) for row in rows]


async def datasets_with(connection: Connection, attributes: Collection[str] | None) -> list[Dataset]:
    """Those whose entities have one of these attributes from a column, or any; in order of their names."""
    rows = await connection.fetch(
        f"""select {_DATASET} from dataset where mapping is not null and ($1::text[] is null
          or ('name' = any($1) and mapping ->> 'name' is not null)
          or exists (select from jsonb_array_elements(mapping -> 'attributes') as a where a ->> 'attribute' = any($1)))
        order by name""",
        None if attributes is None else list(attributes),
    )
    return [_dataset(row) for row in rows]


async def add_dataset(connection: Connection, tenant: str, dataset: Dataset) -> bool:
    """False where somebody else has just made it."""
    made = await connection.fetchval(
        """insert into dataset (tenant, name, title, owner, region, kind, model, key_columns, mapping, options, update_cycle,
          gate, raw_policy, created, modified)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14) on conflict do nothing returning true""",
        tenant, dataset.name, dataset.title, dataset.owner, dataset.region, dataset.kind, dataset.model,
        list(dataset.key_columns), dataset.mapping, dataset.options, dataset.update_cycle, dataset.gate,
        dataset.raw_policy, dataset.created,
    )  # fmt: skip
    return bool(made)


async def save_dataset(connection: Connection, dataset: Dataset) -> None:
    await connection.execute(
        """update dataset set title = $2, owner = $3, region = $4, kind = $5, model = $6, key_columns = $7, mapping = $8,
          options = $9, columns = $10, update_cycle = $11, gate = $12, raw_policy = $13, version = $14, records = $15,
          quarantined = $16, score = $17, modified = $18 where name = $1""",
        dataset.name, dataset.title, dataset.owner, dataset.region, dataset.kind, dataset.model,
        list(dataset.key_columns), dataset.mapping, dataset.options, list(dataset.columns), dataset.update_cycle,
        dataset.gate, dataset.raw_policy, dataset.version, dataset.records, dataset.quarantined, dataset.score,
        dataset.modified,
    )  # fmt: skip


async def remove_dataset(connection: Connection, name: str) -> None:
    await connection.execute("delete from dataset where name = $1", name)


async def same_import(connection: Connection, dataset: str, fingerprint: str) -> str | None:
    """The newest import of the same files that is done or on its way, where none that came later may have changed its
    records: sent after another version, a file is news."""
    found: str | None = await connection.fetchval(
        """select id from dataset_import same where dataset = $1 and fingerprint = $2
          and state not in ('failed', 'cancelled') and not cancel and not exists (
            select from dataset_import later where later.dataset = $1 and later.id > same.id and later.extent <> 'content'
              and later.state not in ('failed', 'cancelled') and (later.state <> 'done'
                or (later.report -> 'changes' ->> 'changed')::bigint > 0 or (later.report ->> 'quarantined')::bigint > 0))
        order by id desc limit 1""",
        dataset, fingerprint,
    )  # fmt: skip
    return found


async def add_import(connection: Connection, tenant: str, new: Import, fingerprint: str) -> None:
    await connection.execute(
        """insert into dataset_import (tenant, id, dataset, state, files, options, fingerprint, actor, source, arrived, extent)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)""",
        tenant, new.id, new.dataset, new.state, list(new.files), new.options, fingerprint, new.actor, new.source, new.arrived,
        new.extent,
    )  # fmt: skip


async def import_(connection: Connection, import_id: str, *, lock: bool = False) -> Import | None:
    row = await connection.fetchrow(
        f"select {_IMPORT} from dataset_import where id = $1" + (" for update" if lock else ""), import_id
    )
    return msgspec.convert(dict(row), Import) if row else None


async def imports(
    connection: Connection,
    *,
    dataset: str | None,
    state: str | None,
    owners: Sequence[str] | None,
    before: str,
    limit: int,
) -> list[ImportLine]:
    """Newest first, of the datasets of these owners; None: of all."""
    rows = await connection.fetch(
        f"""select id, dataset, state, files, actor, source, arrived, extent, started, finished, progress, fault, {_COUNTED}
        from dataset_import
        where ($1 = '' or id < $1) and ($2::text is null or dataset = $2) and ($3::text is null or state = $3)
          and ($6::text[] is null or dataset in (select name from dataset where owner = any($6)))
        order by id desc limit $4""",
        before, dataset, state, limit, ReportCounts.__struct_fields__, owners,
    )  # fmt: skip
    return [msgspec.convert(dict(row), ImportLine) for row in rows]


async def enter(connection: Connection, import_id: str, state: ImportState, at: datetime) -> None:
    await connection.execute(
        "update dataset_import set state = $2, started = coalesce(started, $3) where id = $1",
        import_id,
        state,
        at,
    )


async def note_progress(
    connection: Connection, import_id: str, state: ImportState, progress: ImportProgress
) -> bool:
    """Whether somebody wants the import cancelled."""
    cancel: bool | None = await connection.fetchval(
        "update dataset_import set state = $2, progress = $3 where id = $1 returning cancel",
        import_id,
        state,
        progress,
    )
    return cancel is not False


async def ask_cancel(connection: Connection, import_id: str) -> None:
    await connection.execute("update dataset_import set cancel = true where id = $1", import_id)


async def finish(
    connection: Connection,
    import_id: str,
    state: ImportState,
    at: datetime,
    *,
    report: msgspec.Raw | None = None,
    fault: FaultNote | None = None,
) -> None:
    await connection.execute(
        """update dataset_import set state = $2, finished = $3, report = coalesce($4, report), fault = $5, progress = null
        where id = $1""",
        import_id, state, at, report, fault,
    )  # fmt: skip


async def working_imports(connection: Connection) -> list[Import]:
    rows = await connection.fetch(
        f"select {_IMPORT} from dataset_import where state = any($1) order by id", WORKING
    )
    return [msgspec.convert(dict(row), Import) for row in rows]


async def sources(connection: Connection, dataset: str) -> dict[str, tuple[SourceReport, ...]]:
    """The files of each import as they were read, as the numbers in `_source` count them."""
    rows = await connection.fetch(
        """select id, coalesce(report -> 'sources', '[]') as sources from dataset_import
        where dataset = $1 and state = 'done' order by id""",
        dataset,
    )
    return {row["id"]: msgspec.convert(row["sources"], tuple[SourceReport, ...]) for row in rows}


async def parts(connection: Connection, dataset: str) -> tuple[Part, ...]:
    """In the order in which they came to the dataset."""
    rows = await connection.fetch(
        "select import, role, path, bytes, version from dataset_part where dataset = $1 order by version, import, role",
        dataset,
    )
    return tuple(
        Part(
            import_id=row["import"],
            role=PartRole(row["role"]),
            path=row["path"],
            bytes=row["bytes"],
            version=row["version"],
        )
        for row in rows
    )


async def add_parts(connection: Connection, tenant: str, dataset: str, parts: Sequence[Part]) -> None:
    await connection.executemany(
        """insert into dataset_part (tenant, dataset, import, role, path, bytes, version)
        values ($1, $2, $3, $4, $5, $6, $7) on conflict (tenant, dataset, import, role) do nothing""",
        [(tenant, dataset, part.import_id, part.role, part.path, part.bytes, part.version) for part in parts],
    )


def _dataset(row: Any) -> Dataset:
    return Dataset(
        name=row["name"],
        title=row["title"],
        owner=row["owner"],
        region=row["region"],
        kind=DatasetKind(row["kind"]),
        model=row["model"],
        key_columns=tuple(row["key_columns"]),
        mapping=msgspec.convert(row["mapping"], EntityMapping | None),
        options=msgspec.convert(row["options"], Options),
        columns=msgspec.convert(row["columns"], tuple[ColumnProfile, ...]),
        update_cycle=row["update_cycle"],
        gate=row["gate"],
        raw_policy=RawPolicy(row["raw_policy"]),
        version=row["version"],
        records=row["records"],
        quarantined=row["quarantined"],
        score=row["score"],
        created=row["created"],
        modified=row["modified"],
    )
