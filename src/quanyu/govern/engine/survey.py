"""How each column is to be read, decided over every value of it.

A sample proposes (`inference`), the whole column decides: texts that the proposal cannot read widen it or turn it down.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import duckdb

from quanyu.core.profile import NUMERIC_TYPES, TEMPORAL_TYPES, ValueType
from quanyu.core.values import EPOCHS, INTEGER, NUMBER, date_format
from quanyu.govern.engine.inference import CODES_TELL, TEXT, guess, is_code, widened
from quanyu.govern.engine.landing import Raw, RawColumn
from quanyu.govern.engine.model import ColumnChoice, Normalised
from quanyu.govern.engine.parsing import NO_VALUE, WHITE, Parsing, cleaned, is_filler, typed
from quanyu.govern.engine.semantics import is_code_by_meaning, meaning
from quanyu.govern.quality.quote import literal, literals, name

SAMPLE_ROWS = 20_000
SAMPLE_TEXTS = 1_000
FEW = 20_000
_ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyed:
    """One column: how to read it, what it seems to mean, and what the first look at its text gave."""

    column: RawColumn
    parsing: Parsing
    semantic: str | None
    filled: int
    distinct: int
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Look:
    """Counts over the raw text of a column."""

    filled: int
    distinct: int
    white: int
    missing: int


@dataclass(frozen=True, slots=True)
class _Trial:
    filled: int
    parsed: int
    off_form: int
    long: int


def survey(
    connection: duckdb.DuckDBPyConnection, raw: Raw, choices: Iterable[ColumnChoice], *, type_share: float
) -> tuple[tuple[Surveyed, ...], tuple[Normalised, ...]]:
    chosen = {choice.name: choice for choice in choices}
    looks = _look(connection, raw)
    samples = _samples(connection, raw, looks)
    parsings = {
        column.name: _lean(
            _first(column, samples[column.name], chosen.get(column.name)),
            looks[column.name],
            samples[column.name],
        )
        for column in raw.columns
    }
    fixed = {choice.name for choice in chosen.values() if choice.type is not None}
    parsings = _decide(connection, raw, parsings, fixed=fixed, type_share=type_share)
    surveyed = tuple(
        Surveyed(
            column=column,
            parsing=parsings[column.name],
            semantic=_semantic(column, samples[column.name], chosen.get(column.name)),
            filled=looks[column.name].filled,
            distinct=looks[column.name].distinct,
            samples=samples[column.name],
        )
        for column in raw.columns
    )
    return surveyed, tuple(_normalised(connection, raw, looks, parsings))


def _look(connection: duckdb.DuckDBPyConnection, raw: Raw) -> dict[str, _Look]:
    """One scan to count; the costlier questions go to the different values, or where these are many to all columns at once."""
    counts = [f"count({name(c.name)}), approx_count_distinct({name(c.name)})" for c in raw.columns]
    found = connection.execute(f"SELECT {', '.join(counts)} FROM raw").fetchone() or ()
    sizes = {column.name: (found[2 * i], found[2 * i + 1]) for i, column in enumerate(raw.columns)}
    untidy: dict[str, tuple[int, int]] = {}
    many = [column for column, (_, distinct) in sizes.items() if distinct > FEW]
    for column in sizes.keys() - set(many):
        groups = f"(SELECT {name(column)}, count(*) AS n FROM raw GROUP BY 1)"
        white, missing = (f"coalesce(sum(n) FILTER (WHERE {test}), 0)" for test in _untidy(column))
        untidy[column] = _pair(connection, f"SELECT {white}, {missing} FROM {groups}")
    if many:
        tests = [f"count(*) FILTER (WHERE {test})" for column in many for test in _untidy(column)]
        answers = connection.execute(f"SELECT {', '.join(tests)} FROM raw").fetchone() or ()
        untidy |= {column: (answers[2 * i], answers[2 * i + 1]) for i, column in enumerate(many)}
    return {column: _Look(*sizes[column], *untidy[column]) for column in sizes}


def _untidy(column: str) -> tuple[str, str]:
    """SQL: white space at an end; a text that says "no value"."""
    text = name(column)
    wide = literals(("\u3000", "\u00a0", "\ufeff", "\u200b"))
    white = f"{text} < '!' OR {text}[-1] < '!' OR {text}[-1] IN ({wide}) OR {text}[1] IN ({wide})"
    return white, f"{text} IN ({literals(sorted(NO_VALUE))})"


def _pair(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[int, int]:
    found = connection.execute(query).fetchone() or (0, 0)
    return int(found[0]), int(found[1])


def _samples(
    connection: duckdb.DuckDBPyConnection, raw: Raw, looks: Mapping[str, _Look]
) -> dict[str, tuple[str, ...]]:
    """Different texts of each column, from records spread over the whole import."""
    step = max(1, raw.rows // SAMPLE_ROWS)
    connection.execute(f"CREATE TEMP TABLE sample AS SELECT * FROM raw WHERE _row % {step} = 0")
    samples = {}
    for column in raw.columns:
        texts = _different(connection, "sample", column.name)
        if len(texts) < 100 and step > 1 and len(texts) < looks[column.name].distinct:
            texts = _different(connection, "raw", column.name)
        samples[column.name] = texts
    return samples


def _different(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> tuple[str, ...]:
    text = name(column)
    rows = connection.execute(
        f"SELECT DISTINCT left({text}, 500) FROM {table} WHERE {text} IS NOT NULL LIMIT {SAMPLE_TEXTS}"
    ).fetchall()
    return tuple(sorted(row[0] for row in rows))


def _first(column: RawColumn, samples: tuple[str, ...], choice: ColumnChoice | None) -> Parsing:
    if choice is not None and choice.type is not None:
        return _as_chosen(choice, column, samples)
    if column.geometry:
        return Parsing(type=ValueType.GEOMETRY)
    if is_code_by_meaning(_semantic(column, samples, choice)):
        return TEXT
    parsing = guess(column.label, samples)
    return (
        replace(parsing, unit=column.unit)
        if column.unit and parsing.type in NUMERIC_TYPES and not parsing.unit
        else parsing
    )


def _as_chosen(choice: ColumnChoice, column: RawColumn, samples: tuple[str, ...]) -> Parsing:
    assert choice.type is not None
    if choice.type in TEMPORAL_TYPES and choice.format is None:
        found = guess(column.label, samples)
        if found.type in TEMPORAL_TYPES:
            return replace(found, type=choice.type)
    formats = tuple(choice.format.split("|")) if choice.format else ()
    return Parsing(type=choice.type, formats=formats, unit=choice.unit or column.unit)


def _semantic(column: RawColumn, samples: tuple[str, ...], choice: ColumnChoice | None) -> str | None:
    return choice.semantic if choice is not None and choice.semantic else meaning(column.label, samples)


def _lean(parsing: Parsing, look: _Look, samples: tuple[str, ...]) -> Parsing:
    """Only the work that the column needs: most columns have neither blanks nor full-width figures."""
    fillers = tuple(text for text in samples if is_filler(text) and text not in NO_VALUE)
    return replace(
        parsing,
        trim=look.white > 0,
        missing=look.missing > 0 or look.white > 0 or "" in samples or bool(fillers),
        no_value=fillers,
        fold=any(not text.isascii() for text in samples),
        thousands=any(mark in text for text in samples for mark in ",% "),
    )


def _decide(
    connection: duckdb.DuckDBPyConnection,
    raw: Raw,
    parsings: dict[str, Parsing],
    *,
    fixed: set[str],
    type_share: float,
) -> dict[str, Parsing]:
    """Asks every value; where some fail, once more with what the failing texts need, and then the verdict."""
    labels = {column.name: column.label for column in raw.columns}
    open_ = [
        column
        for column, parsing in parsings.items()
        if parsing.type not in (ValueType.TEXT, ValueType.GEOMETRY)
    ]
    for turn in range(_ROUNDS):
        trials = _try(connection, parsings, open_)
        again = []
        for column, trial in trials.items():
            parsing = parsings[column]
            if trial.parsed == trial.filled and trial.long == 0:
                parsings[column] = replace(parsing, exact=trial.off_form == 0)
                continue
            failing = _failing(connection, column, parsing)
            wider = _doing_more(widened(parsing, labels[column], failing), parsing, failing)
            if turn < _ROUNDS - 1 and wider != parsing:
                parsings[column] = wider
                again.append(column)
            elif column not in fixed and _is_text_after_all(trial, failing, parsing, type_share):
                parsings[column] = _text_like(parsing)
        open_ = again
    return parsings


def _doing_more(wider: Parsing, parsing: Parsing, failing: tuple[str, ...]) -> Parsing:
    """Folding and thousands marks cost time, so they are done only where a failing text has them."""
    return replace(
        wider,
        trim=parsing.trim,
        missing=parsing.missing or any(map(is_filler, failing)),
        no_value=(*parsing.no_value, *filter(is_filler, failing)),
        fold=parsing.fold or any(not text.isascii() for text in failing),
        thousands=parsing.thousands or any(mark in text for text in failing for mark in ",% "),
    )


def _is_text_after_all(trial: _Trial, failing: tuple[str, ...], parsing: Parsing, type_share: float) -> bool:
    if trial.filled == 0 or trial.parsed < type_share * trial.filled:
        return True
    if parsing.type not in NUMERIC_TYPES:
        return False
    codes = sum(1 for text in failing if is_code(text))
    return trial.long > 0 or codes > CODES_TELL * min(trial.filled, SAMPLE_TEXTS)


def _text_like(parsing: Parsing) -> Parsing:
    return replace(
        TEXT,
        trim=parsing.trim,
        missing=parsing.missing,
        no_value=parsing.no_value,
        fold=False,
        thousands=False,
    )


def _try(
    connection: duckdb.DuckDBPyConnection, parsings: Mapping[str, Parsing], columns: list[str]
) -> dict[str, _Trial]:
    if not columns:
        return {}
    aggregates = []
    for column in columns:
        text = cleaned(column, parsings[column])
        long = (
            f"count(*) FILTER (WHERE strlen({text}) > 15)"
            if parsings[column].type is ValueType.INTEGER
            else "0"
        )
        aggregates += [
            f"count({text})",
            f"count({typed(text, parsings[column])})",
            _off_form(text, parsings[column]),
            long,
        ]
    found = connection.execute(f"SELECT {', '.join(aggregates)} FROM raw").fetchone() or ()
    return {column: _Trial(*found[4 * i : 4 * i + 4]) for i, column in enumerate(columns)}


def _off_form(text: str, parsing: Parsing) -> str:
    """Values that a bare cast might read although they do not have the form: 1e3, 0x1f, 12.7 as a whole number."""
    if parsing.fold or parsing.thousands or parsing.unit:
        return "1"
    match parsing.type:
        case ValueType.INTEGER | ValueType.NUMBER:
            pattern = INTEGER if parsing.type is ValueType.INTEGER else NUMBER
            return f"count(*) FILTER (WHERE NOT regexp_full_match({text}, {literal(pattern)}))"
        case ValueType.DATE | ValueType.DATETIME if (
            len(parsing.formats) == 1 and parsing.formats[0] not in EPOCHS
        ):
            return f"count(*) FILTER (WHERE NOT regexp_full_match({text}, {literal(date_format(parsing.formats[0]).regex)}))"
    return "1"


def _failing(connection: duckdb.DuckDBPyConnection, column: str, parsing: Parsing) -> tuple[str, ...]:
    text = cleaned(column, parsing)
    rows = connection.execute(
        f"SELECT DISTINCT left({text}, 500) FROM raw WHERE {text} IS NOT NULL AND {typed(text, parsing)} IS NULL LIMIT {SAMPLE_TEXTS}"
    ).fetchall()
    return tuple(row[0] for row in rows)


def _normalised(
    connection: duckdb.DuckDBPyConnection,
    raw: Raw,
    looks: Mapping[str, _Look],
    parsings: Mapping[str, Parsing],
) -> Iterable[Normalised]:
    for column in raw.columns:
        look, text = looks[column.name], name(column.name)
        trimmed = f"trim({text}, {literal(WHITE)})"
        if look.white:
            yield from _counted(
                connection, column.name, "trimmed", f"{trimmed} <> {text} AND {trimmed} <> ''"
            )
        fillers = parsings[column.name].no_value
        if look.missing or look.white or fillers:
            said = f"{trimmed} IN ({literals(sorted(NO_VALUE.union(fillers) - {''}))})"
            if parsings[column.name].type is not ValueType.BOOLEAN:
                yield from _counted(connection, column.name, "missing", said)


def _counted(
    connection: duckdb.DuckDBPyConnection, column: str, kind: str, where: str
) -> Iterable[Normalised]:
    row = connection.execute(
        f"SELECT count(*), any_value(left({name(column)}, 60)) FROM raw WHERE {where}"
    ).fetchone()
    if row and row[0]:
        yield Normalised(column=column, kind=kind, values=row[0], example=row[1])
