"""Tables as text."""

import csv
import io
from collections.abc import Sequence

Row = list[str]


def csv_text(
    titles: Sequence[str],
    header: Sequence[str],
    rows: Sequence[Row],
    *,
    notes: Sequence[str] = (),
    delimiter: str = ",",
) -> str:
    """Titles stand alone above the header, notes below the records, with empty cells beside them as spreadsheets write it."""
    target = io.StringIO()
    writer = csv.writer(target, delimiter=delimiter, lineterminator="\r\n")
    beside = [""] * (len(header) - 1)
    writer.writerows([title, *beside] for title in titles)
    writer.writerow(header)
    writer.writerows(rows)
    writer.writerows([note, *beside] for note in notes)
    return target.getvalue()
