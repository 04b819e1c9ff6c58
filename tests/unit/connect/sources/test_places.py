"""Which folders of this machine sources may read."""

from pathlib import Path

import pytest

from quanyu.connect.sources.places import Places
from quanyu.core.errors import Invalid
from tests.unit.connect.sources.conftest import Scene


def _told(places: Places, path: Path) -> str:
    fault = places.fault(path, "settings.path")
    return fault.key.removeprefix("connect.source.") if fault else ""


def test_only_the_inbox_is_open_until_the_administrator_lists_more(tmp_path: Path) -> None:
    own, other = tmp_path / "data", tmp_path / "incoming"
    assert _told(Places(own=own), own / "inbox" / "july") == ""
    assert _told(Places(own=own), other) == "not_listed"
    assert _told(Places(own=own, listed=(other,)), other / "july") == ""
    assert _told(Places(own=own, listed=(other,)), tmp_path / "incoming2") == "not_listed"


@pytest.mark.parametrize("inside", ["", "keys", "inbox/../keys", "datasets/local"])
def test_what_the_node_keeps_for_itself_stays_closed_though_it_is_listed(tmp_path: Path, inside: str) -> None:
    assert (
        _told(Places(own=tmp_path / "data", listed=(Path("/"),)), tmp_path / "data" / inside) == "closed_path"
    )
    assert _told(Places(own=tmp_path / "data", listed=(Path("/"),)), Path("/etc")) == "closed_path"


def test_a_link_is_followed_before_it_is_judged(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "out").symlink_to("/usr")
    assert _told(Places(own=tmp_path), tmp_path / "inbox" / "out") == "not_listed"


def test_a_department_has_the_folder_of_its_name(tmp_path: Path) -> None:
    places = Places(own=tmp_path, organisation="traffic")
    assert _told(places, tmp_path / "inbox" / "traffic") == ""
    assert _told(places, tmp_path / "inbox" / "health") == "not_listed"
    assert _told(Places(own=tmp_path, organisation=".."), tmp_path / "other") == "not_listed"


async def test_a_folder_that_is_listed_no_longer_is_not_read(scene: Scene, tmp_path: Path) -> None:
    incoming = tmp_path / "incoming"
    incoming.mkdir()
    await scene.add("folder", path=str(incoming))
    runner = scene.runner()
    runner.listed = ()
    with pytest.raises(Invalid) as caught:
        await scene.run_with(runner, "folder")
    assert caught.value.key == "connect.source.not_listed"
    assert (await scene.row("folder"))["fault"]["key"] == "connect.source.not_listed"
