"""A table kept the same elsewhere: what has become of it since, under every constraint of the contract, and told as it happens."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from quanyu.exchange.delivery.engine import Engines
from quanyu.exchange.delivery.following import comes
from quanyu.exchange.delivery.service import Deliveries
from quanyu.exchange.http.lines import Told, line
from quanyu.exchange.policy import Anonymity, Condition, Mask, MaskKind, Operator, Way
from quanyu.query import DuckEngine
from tests.patience import PATIENCE_SECONDS
from tests.unit.exchange.city import COLUMNS, City, residents

POOR = (Condition(column="收入", op=Operator.LE, value=1050),)


async def changes(city: City, id: str, after: str | None = None, **params: Any) -> Any:
    query = {**params, **({"after": after} if after else {})}
    return await city.asks("county", "GET", f"/contracts/{id}/changes", params=query)


def said(portion: Any, column: str = "收入") -> dict[str, tuple[str, Any]]:
    return {one["编号"]: (one["_change"], one[column]) for one in portion["items"]}


@pytest.fixture
async def mended(city: City) -> AsyncIterator[City]:
    """Whatever tests import, the register is as it was, before and afterwards."""
    await city.mends()
    yield city
    await city.mends()


async def test_the_whole_comes_first_and_then_what_has_changed(mended: City) -> None:
    city, id = mended, await mended.contract()
    whole = await changes(city, id)
    assert (len(whole["items"]), whole["whole"], whole["more"]) == (120, True, False)
    assert list(whole["items"][0]) == ["_change", *COLUMNS]
    nothing = await changes(city, id, whole["next"])
    assert (nothing["items"], nothing["whole"]) == ([], False)
    await city.imports(residents(R007="2500"))
    after = await changes(city, id, nothing["next"])
    assert said(after) == {"R007": ("put", 2500)}
    calls = (await city.asks("county", "GET", f"/contracts/{id}/calls"))["items"]
    assert sorted((one["way"], one["rows"]) for one in calls) == [("changes", rows) for rows in (0, 1, 120)]
    await city.ends(id)


async def test_what_leaves_the_rows_of_the_contract_is_gone_and_tells_its_key_only(mended: City) -> None:
    city, id = mended, await mended.contract(where=POOR)
    whole = await changes(city, id)
    assert set(said(whole)) == {"R001", "R002", "R003", "R004", "R005"}
    await city.imports(residents(R003="9999", R004="7", R060="50", R061="5000"))
    after = await changes(city, id, whole["next"])
    assert said(after) == {"R003": ("gone", None), "R004": ("put", 7), "R060": ("put", 50)}
    await city.ends(id)


async def test_no_change_of_what_a_mask_hides_is_told(mended: City) -> None:
    masks = {
        "收入": Mask(kind=MaskKind.GENERALISE, step=500),
        "状态": Mask(kind=MaskKind.HIDE),
        "编号": Mask(kind=MaskKind.TOKEN),
    }
    city, id = mended, await mended.contract(masks=masks)
    whole = await changes(city, id)
    await city.imports(residents(R007="1075", R008="3000"))
    (one,) = (await changes(city, id, whole["next"]))["items"]
    assert (one["_change"], one["收入"], one["编号"][:3]) == ("put", 3000, "tk_")
    assert one["编号"] in said(whole)
    await city.ends(id)


async def test_portions_are_of_one_version_whatever_comes_meanwhile(mended: City) -> None:
    city, id = mended, await mended.contract(rows=50)
    seen: dict[str, Any] = {}
    portion = await changes(city, id, limit=100)
    assert (len(portion["items"]), portion["more"]) == (50, True)
    await city.imports(residents(R120="5"))
    while portion["more"]:
        seen |= said(portion)
        portion = await changes(city, id, portion["next"])
    seen |= said(portion)
    assert (len(seen), seen["R120"]) == (120, ("put", 2200))
    assert said(await changes(city, id, portion["next"])) == {"R120": ("put", 5)}
    await city.ends(id)


@pytest.mark.parametrize(
    "terms", [{"group": 3}, {"anonymity": Anonymity(k=2, columns=("街道",))}, {"columns": ("街道", "收入")},
              {"masks": {"编号": Mask(kind=MaskKind.TRUNCATE, keep=2)}}, {"ways": (Way.FILE,)}],
)  # fmt: skip
async def test_what_cannot_be_told_apart_is_refused(city: City, terms: dict[str, Any]) -> None:
    id = await city.contract(**terms)
    await city.asks("county", "GET", f"/contracts/{id}/changes", expect=403)
    await city.ends(id)


async def test_marks_of_others_and_of_other_terms_begin_anew(city: City) -> None:
    ids = [await city.contract(), await city.contract(columns=("编号",))]
    first = await changes(city, ids[0])
    await city.asks("county", "GET", f"/contracts/{ids[0]}/changes", params={"after": "nonsense"}, expect=400)
    await city.asks("health", "GET", f"/contracts/{ids[0]}/changes", expect=404)
    other = await changes(city, ids[1], first["next"])
    assert all(set(one) == {"_change", "编号"} for one in other["items"])
    for id in ids:
        await city.ends(id)


async def test_a_line_tells_changes_as_they_come_and_ends_with_its_contract(mended: City) -> None:
    city, id = mended, await mended.contract()
    mark, heard = (await changes(city, id))["next"], list[tuple[str, Any]]()

    async def portion(after: str | None, wait: int) -> Told | None:
        """As the door does: what comes is asked for."""
        if not await comes(deliveries(city), city.actors["county"], id, after, wait=wait):
            return None
        found = await changes(city, id, after)
        return Told(msgspec.json.encode(found), found["next"])

    async def listen() -> None:
        async for message in line(portion, mark, "en"):
            heard.append((str(message.event), msgspec.json.decode(str(message.data))))

    listening = asyncio.create_task(listen())
    await city.imports(residents(R007="2500"))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not heard:  # noqa: ASYNC110 (only the line knows)
            await asyncio.sleep(0.01)
    await city.ends(id)
    await asyncio.wait_for(listening, PATIENCE_SECONDS)
    assert [event for event, _ in heard] == ["changes", "end"]
    assert said(heard[0][1]) == {"R007": ("put", 2500)}
    assert id in heard[1][1]["reason"]


async def test_a_line_opens_only_where_its_contract_gives_changes(city: City) -> None:
    ids = [await city.contract(), await city.contract(ways=(Way.RECORDS,))]
    await city.asks("health", "GET", f"/contracts/{ids[0]}/events", expect=404)
    await city.asks("county", "GET", f"/contracts/{ids[1]}/events", expect=403)
    await city.asks("county", "GET", f"/contracts/{ids[0]}/events", params={"after": "nonsense"}, expect=400)
    for id in ids:
        await city.ends(id)


def deliveries(city: City) -> Deliveries:
    node = city.node
    return Deliveries(node.database, node.folder, Engines(DuckEngine(node.folder)), node.clock)
