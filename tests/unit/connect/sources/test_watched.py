"""Watched folders: whole files, each once, oldest first, and nothing from outside."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from quanyu.connect.sources import watched
from quanyu.connect.sources.settings import FolderSettings
from quanyu.core.clock import utc_now
from quanyu.core.errors import Invalid, Unavailable
from tests.unit.connect.sources.conftest import Scene


@pytest.fixture
async def inbox(scene: Scene, tmp_path: Path) -> Path:
    path = tmp_path / "in"
    path.mkdir()
    await scene.add("folder", path=str(path), pattern="*.csv")
    return path


async def test_a_file_is_taken_once_it_rests(scene: Scene, inbox: Path) -> None:
    (inbox / "a.csv").write_text("id,level\n1,2\n")
    assert [await scene.run("folder") for _ in range(3)] == [0, 2, 0]


async def test_a_file_that_grows_is_not_taken(scene: Scene, inbox: Path) -> None:
    counts = []
    for size in range(3):
        (inbox / "a.csv").write_text("id\n" * (size + 1))
        counts.append(await scene.run("folder"))
    assert counts == [0, 0, 0]


async def test_old_files_are_taken_at_once_the_oldest_first(scene: Scene, inbox: Path) -> None:
    for age, name in ((10, "c"), (30, "b"), (20, "a")):
        (inbox / f"{name}.csv").write_text(name)
        os.utime(inbox / f"{name}.csv", (1_700_000_000 - age,) * 2)
    assert await scene.run("folder") == 3
    assert scene.inbox.names == ["b.csv", "a.csv", "c.csv"]


async def test_a_replaced_file_is_taken_again_though_its_size_and_time_are_the_same(
    scene: Scene, inbox: Path
) -> None:
    for text in ("one", "two"):
        (inbox / ".new").write_text(text)
        os.utime(inbox / ".new", (1_700_000_000,) * 2)
        (inbox / ".new").rename(inbox / "a.csv")
        await scene.run("folder")
    assert scene.inbox.lines == ["one", "two"]


async def test_other_names_hidden_files_folders_and_pipes_are_left(scene: Scene, inbox: Path) -> None:
    scene.later = timedelta(hours=1)
    (inbox / "b.txt").write_text("b")
    (inbox / ".c.csv").write_text("c")
    (inbox / "d.csv").mkdir()
    os.mkfifo(inbox / "e.csv")
    (inbox / os.fsdecode(b"\xff.csv")).write_text("f")
    assert await scene.run("folder") == 0


async def test_a_link_that_leads_out_is_named_and_keeps_nothing_back(
    scene: Scene, inbox: Path, tmp_path: Path
) -> None:
    scene.later = timedelta(hours=1)
    (tmp_path / "secret.csv").write_text("secret")
    (inbox / "a.csv").symlink_to(tmp_path / "secret.csv")
    (inbox / "b.csv").write_text("b")
    with pytest.raises(Invalid, match="leads out"):
        await scene.run("folder")
    assert scene.inbox.lines == ["b"]
    assert await scene.run("folder") == 0


def test_a_file_that_vanishes_or_changes_meanwhile_waits(tmp_path: Path) -> None:
    settings = FolderSettings(path=str(tmp_path))
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    seen = watched.look(settings, {}, utc_now() + timedelta(hours=1))
    (tmp_path / "a").unlink()
    (tmp_path / "b").write_text("longer")
    copies = [watched.copy(settings, name, seen.states[name], tmp_path / ".copy") for name in ("a", "b")]
    assert copies == [None, None]
    assert not (tmp_path / ".copy").exists()


def test_a_look_takes_a_bounded_number_and_remembers_names_that_are_there(tmp_path: Path) -> None:
    for number in range(watched.A_LOOK + 5):
        (tmp_path / f"{number:04}").touch()
    settings, later = FolderSettings(path=str(tmp_path)), utc_now() + timedelta(hours=1)
    first = watched.look(settings, {}, later)
    second = watched.look(settings, first.cursor(set(first.ready)), later)
    assert (len(first.ready), len(second.ready)) == (watched.A_LOOK, 5)
    done = second.cursor(set(second.ready))
    assert (len(done["taken"]), done["resting"]) == (watched.A_LOOK + 5, {})
    (tmp_path / "0000").unlink()
    assert "0000" not in watched.look(settings, done, later).cursor(set())["taken"]


def test_a_folder_that_is_gone_is_tried_later(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        watched.look(FolderSettings(path=str(tmp_path / "none")), {}, utc_now())
