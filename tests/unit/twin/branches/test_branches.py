"""What-if branches and snapshots: what is written there stays there."""

import pytest

from quanyu.core.errors import Conflict, NotFound
from quanyu.store import Connection, Database
from quanyu.twin.branches import Branches
from quanyu.twin.branches.model import Fate
from quanyu.twin.model import Stored
from quanyu.twin.writer import Writer
from tests.unit.twin.ngsi_client import Client

ID = "urn:ngsi-ld:Snapshot:flood"
CARS = {"type": "Query", "entities": [{"type": "Car"}]}
SINCE = {"timerel": "after", "timeAt": "2026-01-01T00:00:00Z"}
PAST = {**CARS, "temporalQ": {**SINCE, "timeproperty": "modifiedAt"}}


async def put(ngsi: Client, method: str, target: str, body: object, snapshot: str = "") -> int:
    headers = {"ngsild_snapshot": snapshot} if snapshot else {}
    return (await ngsi.ask(method, target, body, content_type="application/json", **headers)).status


async def speeds(ngsi: Client, snapshot: str = "") -> dict[str, int]:
    headers = {"ngsild_snapshot": snapshot} if snapshot else {}
    reply = await ngsi.ask("GET", "/entities?type=Car&format=simplified", **headers)
    return {one["id"]: one["speed"] for one in reply.json}


def car(id: str, speed: int) -> dict[str, object]:
    return {"id": id, "type": "Car", "speed": {"type": "Property", "value": speed}}


@pytest.fixture
def branches(database: Database) -> Branches:
    return Branches(database, Writer(database))


async def as_it_is(connection: Connection, entities: list[Stored]) -> list[Stored]:
    return entities


async def test_a_branch_reads_the_live_state_and_keeps_its_own_writes(
    ngsi: Client, branches: Branches, tenant: str
) -> None:
    for n in (1, 2, 3):
        await put(ngsi, "POST", "/entities", car(f"urn:x:{n}", n))
    branch = await branches.create(tenant, ID)
    assert await put(ngsi, "PATCH", "/entities/urn:x:1/attrs", {"speed": {"value": 10}}, ID) == 204
    assert await put(ngsi, "DELETE", "/entities/urn:x:2", None, ID) == 204
    assert await put(ngsi, "POST", "/entities", car("urn:x:4", 4), ID) == 201
    await put(ngsi, "PATCH", "/entities/urn:x:3/attrs", {"speed": {"value": 30}})
    assert await speeds(ngsi, ID) == {"urn:x:1": 10, "urn:x:3": 30, "urn:x:4": 4}
    assert await speeds(ngsi) == {"urn:x:1": 1, "urn:x:2": 2, "urn:x:3": 30}
    found = {one.id: one.fate for one in await branches.differences(branch, as_it_is)}
    assert found == {"urn:x:1": Fate.CHANGED, "urn:x:2": Fate.DELETED, "urn:x:4": Fate.CREATED}


async def test_what_is_live_already_is_not_created_again_in_a_branch(
    ngsi: Client, branches: Branches, tenant: str
) -> None:
    await put(ngsi, "POST", "/entities", car("urn:x:1", 1))
    await branches.create(tenant, ID)
    assert await put(ngsi, "POST", "/entities", car("urn:x:1", 2), ID) == 409


async def test_the_history_of_the_live_state_knows_nothing_of_a_branch(
    ngsi: Client, branches: Branches, database: Database, tenant: str
) -> None:
    await put(ngsi, "POST", "/entities", car("urn:x:1", 1))
    await branches.create(tenant, ID)
    await put(ngsi, "PATCH", "/entities/urn:x:1/attrs", {"speed": {"value": 10}}, ID)
    async with database.tenant(tenant) as connection:
        assert await connection.fetchval("select count(*) from change where tenant = $1", tenant) == 1


async def test_a_dropped_branch_leaves_nothing(
    ngsi: Client, branches: Branches, database: Database, tenant: str
) -> None:
    branch = await branches.create(tenant, ID)
    await put(ngsi, "POST", "/entities", car("urn:x:1", 1), ID)
    await branches.drop(branch)
    async with database.tenant(branch.space) as connection:
        for table in ("entity", "change", "branch_entity"):
            assert await connection.fetchval(f"select count(*) from {table}") == 0
    with pytest.raises(NotFound):
        await branches.find(tenant, ID)


async def test_a_name_is_given_once(branches: Branches, tenant: str) -> None:
    await branches.create(tenant, ID)
    with pytest.raises(Conflict):
        await branches.create(tenant, ID)


async def test_a_snapshot_stands_still(ngsi: Client) -> None:
    await put(ngsi, "POST", "/entities", car("urn:x:1", 1))
    body = {"id": ID, "type": "Snapshot", "snapshotQueries": [CARS]}
    assert await put(ngsi, "POST", "/snapshots", body) == 201
    await put(ngsi, "PATCH", "/entities/urn:x:1/attrs", {"speed": {"value": 10}})
    await put(ngsi, "POST", "/entities", car("urn:x:2", 2))
    assert await speeds(ngsi, ID) == {"urn:x:1": 1}
    assert (await ngsi.ask("GET", f"/snapshots/{ID}")).json["snapshotStatus"] == "success"


async def test_a_clone_goes_its_own_way(ngsi: Client) -> None:
    await put(ngsi, "POST", "/entities", car("urn:x:1", 1))
    body = {"id": ID, "type": "Snapshot", "snapshotQueries": [CARS]}
    await put(ngsi, "POST", "/snapshots", body)
    assert await put(ngsi, "POST", f"/snapshots/{ID}/clone", {"id": "urn:ngsi-ld:Snapshot:two"}) == 201
    await put(ngsi, "PATCH", "/entities/urn:x:1/attrs", {"speed": {"value": 10}}, "urn:ngsi-ld:Snapshot:two")
    assert (await speeds(ngsi, ID), await speeds(ngsi, "urn:ngsi-ld:Snapshot:two")) == (
        {"urn:x:1": 1},
        {"urn:x:1": 10},
    )


async def test_a_purge_takes_those_that_its_query_finds(ngsi: Client) -> None:
    for id, priority in ((ID, 2), ("urn:ngsi-ld:Snapshot:two", 8)):
        body = {"id": id, "type": "Snapshot", "snapshotQueries": [CARS], "snapshotPriority": priority}
        await put(ngsi, "POST", "/snapshots", body)
    assert await put(ngsi, "DELETE", "/snapshots?q=snapshotPriority<5", None) == 204
    assert (await ngsi.ask("GET", f"/snapshots/{ID}")).status == 404
    assert (await ngsi.ask("GET", "/entities?type=Car", ngsild_snapshot=ID)).status == 404
    assert (await ngsi.ask("GET", "/snapshots/urn:ngsi-ld:Snapshot:two")).status == 200
    assert await put(ngsi, "DELETE", "/snapshots?q=snapshotPriority<5", None) == 404


@pytest.mark.parametrize("query", ["", "?q=speed>5", "?q=snapshotPriority>", "?type=Car"])
async def test_a_purge_without_a_query_over_snapshots_is_refused(ngsi: Client, query: str) -> None:
    assert await put(ngsi, "DELETE", f"/snapshots{query}", None) in (400, 501)


async def test_the_status_tells_what_each_query_came_to(ngsi: Client) -> None:
    await put(ngsi, "POST", "/entities", car("urn:x:1", 1))
    body = {
        "id": ID, "type": "Snapshot", "snapshotQueries": [CARS, {**CARS, "entities": [{"type": "Boat"}]}],
        "snapshotTemporalQueries": [PAST], "snapshotStatus": "of no account",
    }  # fmt: skip
    assert await put(ngsi, "POST", "/snapshots", body) == 201
    seen = (await ngsi.ask("GET", f"/snapshots/{ID}")).json
    assert (seen["snapshotStatus"], seen["snapshotPriority"]) == ("partial", 5)
    assert seen["snapshotQueriesDetails"] == [{"resultStatus": "success"}, {"resultStatus": "empty"}]
    assert seen["snapshotTemporalQueriesDetails"] == [{"resultStatus": "success"}]
    assert {"createdAt", "modifiedAt", "expiresAt", "lastUsedAt"} <= seen.keys()


async def test_a_status_is_changed_where_it_may_be(ngsi: Client) -> None:
    await put(ngsi, "POST", "/snapshots", {"id": ID, "type": "Snapshot", "snapshotQueries": [CARS]})
    reply = await ngsi.ask(
        "PATCH", f"/snapshots/{ID}", {"snapshotPriority": 9, "snapshotLifetime": "PT1H"},
        content_type="application/json",
    )  # fmt: skip
    assert (reply.status, reply.json["snapshotPriority"]) == (200, 9)
    for wrong in ({"snapshotPriority": 11}, {"snapshotQueries": [CARS]}, {"id": "urn:other:1"}, {"mood": 1}):
        assert await put(ngsi, "PATCH", f"/snapshots/{ID}", wrong) == 400


async def test_everything_in_a_snapshot_may_be_asked_for(ngsi: Client) -> None:
    await put(ngsi, "POST", "/entities", car("urn:x:1", 1))
    await put(ngsi, "POST", "/snapshots", {"id": ID, "type": "Snapshot", "snapshotQueries": [CARS]})
    reply = await ngsi.ask("GET", "/entities", ngsild_snapshot=ID)
    assert ([one["id"] for one in reply.json], reply.headers["ngsild-snapshot"]) == (["urn:x:1"], ID)


@pytest.mark.parametrize(
    "body",
    [
        {"type": "Snapshot"},
        {"type": "Copy", "snapshotQueries": [CARS]},
        {"snapshotQueries": [CARS]},
        {"type": "Snapshot", "snapshotQueries": []},
        {"type": "Snapshot", "snapshotQueries": CARS},
        {"type": "Snapshot", "snapshotQueries": [PAST]},
        {"type": "Snapshot", "snapshotTemporalQueries": [CARS]},
        {"type": "Snapshot", "snapshotQueries": [{"entities": [{"type": "Car"}]}]},
        {"type": "Snapshot", "snapshotQueries": [CARS], "snapshotPriority": 0},
        {"type": "Snapshot", "snapshotQueries": [CARS], "snapshotPriority": 1.5},
        {"type": "Snapshot", "snapshotQueries": [CARS], "snapshotLifetime": "soon"},
        {"type": "Snapshot", "snapshotQueries": [CARS], "endpoint": "nowhere"},
        [],
    ],
)
async def test_a_snapshot_of_nothing_is_refused(ngsi: Client, body: object) -> None:
    assert await put(ngsi, "POST", "/snapshots", body) == 400


@pytest.mark.parametrize(
    "members",
    [
        {"receiverInfo": "x"},
        {"receiverInfo": [{"key": "a"}]},
        {
            "snapshotTemporalQueries": [
                {**CARS, "temporalQ": {"timerel": "around", "timeAt": "2026-01-01T00:00:00Z"}}
            ]
        },
        {"snapshotTemporalQueries": [{**CARS, "temporalQ": {"timeAt": "2026-01-01T00:00:00Z"}}]},
        {"snapshotTemporalQueries": [{**CARS, "temporalQ": "yesterday"}]},
    ],
)
async def test_a_snapshot_is_refused_for_what_its_members_say_wrongly(
    ngsi: Client, members: dict[str, object]
) -> None:
    """5.16.1.4, 5.2.41."""
    assert (
        await put(ngsi, "POST", "/snapshots", {"type": "Snapshot", "snapshotQueries": [CARS], **members})
        == 400
    )
