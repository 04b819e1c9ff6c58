"""One change for many values: pure."""

import pytest

from quanyu.core.errors import Invalid
from quanyu.govern.quarantine.bulk import fixed_values
from quanyu.govern.quarantine.model import BulkFix, FixKind, QuarantinedRow, Select, State


def row(edits: dict[str, str | None] | None = None, **values: str | None) -> QuarantinedRow:
    return QuarantinedRow(
        import_id="i1", row=0, state=State.OPEN, file="a.csv", source=0, line=2, values=values, edits=edits or {}, faults=(),
    )  # fmt: skip


def fix(kind: FixKind, column: str = "lon", source: str = "lat") -> BulkFix:
    return BulkFix(select=Select(), kind=kind, column=column, source=source)


def test_exchanged_coordinates_change_places_as_they_were_mended() -> None:
    rows = [
        row(lon="32.02", lat="118.75"),
        row({"lat": "118.9"}, lon="32.1", lat="?"),
        row(lon=None, lat="118.8"),
    ]
    assert fixed_values(fix(FixKind.SWAP), rows) == [
        {"lon": "118.75", "lat": "32.02"},
        {"lon": "118.9", "lat": "32.1"},
        {"lon": "118.8", "lat": None},
    ]


@pytest.mark.parametrize("kind", [FixKind.SWAP, FixKind.COPY])
@pytest.mark.parametrize("source", ["", "height"])
def test_the_other_column_must_be_there(kind: FixKind, source: str) -> None:
    with pytest.raises(Invalid):
        fixed_values(fix(kind, source=source), [row(lon="1", lat="2")])


def test_a_copy_leaves_the_other_column_alone() -> None:
    assert fixed_values(fix(FixKind.COPY), [row(lon="1", lat="2")]) == [{"lon": "2"}]
