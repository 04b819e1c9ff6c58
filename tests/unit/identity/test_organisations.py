"""Bodies as pages ask for them: certain ones by their codes or names, and those that have the whole of a region."""

from collections.abc import Sequence

from quanyu.core.actor import system_actor
from quanyu.identity import ensure_tenant
from quanyu.identity.organisations.model import Organisation
from quanyu.identity.organisations.service import list_organisations, put_organisations
from quanyu.store import Database

BODIES = (
    Organisation(id="city", name="市政府", region="9901"),
    Organisation(id="district", name="东区政府", parent="city", region="990102"),
    Organisation(id="roads", name="道路养护中心", parent="district", region="990102"),
    Organisation(id="water", name="水务局", parent="city", region="9901"),
)


async def test_certain_bodies_are_asked_for_by_code_or_name_and_those_of_a_whole_region_by_the_region(
    database: Database, tenant: str
) -> None:
    async with database.tenant(tenant) as connection:
        await ensure_tenant(connection, tenant)
        await put_organisations(connection, system_actor(tenant, "test"), BODIES)

        async def found(
            ids: Sequence[str] | None = None, heads: Sequence[str] | None = None, names: Sequence[str] | None = None, after: str = ""
        ) -> list[str]:  # fmt: skip
            listed = await list_organisations(
                connection, tenant, after=after, limit=3, ids=ids, names=names, heads=heads
            )
            return [one.id for one in listed]

        assert await found() == ["city", "district", "roads"]
        assert await found(after="roads") == ["water"]
        assert await found(ids=["water", "roads", "unknown"]) == ["roads", "water"]
        assert await found(names=["水务局", "水"]) == ["water"]
        assert await found(heads=["990102"]) == ["district"]
        assert await found(heads=["990102", "9901", "99"]) == ["city", "district"]


async def test_who_is_searched_for_by_name_is_found_first_and_the_pages_go_on_from_there(
    database: Database, tenant: str
) -> None:
    """What is called so, what begins so, what has it within; each by id."""
    named = {
        "a": "区水务局",
        "b": "水务局一站",
        "c": "市水务局",
        "d": "水务局",
        "e": "水务局二站",
        "f": "公园",
    }
    async with database.tenant(tenant) as connection:
        await ensure_tenant(connection, tenant)
        bodies = [Organisation(id=id, name=name, name_en=f"Body {id}") for id, name in named.items()]
        await put_organisations(connection, system_actor(tenant, "test"), bodies)

        async def found(q: str, after: str = "", limit: int = 2) -> list[str]:
            listed = await list_organisations(connection, tenant, after=after, limit=limit, q=q)
            return [one.id for one in listed]

        assert await found("水务局") == ["d", "b"]
        assert await found("水务局", after="b") == ["e", "a"]
        assert await found("水务局", after="a") == ["c"]
        assert await found("body D", limit=1) == ["d"]
