"""Who asks while others are being answered is asked for together, and gets no answer from before the question."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from quanyu.store import Connection, Database
from quanyu.store.together import Together


class Shelf:
    """Answers slowly, and remembers what it was asked."""

    def __init__(self, **content: int) -> None:
        self.content = content
        self.asked: list[list[str]] = []
        self.open = asyncio.Event()

    async def find(self, keys: Sequence[str]) -> Mapping[str, int]:
        self.asked.append(sorted(keys))
        found = {key: self.content[key] for key in keys if key in self.content}
        await self.open.wait()
        if "broken" in keys:
            raise ValueError("broken")
        return found


async def begun(question: asyncio.Task[int | None]) -> None:
    for _ in range(3):
        await asyncio.sleep(0)
    assert not question.done()


async def test_all_who_come_meanwhile_are_asked_for_at_once() -> None:
    shelf = Shelf(a=1, b=2)
    together = Together(shelf.find)
    first = asyncio.create_task(together.of("a"))
    await begun(first)
    others = [asyncio.create_task(together.of(key)) for key in ("b", "c", "b", "a")]
    await begun(others[0])
    shelf.open.set()
    assert await asyncio.gather(first, *others) == [1, 2, None, 2, 1]
    assert shelf.asked == [["a"], ["a", "b", "c"]]


async def test_what_was_withdrawn_before_the_question_is_not_found() -> None:
    shelf = Shelf(a=1)
    together = Together(shelf.find)
    early = asyncio.create_task(together.of("a"))
    await begun(early)
    del shelf.content["a"]
    late = asyncio.create_task(together.of("a"))
    shelf.open.set()
    assert [await early, await late] == [1, None]


async def test_a_fault_is_told_to_those_it_befell_and_to_no_others() -> None:
    shelf = Shelf(a=1)
    together = Together(shelf.find)
    first = asyncio.create_task(together.of("broken"))
    await begun(first)
    second = asyncio.create_task(together.of("a"))
    shelf.open.set()
    with pytest.raises(ValueError, match="broken"):
        await first
    assert await second == 1


async def test_who_leaves_does_not_take_the_answer_from_others() -> None:
    shelf = Shelf(a=1)
    together = Together(shelf.find)
    leaving, staying = (asyncio.create_task(together.of("a")) for _ in range(2))
    await begun(leaving)
    leaving.cancel()
    shelf.open.set()
    assert await staying == 1


async def named(connection: Connection, tenant: str, keys: Sequence[int]) -> dict[int, str]:
    who = await connection.fetchval("select current_setting('quanyu.tenant')")
    return {key: f"{who} {key}" for key in keys}


async def test_tenants_are_asked_each_for_itself(database: Database, tenant: str) -> None:
    asked = [(tenant, 1), ("other", 1), (tenant, 2)]
    found = await asyncio.gather(*(database.together(name, named, key) for name, key in asked))
    assert found == [f"{tenant} 1", "other 1", f"{tenant} 2"]
