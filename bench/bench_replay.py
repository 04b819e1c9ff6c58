"""Real cases of three cities replayed through the public doors at accelerated time, every line compared.

Run: python -m bench replay; python bench/bench_replay.py [CITY …] [--first N | --all | --part 1/4]

The data lies in QUANYU_REAL_DATA; the cities are boston, pingshan, messages.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import uvloop

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.replay.door import town
from bench.replay.play import Player
from bench.replay.stories import CITIES, City
from bench.replay.verdict import Verdict, judge
from quanyu.app.node import PACKAGES
from quanyu.store import Database, EmbeddedPostgres, connect_owner, embedded_address, migrate

DATA = Path(os.environ.get("QUANYU_REAL_DATA", Path(__file__).parents[2] / "shared" / "data"))

QUICKLY = "alter role all set synchronous_commit = off"
"""What a kill may cost is tried elsewhere; here a year passes in minutes."""


async def replay(city: City, database: Database, folder: Path) -> tuple[Player, Verdict]:
    bodies = sorted({story.body for story in city.stories})
    begin = min(story.reported for story in city.stories)
    async with town(database, folder, city.name, bodies=bodies, now=begin) as made:
        player = Player(made, city)
        watching = asyncio.create_task(_watch(player))
        await player.play()
        watching.cancel()
        return player, await judge(player)


async def _watch(player: Player) -> None:
    """A whole year takes a while."""
    while True:
        await asyncio.sleep(60)
        print(
            f"  {player.counts['reports']:,} of {len(player.city.stories):,} reported",
            file=sys.stderr,
            flush=True,
        )


async def main(names: list[str], first: int | None, part: str) -> int:
    failed = 0
    with tempfile.TemporaryDirectory(prefix="quanyu-replay-") as scratch:
        server = EmbeddedPostgres(Path(scratch) / "postgres")
        await server.start()
        address = embedded_address(server)
        owner = await connect_owner(address)
        await migrate(owner, PACKAGES)
        await owner.execute(QUICKLY)
        await owner.close()
        database = await Database.open(address)
        for name in names:
            city = _part_of(CITIES[name](DATA, first), part)
            folder = Path(scratch) / name
            folder.mkdir()
            began = time.perf_counter()
            player, verdict = await replay(city, database, folder)
            seconds = time.perf_counter() - began
            _say(city, player, verdict, seconds)
            failed |= bool(verdict.wrong)
        await database.close()
        await server.stop()
    return int(failed)


def _part_of(city: City, part: str) -> City:
    """`2/4`: of all cases in the order of their reports the second quarter."""
    number, parts = map(int, part.split("/"))
    stories = sorted(city.stories, key=lambda one: one.reported)
    start, end = (len(stories) * one // parts for one in (number - 1, number))
    return replace(city, stories=tuple(stories[start:end]))


def _say(city: City, player: Player, verdict: Verdict, seconds: float) -> None:
    counts = player.counts | verdict.counts
    late = sum(one.late for one in player.entries)
    print(
        f"{city.name}: {len(player.entries)} cases, {late} handled late, skipped {city.skipped}", flush=True
    )
    print(
        f"  {player.town.requests} requests in {seconds:.0f} s; "
        + ", ".join(f"{counts[name]} {name}" for name in sorted(counts))
    )
    print(f"  {len(verdict.wrong)} differences", flush=True)
    for line in verdict.wrong[:20]:
        print(f"    {line}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cities", nargs="*", default=list(CITIES))
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--all", action="store_true")
    parser.add_argument(
        "--part", default="1/1", help="of all, e.g. 2/4; a city that is large is played in parts"
    )
    asked = parser.parse_args()
    sys.exit(
        uvloop.run(main(asked.cities, None if asked.all or asked.part != "1/1" else asked.first, asked.part))
    )
