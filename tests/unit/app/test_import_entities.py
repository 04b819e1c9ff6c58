"""Which files hold NGSI-LD entities, line by line."""

import gzip
import json
from pathlib import Path

import pytest

from quanyu.app.cli.entities import holds_entities

ENTITY = {"id": "urn:ngsi-ld:Sensor:1", "type": "Sensor", "level": {"type": "Property", "value": 1}}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (ENTITY, True),
        ({**ENTITY, "level": {"value": 1, "observedAt": "2026-01-01T00:00:00Z"}}, True),
        ({"id": 7, "type": "Sensor", "level": 1}, False),
        ({"id": "urn:x:1", "type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}}, False),
        ({"id": "urn:x:1", "level": {"type": "Property", "value": 1}}, False),
        ([ENTITY], False),
    ],
)
def test_a_file_of_entities_is_told_from_one_of_records(tmp_path: Path, line: object, expected: bool) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text(json.dumps(line) + "\n" + json.dumps(line), encoding="utf-8")
    assert holds_entities(path) is expected


def test_compressed_lines_are_looked_into_and_other_files_are_none(tmp_path: Path) -> None:
    packed, table = tmp_path / "lines.jsonl.gz", tmp_path / "table.csv.gz"
    packed.write_bytes(gzip.compress(json.dumps(ENTITY).encode()))
    table.write_bytes(b"no gzip at all")
    assert (holds_entities(packed), holds_entities(table)) == (True, False)
