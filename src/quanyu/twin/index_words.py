"""The words of an import's file, as CSV of record number and tsvector for COPY: 20 microseconds a row."""

import csv
from pathlib import Path

from quanyu.twin.words import MAX_TEXT, lexemes

csv.field_size_limit(1 << 30)


def tsvector_text(text: str) -> str:
    """The text form of a tsvector without positions."""
    return " ".join(
        "'" + word.replace("\\", "\\\\").replace("'", "''") + "'" for word in lexemes(text[:MAX_TEXT])
    )


def write_words(source: Path, target: Path) -> Path:
    """Returns `target`; records without words have no line in it."""
    with (
        source.open(encoding="utf-8", newline="") as file,
        target.open("w", encoding="utf-8", newline="") as made,
    ):
        writer = csv.writer(made, lineterminator="\n")
        for number, row in enumerate(csv.reader(file), start=1):
            if row[8] and (words := tsvector_text(row[8])):
                writer.writerow((number, words))
    return target
