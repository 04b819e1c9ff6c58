"""Starts that cannot succeed end at once, in one line that says what to do."""

from pathlib import Path

import pytest

from tests.faults.ended import refused
from tests.running import node_in


def test_a_file_in_the_place_of_the_data_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    code, last = refused(tmp_path / "data")
    assert (code, last) == (3, f"The data folder {tmp_path}/data cannot be used: File exists")


def test_a_data_folder_that_nobody_can_write_to() -> None:
    code, last = refused(Path("/proc/quanyu"))
    assert (code, last.startswith("The data folder /proc/quanyu cannot be used:")) == (3, True)


def test_a_database_folder_without_its_version_is_left_as_it_is(tmp_path: Path) -> None:
    table = tmp_path / "data" / "postgres" / "base" / "1"
    table.mkdir(parents=True)
    (table / "1259").write_text("rows")
    code, last = refused(tmp_path / "data")
    assert (code, "PG_VERSION is missing" in last) == (3, True)
    assert (table / "1259").read_text() == "rows"


def test_a_database_of_another_version(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "postgres"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "PG_VERSION").write_text("15\n")
    (folder / "postgresql.conf").write_text("")
    code, last = refused(tmp_path / "data")
    assert (code, "database files are incompatible with server" in last) == (3, True)


def test_a_first_start_that_was_cut_short_is_made_anew(tmp_path: Path) -> None:
    half_made = tmp_path / "data" / "postgres.new"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    with node_in(tmp_path / "data") as node:
        assert not half_made.exists()
        assert node.stop() == 0


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_node_that_is_started_without_its_standard_streams_works(tmp_path: Path, closed: str) -> None:
    with node_in(
        tmp_path / "data", "--workers", "2", wrapper=("sh", "-c", f'exec "$@" {closed}', "sh")
    ) as node:
        done = node.import_text("lots", "id,name\n1,a\n2,b\n")
        assert (done["state"], done["report"]["accepted"]) == ("done", 2)
        assert node.stop() == 0
