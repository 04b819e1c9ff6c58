"""What the engine is asked: the files, how to read them, and all that the dataset knows from earlier imports."""

from datetime import date

from quanyu.core.errors import NotFound
from quanyu.core.number_forms import NUMBER_FORMS
from quanyu.core.profile import ValueType
from quanyu.core.province_boxes import province_box
from quanyu.core.values import EPOCHS, date_format
from quanyu.govern.engine.model import ColumnChoice, EngineJob, InputFile, Reading
from quanyu.govern.imports import _sql
from quanyu.govern.imports.asked import named_columns
from quanyu.govern.imports.content import paths
from quanyu.govern.imports.folders import Folders
from quanyu.govern.imports.model import Dataset, Extent, Import, Options, Part, PartRole
from quanyu.govern.mapping.memory import mapping_of
from quanyu.govern.scores.references import reference_tables
from quanyu.govern.scores.rules import rules_in_force
from quanyu.govern.standards.service import own_models
from quanyu.store import Connection

_AS_FOUND = {ValueType.TEXT, ValueType.GEOMETRY}


async def engine_job(
    connection: Connection, folders: Folders, known: Import, *, today: date, memory: str
) -> tuple[Dataset, tuple[Part, ...], EngineJob]:
    dataset = await _sql.dataset(connection, known.dataset)
    if dataset is None:
        raise NotFound("govern.dataset.unknown", name=known.dataset)
    parts = await _sql.parts(connection, dataset.name)
    in_force = await rules_in_force(connection, dataset.name, on=today)
    options = known.options.over(dataset.options)
    job = EngineJob(
        dataset=dataset.name,
        import_id=known.id,
        files=tuple(InputFile(path=file.path, name=file.name) for file in known.files),
        workdir=str(folders.work(known.id)),
        reading=reading(options),
        columns=(*column_choices(options), *_known_columns(dataset, options)),
        rules=tuple(rule.body for rule in in_force if rule.enabled),
        switched_off=tuple(rule.body.name for rule in in_force if not rule.enabled),
        mapping=options.mapping or (None if options.model else dataset.mapping),
        model=options.model or dataset.model,
        models=await own_models(connection, at=today),
        wanted=tuple(named_columns(known.options)) if known.extent is not Extent.CONTENT else (),
        propose_mapping=not await _is_without_entities(connection, dataset, options),
        key=options.key or dataset.key_columns,
        previous=tuple(paths(folders.data, parts, PartRole.ACCEPTED)),
        superseded=tuple(paths(folders.data, parts, PartRole.SUPERSEDED)),
        tables=await reference_tables(connection, folders.data),
        home=province_box(dataset.region),
        as_of=today,
        update_cycle_days=dataset.cycle_days,
        raw=dataset.raw_policy,
        memory_limit=memory,
    )
    return dataset, parts, job


async def _is_without_entities(connection: Connection, dataset: Dataset, options: Options) -> bool:
    """A person decided on a mapping without a key: nothing is to be proposed in its place."""
    if options.mapping or options.model or dataset.mapping:
        return False
    decided = await mapping_of(connection, dataset.name)
    return decided is not None and not decided.key


def reading(options: Options) -> Reading:
    return Reading(
        encoding=options.encoding,
        delimiter=options.delimiter,
        header=options.header,
        header_line=options.header_line,
        sheet=options.sheet,
        crs=options.crs,
    )


def column_choices(options: Options) -> tuple[ColumnChoice, ...]:
    named = {**options.types, **options.formats, **options.units}
    return tuple(
        ColumnChoice(
            name=name,
            type=options.types.get(name) or _type_of(options.formats.get(name)),
            format=options.formats.get(name),
            unit=options.units.get(name),
        )
        for name in named
    )


def _type_of(form: str | None) -> ValueType | None:
    """A format says what the column holds."""
    if form is None:
        return None
    first = form.partition("|")[0]
    if first in NUMBER_FORMS:
        return ValueType.NUMBER
    return ValueType.DATETIME if first in EPOCHS else date_format(first).type


def _known_columns(dataset: Dataset, options: Options) -> tuple[ColumnChoice, ...]:
    """A column that is empty this time stays what it was, so that rules and earlier records go on fitting it."""
    return tuple(
        ColumnChoice(name=known.name, type=known.type, format=known.format, unit=known.unit, when_empty=True)
        for known in dataset.columns
        if known.name not in {*options.types, *options.formats, *options.units}
        and known.type not in _AS_FOUND
    )
