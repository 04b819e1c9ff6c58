"""What an import did besides reading: lines left out, values made plain, forms found, decisions taken."""

from collections.abc import Iterator, Mapping
from typing import Any

from quanyu.core.messages import text

_LISTED = 20


def notes(report: Mapping[str, Any], language: str) -> Iterator[str]:
    """One sentence each, the most telling first; `report` as the API shows it."""
    faults = report.get("faults", ())
    for fault in faults[:_LISTED]:
        where = f"{fault['where']}: " if fault["where"] and not fault["key"].startswith("govern.") else ""
        yield where + text(fault["key"], language, **fault["values"])
    if len(faults) > _LISTED:
        yield text("app.import.note.more", language, count=len(faults) - _LISTED)
    for kind, count in report.get("left_out", {}).items():
        yield text(
            "app.import.note.dropped",
            language,
            count=count,
            kind=text(f"app.import.line.{kind.replace(' ', '_')}", language),
        )
    for one in report.get("normalised", ()):
        yield text(
            f"app.import.note.{one['kind']}",
            language,
            column=one["column"],
            count=one["values"],
            example=one["example"],
        )
    for column in report.get("columns", ()):
        if "|" in (column["format"] or "") or (column["type"] == "number" and column["format"]):
            yield text("app.import.note.format", language, column=column["name"], format=column["format"])
