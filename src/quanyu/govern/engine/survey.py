"""How each column is to be read, decided over every value of it.

A sample proposes (`inference`), the whole column decides: texts that the proposal cannot read widen it or turn it down.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import duckdb

from quanyu.core.profile import NUMERIC_TYPES, TEMPORAL_TYPES, ValueType
from quanyu.core.values import EPOCHS, INTEGER, date_format
from quanyu.govern.engine.inference import CODES_TELL, TEXT, guess, is_code, widened
from quanyu.govern.engine.landing import Raw, RawColumn
from quanyu.govern.engine.looks import SAMPLE_TEXTS, look_at_columns
from quanyu.govern.engine.model import ColumnChoice, Normalised
from quanyu.govern.engine.parsing import NO_VALUE, WHITE, Parsing, cleaned, is_filler, typed
from quanyu.govern.engine.semantics import is_code_by_meaning, meaning
from quanyu.govern.engine.tidiness import Untidy, look_at_texts, normalised
from quanyu.govern.quality.quote import literal

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
    counted: str | None = None  # the table of its different texts (_said, _n), where they are few

    @property
    def is_readable(self) -> bool:
        """Every text of the column has a typed value."""
        return self.parsing.type in (ValueType.TEXT, ValueType.GEOMETRY) or self.parsing.complete


@dataclass(frozen=True, slots=True)
class _Trial:
    filled: int
    parsed: int
    off_form: int
    long: int


def survey(
    connection: duckdb.DuckDBPyConnection, raw: Raw, choices: Iterable[ColumnChoice], *, type_share: float
) -> tuple[tuple[Surveyed, ...], tuple[Normalised, ...]]:
    looks = look_at_columns(connection, raw)
    samples = {column: look.samples for column, look in looks.items()}
    chosen = {one.name: one for one in choices if not one.when_empty or _is_empty(samples.get(one.name, ()))}
    meanings = {c.name: _semantic(c, samples[c.name], chosen.get(c.name)) for c in raw.columns}
    first = {c.name: _first(c, samples[c.name], chosen.get(c.name), meanings[c.name]) for c in raw.columns}
    texts = {
        column: looks[column].counted for column, parsing in first.items() if parsing.type is ValueType.TEXT
    }
    untidy = look_at_texts(connection, texts)
    parsings = {
        column: _lean(parsing, samples[column], untidy.get(column)) for column, parsing in first.items()
    }
    fixed = {choice.name for choice in chosen.values() if choice.type is not None}
    parsings = _decide(connection, raw, parsings, fixed=fixed, type_share=type_share)
    surveyed = tuple(
        Surveyed(
            column=column,
            parsing=parsings[column.name],
            semantic=meanings[column.name],
            filled=looks[column.name].filled,
            distinct=looks[column.name].distinct,
            samples=samples[column.name],
            counted=looks[column.name].counted,
        )
        for column in raw.columns
    )
    return surveyed, tuple(normalised(connection, parsings))


def _is_empty(samples: tuple[str, ...]) -> bool:
    return all(text.strip(WHITE) in NO_VALUE or is_filler(text) for text in samples)


def _first(
    column: RawColumn, samples: tuple[str, ...], choice: ColumnChoice | None, semantic: str | None
) -> Parsing:
    if choice is not None and choice.type is not None:
        return _as_chosen(choice, column, samples)
    if column.geometry:
        return Parsing(type=ValueType.GEOMETRY)
    if is_code_by_meaning(semantic):
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


def _lean(parsing: Parsing, samples: tuple[str, ...], untidy: Untidy | None) -> Parsing:
    """Only the work that the column needs: most have neither blanks nor full-width figures.

    Of texts every value was looked at; of other types what the sample does not show turns up as texts that fail.
    """
    fillers = tuple(text for text in samples if is_filler(text) and text not in NO_VALUE)
    seen = Untidy(
        white=sum(text != text.strip(WHITE) for text in samples),
        missing=sum(text in NO_VALUE for text in samples),
    )
    look = untidy or seen
    lean = replace(
        parsing,
        trim=look.white > 0,
        missing=look.missing > 0 or look.white > 0 or bool(fillers),
        no_value=fillers,
        fold=any(not text.isascii() for text in samples),
        thousands=parsing.type in NUMERIC_TYPES and any(mark in text for text in samples for mark in ",% "),
    )
    return replace(lean, exact=_off_form("", lean) != _NOT_ASKED)


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
            parsing = replace(parsings[column], exact=False)
            in_form = trial.off_form == 0 if parsings[column].exact else True
            if trial.parsed == trial.filled and in_form and trial.long == 0:
                parsings[column] = replace(parsings[column], complete=True)
                continue
            failing = _failing(connection, column, parsing)
            wider = _doing_more(widened(parsing, labels[column], failing), parsing, failing)
            if turn < _ROUNDS - 1 and wider != parsings[column]:
                parsings[column] = wider
                again.append(column)
            else:
                is_text = column not in fixed and _is_text_after_all(trial, failing, parsing, type_share)
                parsings[column] = _text_like(parsing) if is_text else parsing
        open_ = again
    return parsings


def _doing_more(wider: Parsing, parsing: Parsing, failing: tuple[str, ...]) -> Parsing:
    """Folding and thousands marks cost time, so they are done only where a failing text has them."""
    stripped = [text.strip(WHITE) for text in failing]
    return replace(
        wider,
        trim=parsing.trim or any(text != text.strip(WHITE) for text in failing),
        missing=parsing.missing or any(is_filler(text) or text in NO_VALUE for text in stripped),
        no_value=(
            *parsing.no_value,
            *(text for text in stripped if is_filler(text) and text not in NO_VALUE),
        ),
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
    """Values that a bare cast would read although they do not have the form: 1e3, 0x1f, 12.7 as a whole number."""
    if parsing.fold or parsing.thousands or parsing.unit:
        return _NOT_ASKED
    match parsing.type:
        case ValueType.INTEGER:
            return _not_in_form(text, INTEGER, plain=f"try_cast({text} AS BIGINT)::VARCHAR = {text}")
        case ValueType.NUMBER:
            return (
                f"count(*) FILTER (WHERE NOT isfinite(try_cast({text} AS DOUBLE)) OR contains({text}, '_'))"
            )
        case ValueType.DATE | ValueType.DATETIME if (
            len(parsing.formats) == 1 and parsing.formats[0] not in EPOCHS
        ):
            form = date_format(parsing.formats[0])
            length, type_ = _AS_PRINTED.get(form.name, (0, "DATE"))
            printed = f"strlen({text}) = {length} AND {text} >= '1800' AND {text} < '2200' AND try_cast({text} AS {type_})::VARCHAR = {text}"
            return _not_in_form(text, form.regex, plain=printed if length else "false")
    return _NOT_ASKED


def _not_in_form(text: str, pattern: str, *, plain: str) -> str:
    """Values that DuckDB prints as they are written (`plain`) have the form; only the others are worth a pattern."""
    asked = f"NOT regexp_full_match({text}, {literal(pattern)})"
    return f"count(*) FILTER (WHERE CASE WHEN {plain} THEN false ELSE {asked} END)"


_NOT_ASKED = "0"
_AS_PRINTED = {"iso": (10, "DATE"), "iso_seconds": (19, "TIMESTAMP")}
"""Forms of dates that are DuckDB's own, with their length; the years that a form takes are those of `core.values`."""


def _failing(connection: duckdb.DuckDBPyConnection, column: str, parsing: Parsing) -> tuple[str, ...]:
    text = cleaned(column, parsing)
    rows = connection.execute(
        f"SELECT DISTINCT left({text}, 500) FROM raw WHERE {text} IS NOT NULL AND {typed(text, parsing)} IS NULL LIMIT {SAMPLE_TEXTS}"
    ).fetchall()
    return tuple(row[0] for row in rows)
