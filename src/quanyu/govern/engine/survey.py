"""How each column is to be read, decided over every value of it.

A sample proposes (`inference`), the whole column decides: texts that the proposal cannot read widen it or turn it down.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import duckdb

from quanyu.core.profile import NUMERIC_TYPES, TEMPORAL_TYPES, ValueType
from quanyu.govern.engine.early import Early
from quanyu.govern.engine.figures import CODES_TELL, are_figures, is_code
from quanyu.govern.engine.inference import TEXT, guess, widened
from quanyu.govern.engine.landing import Raw, RawColumn
from quanyu.govern.engine.looks import look_at_columns
from quanyu.govern.engine.model import ColumnChoice, Normalised
from quanyu.govern.engine.parsing import NO_VALUE, WHITE, Parsing, is_filler, says_nothing
from quanyu.govern.engine.samples import SAMPLE_TEXTS, Samples
from quanyu.govern.engine.semantics import is_code_by_meaning, meaning
from quanyu.govern.engine.tidiness import Untidy, look_at_texts, normalised
from quanyu.govern.engine.trial import Asked, Trial, ask, failing_texts, has_form

_ROUNDS = 3
_guess, _meaning = lru_cache(maxsize=128)(guess), lru_cache(maxsize=128)(meaning)
"""The same sample is asked before the table is read and after it."""
_MARKS = ",% ，％"


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


def guess_early(
    connection: duckdb.DuckDBPyConnection,
    columns: tuple[RawColumn, ...],
    samples: Samples,
    choices: Iterable[ColumnChoice],
    *,
    type_share: float,
) -> Early:
    """How the table `sample` says that columns are to be read; nothing of those that it takes for text."""
    open_ = {column.name for column in columns} - {choice.name for choice in choices}
    first = {
        c.name: _lean(
            _first(c, samples[c.name], None, _meaning(c.label, samples[c.name])), samples[c.name], None
        )
        for c in columns
        if c.name in open_
    }
    asked = Asked(table="sample", columns=columns, early={})
    decided = _decide(connection, asked, first, fixed=set(), type_share=type_share)
    return {
        column: replace(parsing, complete=False)
        for column, parsing in decided.items()
        if not _is_plain(parsing)
    }


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
        column: _agreeing(raw.early.get(column), parsing)
        or _lean(parsing, samples[column], untidy.get(column), codes=is_code_by_meaning(meanings[column]))
        for column, parsing in first.items()
    }
    fixed = {choice.name for choice in chosen.values() if choice.type is not None}
    asked = Asked(table="raw", columns=raw.columns, early=raw.early)
    parsings = _decide(connection, asked, parsings, fixed=fixed, type_share=type_share)
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


def _agreeing(early: Parsing | None, first: Parsing) -> Parsing | None:
    """What was read early, unless all texts of the column say something else than those of the sample."""
    if early is None or early.type not in {first.type, _WIDER.get(first.type)}:
        return None
    return early


_WIDER = {ValueType.INTEGER: ValueType.NUMBER, ValueType.DATE: ValueType.DATETIME}


def _is_plain(parsing: Parsing) -> bool:
    return parsing.type in (ValueType.TEXT, ValueType.GEOMETRY)


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
    parsing = _guess(column.label, samples)
    return (
        replace(parsing, unit=column.unit)
        if column.unit and parsing.type in NUMERIC_TYPES and not parsing.unit
        else parsing
    )


def _as_chosen(choice: ColumnChoice, column: RawColumn, samples: tuple[str, ...]) -> Parsing:
    assert choice.type is not None
    if choice.format is None and choice.type in TEMPORAL_TYPES | {ValueType.NUMBER}:
        found = _guess(column.label, samples)
        if found.formats and (found.type in TEMPORAL_TYPES) == (choice.type in TEMPORAL_TYPES):
            return replace(found, type=choice.type, unit=choice.unit or column.unit or found.unit)
    formats = tuple(choice.format.split("|")) if choice.format else ()
    return Parsing(type=choice.type, formats=formats, unit=choice.unit or column.unit)


def _semantic(column: RawColumn, samples: tuple[str, ...], choice: ColumnChoice | None) -> str | None:
    return choice.semantic if choice is not None and choice.semantic else _meaning(column.label, samples)


def _lean(
    parsing: Parsing, samples: tuple[str, ...], untidy: Untidy | None, *, codes: bool = False
) -> Parsing:
    """Only the work that the column needs: most have neither blanks nor full-width figures.

    Of texts every value was looked at; of other types what the sample does not show turns up as texts that fail.
    """
    fillers = tuple(text for text in samples if says_nothing(text, parsing, codes=codes))
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
        thousands=parsing.type in NUMERIC_TYPES and any(mark in text for text in samples for mark in _MARKS),
        restore=parsing.type is ValueType.TEXT and look.changed > 0 and (codes or are_figures(samples)),
    )
    return replace(lean, exact=has_form(lean))


def _decide(
    connection: duckdb.DuckDBPyConnection,
    asked: Asked,
    parsings: dict[str, Parsing],
    *,
    fixed: set[str],
    type_share: float,
) -> dict[str, Parsing]:
    """Asks every value; where some fail, once more with what the failing texts need, and then the verdict."""
    labels = {column.name: column.label for column in asked.columns}
    open_ = [column for column, parsing in parsings.items() if not _is_plain(parsing)]
    before: dict[str, tuple[Trial, Parsing]] = {}
    for turn in range(_ROUNDS):
        trials = ask(connection, asked, parsings, open_)
        again = []
        for column, trial in trials.items():
            parsing = replace(parsings[column], exact=False)
            turned = before.get(column)
            if turned and turned[0].parsed >= trial.parsed and _contradict(turned[1], parsing):
                trial, parsing = turned
                failing = failing_texts(connection, asked, column, parsing)
                parsings[column] = _verdict(trial, failing, parsing, type_share, is_fixed=column in fixed)
                continue
            in_form = trial.off_form == 0 if parsings[column].exact else True
            if trial.parsed == trial.filled and in_form and trial.long == 0:
                parsings[column] = replace(parsings[column], complete=True)
                continue
            failing = failing_texts(connection, asked, column, parsing)
            wider = _doing_more(widened(parsing, labels[column], failing), parsing, failing)
            if turn < _ROUNDS - 1 and wider != parsings[column]:
                parsings[column] = wider
                before[column] = trial, parsing
                again.append(column)
            else:
                parsings[column] = _verdict(trial, failing, parsing, type_share, is_fixed=column in fixed)
        open_ = again
    return parsings


def _contradict(one: Parsing, other: Parsing) -> bool:
    """The same text means something else: 03/04/2020 with day and month exchanged, 1.234 with a comma for its point."""
    if one.type in TEMPORAL_TYPES and other.type in TEMPORAL_TYPES:
        return not set(one.formats) <= set(other.formats)
    return one.formats != other.formats


def _verdict(
    trial: Trial, failing: tuple[str, ...], parsing: Parsing, type_share: float, *, is_fixed: bool
) -> Parsing:
    is_text = not is_fixed and _is_text_after_all(trial, failing, parsing, type_share)
    return _text_like(parsing) if is_text else parsing


def _doing_more(wider: Parsing, parsing: Parsing, failing: tuple[str, ...]) -> Parsing:
    """Folding and thousands marks cost time, so they are done only where a failing text has them."""
    stripped = [text.strip(WHITE) for text in failing]
    return replace(
        wider,
        trim=parsing.trim or any(text != text.strip(WHITE) for text in failing),
        missing=parsing.missing or any(says_nothing(text, parsing) or text in NO_VALUE for text in stripped),
        no_value=(*parsing.no_value, *(text for text in stripped if says_nothing(text, parsing))),
        fold=parsing.fold or any(not text.isascii() for text in failing),
        thousands=parsing.thousands or any(mark in text for text in failing for mark in _MARKS),
    )


def _is_text_after_all(trial: Trial, failing: tuple[str, ...], parsing: Parsing, type_share: float) -> bool:
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
        restore=parsing.restore,
        fold=False,
        thousands=False,
    )
