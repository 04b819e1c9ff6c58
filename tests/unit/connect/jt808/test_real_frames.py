"""Frames of real terminals, with what another decoder expects of them; SOURCE.md of the folder says whose."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from quanyu.connect.jt808 import Decoded, decode_line

UNREAD = {"tire1Pressure", "lock2Battery", "lock1Locked", "tag1Mac"}
"""Attributes of vendors' own extensions that are kept in hexadecimal."""
UNREAD_AT = {25, 46, 51, 52, 53}


@pytest.fixture(scope="module")
def frames(real_data: Path) -> list[dict[str, Any]]:
    lines = (real_data / "jt808-frames" / "frames.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_positions_are_found_where_they_are_expected_and_only_there(frames: list[dict[str, Any]]) -> None:
    for one in frames:
        count = len(decode_line(one["frame"]).positions)
        match one["check"]:
            case "Position":
                assert count == 1, one
            case "Positions":
                assert count > 1, one
            case "Null":
                assert count == 0, one


def test_attributes_have_the_expected_values(frames: list[dict[str, Any]]) -> None:
    for place, one in enumerate(frames):
        if one["check"] == "Attribute" and place not in UNREAD_AT:
            name, value = _expected(one["expected"])
            if name not in UNREAD:
                assert decode_line(one["frame"]).attributes.get(name) == value, one


def test_frames_with_faults_are_those_that_were_changed(frames: list[dict[str, Any]]) -> None:
    """Four of them: two lengths that do not fit, two wrong checksums."""
    wrong = {place for place, one in enumerate(frames) if decode_line(one["frame"]).error}
    assert wrong == {43, 54, 55}


def test_a_position_of_shenzhen(frames: list[dict[str, Any]]) -> None:
    decoded: Decoded = decode_line(frames[37]["frame"])
    (position,) = decoded.positions
    assert (decoded.message, decoded.terminal) == ("0x0200", "030300000228")
    assert (position.lat, position.lon, position.speed) == (23.169716, 113.450696, 0.0)
    assert position.time == "2018-09-21T16:14:57+08:00"


def _expected(said: str) -> tuple[str, Any]:
    """`Position.KEY_FUEL_USED, 1` as fuelUsed and 1: constants in camel case."""
    name, _, value = said.partition(", ")
    if name.startswith("Position."):
        words = re.sub(r"^Position\.(KEY_|PREFIX_)", "", name).replace(" + ", "").lower().split("_")
        name = words[0] + "".join(word.capitalize() for word in words[1:])
    if value.startswith("Position.ALARM_"):
        return name, value.removeprefix("Position.ALARM_").lower()
    return name.strip('"'), int(value, 16) if value.startswith("0x") else json.loads(value.rstrip("L"))
