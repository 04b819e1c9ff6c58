"""What goes into the engine and what comes out, as frozen structs that travel as JSON to the child process and back.

Files of one import, all below `EngineJob.workdir` until the caller renames them into place:

    accepted.parquet    typed columns; `_row` (0-based over the whole import), `_source` (index in report.sources),
                        `_line` (line in that file), `_hash` (64 bits of the record's content), `_flags` (list of the
                        names of soft rules that the record breaks)
    quarantine.parquet  the columns as text, as read; `_row`, `_source`, `_line`, `_hash`, and `_faults`: a list of
                        struct(rule, columns, reason, value, proposal), every fault of the record, not only the first
    raw.parquet         all records as text with `_row`, `_source`, `_line` (RawPolicy.PARQUET)
    entities.csv        the twin's COPY format, where a mapping is known
    superseded.parquet  with `previous` and `key`: (part, _row) of earlier records that this import replaces
"""

from datetime import date
from enum import StrEnum

import msgspec

from quanyu.core.clock import CITY_ZONE
from quanyu.core.profile import ColumnProfile, ValueType
from quanyu.govern.quality.rules import Dimension, Rule, Scalar, Severity
from quanyu.govern.standards.model import DataModel


class RawPolicy(StrEnum):
    PARQUET = "parquet"  # every value as text in raw.parquet: trace and replay need nothing else
    UPLOAD = "upload"  # the uploaded file itself is kept by the caller; raw.parquet is not written


class Stage(StrEnum):
    LAND = "land"
    PROFILE = "profile"
    CHECK = "check"
    WRITE = "write"
    ENTITIES = "entities"


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """`done` of `total` in `unit`s ("bytes" or "records"); total is 0 where it cannot be known."""

    stage: Stage
    done: int = 0
    total: int = 0
    unit: str = "records"


class InputFile(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    name: str  # as the sender called it


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How to read the files, where the user knows better; None is found out."""

    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    header_line: int | None = None
    sheet: str | None = None
    crs: str | None = None


class ColumnChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What a person decided about a column; it wins over what the values say.

    `when_empty`: only where the column has no value, as is known from earlier imports.
    """

    name: str
    type: ValueType | None = None
    format: str | None = None
    unit: str | None = None
    semantic: str | None = None
    when_empty: bool = False


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """Where the points of a dataset have to be, in the dataset's own coordinates: a box, or the ring of a polygon."""

    west: float
    south: float
    east: float
    north: float
    ring: tuple[tuple[float, float], ...] = ()


class AttributeSource(msgspec.Struct, frozen=True, kw_only=True):
    """An attribute of an entity is read from a column; `unit` is a UN/CEFACT code, `observed_at` another column."""

    attribute: str
    column: str
    unit: str | None = None
    observed_at: str | None = None


class EntityMapping(msgspec.Struct, frozen=True, kw_only=True):
    """How an accepted record becomes an entity `urn:ngsi-ld:<type>:<dataset>:<key>`.

    Geometry from `longitude` and `latitude`, or from one `geometry` column ("(lat, lon)" text, WKT or GeoJSON),
    stored as WGS-84. Where `time` is given, several records may share a key and the newest one is the entity.
    """

    type: str
    key: tuple[str, ...]
    attributes: tuple[AttributeSource, ...]
    name: str | None = None
    longitude: str | None = None
    latitude: str | None = None
    geometry: str | None = None
    crs: str = "EPSG:4326"  # also EPSG:4490, "GCJ-02", "BD-09"
    time: str | None = None
    text: tuple[str, ...] = ()  # columns whose words are indexed


class EngineJob(msgspec.Struct, frozen=True, kw_only=True):
    """One import. `rules` are those saved with the dataset; `suggest` adds those that the data suggests."""

    dataset: str
    import_id: str
    files: tuple[InputFile, ...]
    workdir: str
    reading: Reading = Reading()
    columns: tuple[ColumnChoice, ...] = ()
    rules: tuple[Rule, ...] = ()
    suggest: bool = True
    switched_off: tuple[str, ...] = ()  # names of suggested rules that somebody turned off
    mapping: EntityMapping | None = None
    model: str | None = None  # propose the mapping to this model only
    models: tuple[DataModel, ...] = ()  # the tenant's own, beside the built-in ones
    propose_mapping: bool = True
    wanted: tuple[
        tuple[str, str], ...
    ] = ()  # JSON pointers and columns that the sender named: refused if absent
    key: tuple[str, ...] = ()  # upsert key; empty: suggested, and used only when it holds
    previous: tuple[str, ...] = ()  # accepted.parquet files that are current now
    superseded: tuple[str, ...] = ()  # superseded.parquet of those imports: these records are gone already
    tables: dict[
        str, str
    ] = {}  # Parquet files rules look into, by name: "regions" (code, name, valid_from, valid_to), …
    region: Region | None = None
    home: tuple[float, float, float, float] | None = (
        None  # west, south, east, north of the province: tells, never refuses
    )
    as_of: date | None = None  # the date codes must be valid at
    update_cycle_days: float | None = None
    time_zone: str = CITY_ZONE.key
    raw: RawPolicy = RawPolicy.PARQUET
    type_share: float = 0.95
    memory_limit: str = "1GB"
    threads: int = 2


class SourceReport(msgspec.Struct, frozen=True, kw_only=True):
    """One file as it was read."""

    name: str
    sha256: str
    bytes: int
    format: str
    rows: int
    encoding: str | None = None
    delimiter: str | None = None
    header_line: int | None = None
    member: str | None = None
    crs: str | None = None


class DroppedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that is no record: a title, a group heading, a note."""

    source: int
    line: int
    kind: str
    text: str


class RepeatedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A record that equals an earlier one in all columns, `first` of the file `first_source`: left out."""

    source: int
    line: int
    first_source: int
    first: int


class FileFault(msgspec.Struct, frozen=True, kw_only=True):
    where: str
    key: str
    values: dict[str, Scalar] = {}


class RuleResult(msgspec.Struct, frozen=True, kw_only=True):
    """`violations` of `checked` records; `groups` counts e.g. the ambiguous codes behind the records.

    `details` pairs a reason or an offending value with its number of records, most frequent first.
    """

    rule: Rule
    checked: int
    violations: int
    score: float
    groups: int | None = None
    details: tuple[tuple[str, int], ...] = ()
    proposals: int = 0


class Normalised(msgspec.Struct, frozen=True, kw_only=True):
    """Values changed without loss of meaning: `kind` is "trimmed", "missing" (a text that says no value) or "restored".

    "restored": figures that are names, without the decimal or the exponent that a spreadsheet gave them.
    """

    column: str
    kind: str
    values: int
    example: str = ""


class Derived(msgspec.Struct, frozen=True, kw_only=True):
    """A column made of others, e.g. `observed_at` from year, month, day, hour."""

    name: str
    columns: tuple[str, ...]
    type: ValueType
    sql: str


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """Against `EngineJob.previous` by key."""

    new: int
    changed: int
    unchanged: int


class EngineReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import came to. read = accepted + quarantined + duplicates."""

    dataset: str
    read: int
    accepted: int
    quarantined: int
    duplicates: int
    rules: dict[str, int]  # records that break each rule; rules that nothing breaks are in `results` only
    score: float | None  # None: there was no record to judge
    dimensions: dict[Dimension, float] = {}
    results: tuple[RuleResult, ...] = ()
    columns: tuple[ColumnProfile, ...] = ()
    derived: tuple[Derived, ...] = ()
    key: tuple[str, ...] = ()
    mapping: EntityMapping | None = None
    mapping_proposal: msgspec.Raw = msgspec.Raw(b"null")  # JSON of govern.mapping's MappingProposal
    normalised: tuple[Normalised, ...] = ()
    dropped: tuple[DroppedLine, ...] = ()
    left_out: dict[str, int] = {}  # lines that are no records by kind; `dropped` are the first of them
    repeated: tuple[RepeatedLine, ...] = ()  # the first of the duplicates
    faults: tuple[FileFault, ...] = ()
    sources: tuple[SourceReport, ...] = ()
    changes: Changes | None = None
    entities: int = 0
    outputs: dict[
        str, str
    ] = {}  # "accepted", "quarantine", "raw", "entities", "superseded" -> path in workdir
    timings: dict[str, float] = {}
    peak_rss_mib: int = 0


def is_refusing(rule: Rule) -> bool:
    return rule.severity is Severity.REFUSE
