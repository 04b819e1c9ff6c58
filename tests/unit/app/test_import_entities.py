"""JSON lines of NGSI-LD entities: which files hold them, and what becomes of each line."""

import gzip
import json
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from quanyu.app.cli.entities import Tally, holds_entities, import_lines
from quanyu.core.actor import Actor, ActorKind
from quanyu.store import Database
from quanyu.twin import Writer
from quanyu.twin.http import Door, NgsiApp
from quanyu.twin.http.sight import WholeTenant

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


async def test_every_line_is_written_or_named(database: Database, tenant: str, tmp_path: Path) -> None:
    async def authorize(scope: object, action: str) -> Actor:
        return Actor(id="tester", tenant=tenant, kind=ActorKind.ACCOUNT, roles=frozenset({"data_officer"}))

    door = Door(database=database, writer=Writer(database), sight=WholeTenant())
    lines = [json.dumps({**ENTITY, "id": f"urn:ngsi-ld:Sensor:{n}"}) for n in range(1500)]
    lines[3], lines[5] = "{", json.dumps({"id": "no uri", "type": "Sensor"})
    path, tally = tmp_path / "lines.jsonl", Tally()
    path.write_text("\n".join(lines), encoding="utf-8")
    transport = httpx.ASGITransport(app=NgsiApp(door, authorize))
    async with httpx.AsyncClient(transport=transport, base_url="http://broker") as client:
        await import_lines(client, path, tally, Console(quiet=True))
    assert (tally.written, tally.refused) == (1498, 2)
    assert [fault.partition(": ")[0] for fault in tally.faults] == ["lines.jsonl:4", "lines.jsonl no uri"]
