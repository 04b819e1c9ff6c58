"""Every setting is documented, every documented setting exists, and wrong values are named together."""

import re
from pathlib import Path

import pytest

from quanyu.app.operations.shown_settings import shown
from quanyu.app.settings import VARIABLES, parse
from quanyu.core.errors import Invalid

DOCS = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_table_of_settings_lists_exactly_the_variables() -> None:
    documented = set(re.findall(r"^\| `(QUANYU_\w+)`", DOCS.read_text(encoding="utf-8"), re.MULTILINE))
    assert documented == {variable.name for variable in VARIABLES}


def test_wrong_values_are_named_together() -> None:
    with pytest.raises(Invalid) as caught:
        parse({"QUANYU_PORT": "many", "QUANYU_UPLOAD_LIMIT": "large"})
    assert {fault.where for fault in caught.value.faults} == {"QUANYU_PORT", "QUANYU_UPLOAD_LIMIT"}


@pytest.mark.parametrize(
    "address",
    [
        "https://tiles.example/{z}/{x}.png?key=s3cret",
        "https://tiles.example/{z}/{x}/{y}/{s}.png?key=s3cret",
        "ftp://tiles.example/{z}/{x}/{y}.png?key=s3cret",
        "https:///{z}/{x}/{y}.png?key=s3cret",
        "https://[::1/{z}/{x}/{y}.png?key=s3cret",
    ],
)
def test_an_address_of_tiles_that_is_none_is_named_without_its_key(address: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse({"QUANYU_BASEMAP": address, "QUANYU_BASEMAP_GCJ02": "perhaps"})
    assert {fault.where for fault in caught.value.faults} == {"QUANYU_BASEMAP", "QUANYU_BASEMAP_GCJ02"}
    assert "s3cret" not in "".join(fault.text("en") for fault in caught.value.faults)


def test_a_base_map_is_shown_among_the_settings_without_its_key() -> None:
    address = "https://tiles.example/{z}/{x}/{y}.png?tk=s3cret"
    settings = parse({"QUANYU_BASEMAP": address, "QUANYU_BASEMAP_GCJ02": "Yes"})
    assert (settings.basemap, settings.basemap_gcj02) == (address, True)
    values = {one.name: one.value for one in shown(settings, "en")}
    assert values["QUANYU_BASEMAP"] == "https://tiles.example/{z}/{x}/{y}.png"


def test_a_flag_wins_over_the_environment() -> None:
    assert parse({"QUANYU_PORT": "9000"}, port=9001).port == 9001


@pytest.mark.parametrize(
    ("host", "loopback"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False)]
)
def test_loopback_is_recognised(host: str, loopback: bool) -> None:
    assert parse({}, host=host).loopback is loopback
