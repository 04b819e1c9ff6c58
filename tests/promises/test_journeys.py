"""The acceptance checks of journeys that the docs and the Makefile name are there."""

from pathlib import Path

import pytest

from bench.__main__ import NAMES
from scripts.journeys import JOURNEYS, Journey, commands

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda one: one.name)
def test_what_a_journey_runs_exists_and_is_named_in_the_docs(journey: Journey) -> None:
    assert all((ROOT / path).exists() for path in journey.tests)
    assert set(journey.bench) <= set(NAMES)
    assert len(commands(journey)) == 1 + len(journey.bench)
    assert f"`make {journey.name}`" in (ROOT / "docs" / "journeys.md").read_text(encoding="utf-8")


def test_every_journey_is_a_target() -> None:
    targets = next(
        line
        for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
        if line.startswith("j1 ")
    )
    assert targets.split(":")[0].split() == [one.name for one in JOURNEYS]
