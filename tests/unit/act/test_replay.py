"""Slices of real cases through the public doors, every line compared. The whole is replayed by `python -m bench replay`."""

from pathlib import Path

import pytest

from bench.replay.door import town
from bench.replay.play import Player
from bench.replay.stories import CITIES
from bench.replay.verdict import judge
from quanyu.store import Database


@pytest.mark.parametrize("name", CITIES)
async def test_real_cases_go_the_legal_way_with_the_due_times_and_scores_of_an_independent_reckoning(
    real_data: Path, database: Database, tenant: str, folder: Path, name: str
) -> None:
    city = CITIES[name](real_data, 25)
    bodies = sorted({story.body for story in city.stories})
    begin = min(story.reported for story in city.stories)
    async with town(database, folder, tenant, bodies=bodies, now=begin) as made:
        player = Player(made, city)
        await player.play()
        verdict = await judge(player)
    assert verdict.wrong == []
    assert verdict.counts["due times"] > 150
    assert verdict.counts["score lines"] == len({one.body for one in player.entries if one.body})
    assert verdict.counts["answers removed"] == 10
