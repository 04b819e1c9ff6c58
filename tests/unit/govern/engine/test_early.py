"""Large text files are typed while they are read, by what records from all over the file say."""

from collections.abc import Callable
from typing import Any

import pytest

from quanyu.connect.files import whole

Importer = Callable[..., Any]
_LINES = 3_000


def _text(*last: str) -> str:
    lines = [
        f"{i},{i % 90 + 10},2024-01-{i % 28 + 1:02} 08:00:00,{i / 8},{'说' * 300}\n" for i in range(_LINES)
    ]
    return "id,code,at,size,note\n" + "".join(lines) + "".join(f"{line},x\n" for line in last)


def _outcome(done: Any) -> tuple[Any, ...]:
    report = done.report
    counts = (report.read, report.accepted, report.quarantined, report.duplicates)
    columns = [(c.name, c.type, c.format, c.nulls, c.minimum, c.maximum) for c in report.columns]
    return counts, columns, done.rows("accepted"), done.rows("quarantine"), report.rules


@pytest.mark.parametrize(
    "last",
    [
        (),
        ("3000,007,2024-02-01 08:00:00,1",),
        ("3000,70,01/02/2024,1",),
        ("x3000,70,2024-02-01 08:00:00,1e3",),
        ("3000, 70 ,,1_000", "3000, 70 ,,1_000"),
    ],
    ids=["nothing strange", "leading zero", "another form of date", "no number", "blanks, twice"],
)
def test_it_changes_nothing_in_what_comes_out(
    imported: Importer, monkeypatch: pytest.MonkeyPatch, last: tuple[str, ...]
) -> None:
    late = _outcome(imported(_text(*last), suggest=True))
    monkeypatch.setattr(whole, "_LARGE", 1)
    monkeypatch.setattr(whole, "_PARTS", 1)
    assert _outcome(imported(_text(*last), suggest=True)) == late
