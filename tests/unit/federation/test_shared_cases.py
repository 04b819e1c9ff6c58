"""A case handed from a city up to its province and on to a county: one identity, one timeline, one end."""

from pathlib import Path

import pytest

from quanyu.act.cases.classes import ensure_classes
from quanyu.act.cases.definitions import ensure_definitions
from quanyu.act.cases.model import Channel, Report, Reporter
from quanyu.act.cases.service import Cases, case
from quanyu.federation._sql import tied
from quanyu.federation.cases import _sql, case_kinds
from quanyu.federation.cases.model import ASSIGN, Assignment, SharedCase
from quanyu.federation.cases.service import follow, timeline
from quanyu.federation.messages import Letter, Mail
from quanyu.federation.model import Level, Outcome
from quanyu.store import Database
from quanyu.workflow import Act, Doer
from tests.unit.act.cases.people import ACCEPTOR, CHIEF, CITIZEN, DISPATCHER, PATROLLER, person
from tests.unit.federation.carrying import NOW, Node, introduce, make


class Office:
    """A node with the work of cases on it."""

    def __init__(self, node: Node) -> None:
        self.node = node
        node.more = case_kinds(node.tenant, node.folder, lambda: NOW)

    async def prepare(self) -> None:
        async with self.node.database.tenant(self.node.tenant) as connection:
            await ensure_definitions(connection, self.node.tenant, now=NOW)
            await ensure_classes(connection, self.node.tenant, now=NOW)

    async def serve(self, peer: Node, *bodies: str) -> None:
        async with self.node.database.tenant(self.node.tenant) as connection:
            await _sql.set_bodies(connection, self.node.tenant, await peer.name(), bodies)

    async def report(self) -> str:
        async with self.node.database.tenant(self.node.tenant) as connection:
            said = Report(
                channel=Channel.RESIDENT,
                title="跨县河道漂浮物",
                description="两县交界处大量漂浮物",
                category="E01001",
            )
            return (await Cases(connection, self.node.tenant, NOW).report(said, CITIZEN)).id

    async def does(self, id: str, *acts: tuple[Doer, Act]) -> None:
        for doer, act in acts:
            async with self.node.database.tenant(self.node.tenant) as connection:
                await Cases(connection, self.node.tenant, NOW).act(id, act, doer)

    async def follow(self) -> int:
        async with self.node.database.tenant(self.node.tenant) as connection:
            return await follow(Mail(connection, self.node.tenant, self.node.folder, NOW))

    async def taken(self, shared: str) -> str:
        async with self.node.database.tenant(self.node.tenant) as connection:
            found = await connection.fetchval("select case_id from federation_case where shared = $1", shared)
        assert found is not None
        return str(found)

    async def shared_with(self, other: "Office") -> list[str]:
        async with self.node.database.tenant(self.node.tenant) as connection:
            found = await tied(connection, await other.node.name(), "cases", None, 10)
        return [one["id"] for one in found]

    async def state(self, id: str) -> str:
        async with self.node.database.tenant(self.node.tenant) as connection:
            return (await case(connection, id)).state

    async def story(self, id: str) -> tuple[str, list[tuple[str, str, int, str]]]:
        async with self.node.database.tenant(self.node.tenant) as connection:
            mail = Mail(connection, self.node.tenant, self.node.folder, NOW)
            shared, steps = await timeline(mail, id)
        return shared, [(one.node, one.work, one.step.number, one.step.act) for one in steps]


FILED = ((ACCEPTOR, Act(name="accept")), (CHIEF, Act(name="file")))
ENDED = ((PATROLLER, Act(name="pass", evidence=("seen",))), (CHIEF, Act(name="close")))


def handed(act: str, body: str) -> tuple[Doer, Act]:
    return DISPATCHER, Act(name=act, organisation=body, reason="beyond our border")


@pytest.fixture
async def offices(database: Database, tmp_path: Path, tenant: str) -> tuple[Office, Office, Office]:
    """City, province, county; the city hands up, the province down."""
    folder = tmp_path / tenant
    province = await make(database, folder, "donghai", Level.PROVINCE, "https://province.example")
    city = await make(database, folder, "jiangzhou", Level.CITY, "https://city.example")
    county = await make(database, folder, "qingchuan", Level.COUNTY)
    await introduce(province, city, Level.CITY)
    await introduce(province, county, Level.COUNTY)
    made = (Office(city), Office(province), Office(county))
    for office in made:
        await office.prepare()
    await made[0].serve(province, "province-river-office")
    await made[1].serve(county, "qingchuan-water")
    return made


async def settle(city: Office, province: Office, county: Office) -> None:
    """Until nobody has anything to tell any more."""
    moved = True
    while moved:
        moved = False
        for office in (city, province, county):
            moved |= bool(await office.follow())
        for one in (city, county):
            for sender, receiver in ((one, province), (province, one)):
                moved |= bool((await sender.node.carry(receiver.node)).receipts)


async def test_a_case_goes_over_two_borders_and_ends_the_same_everywhere(
    offices: tuple[Office, Office, Office],
) -> None:
    city, province, county = offices
    here = await city.report()
    shared = f"jiangzhou/{here}"
    await city.does(here, *FILED, handed("raise", "province-river-office"))
    await settle(*offices)

    above = await province.taken(shared)
    await province.does(above, *FILED, handed("delegate", "qingchuan-water"))
    await settle(*offices)

    below = await county.taken(shared)
    squad = (person("handler", "squad"), Act(name="handled", evidence=("photo of the clean river",)))
    await county.does(below, *FILED, handed("dispatch", "squad"), squad, *ENDED)
    await settle(*offices)
    await province.does(above, *ENDED)
    await settle(*offices)
    await city.does(here, *ENDED)
    await settle(*offices)

    assert await province.shared_with(county) == [above]
    ids = (here, above, below)
    assert [await office.state(id) for office, id in zip(offices, ids, strict=True)] == ["closed"] * 3
    stories = [await office.story(id) for office, id in zip(offices, ids, strict=True)]
    assert stories[0] == stories[1] == stories[2]
    assert stories[0][0] == shared
    assert {node for node, *_ in stories[0][1]} == {"jiangzhou", "donghai", "qingchuan"}


async def test_what_the_other_node_does_not_take_comes_back_with_its_reason(
    offices: tuple[Office, Office, Office],
) -> None:
    city, province, _ = offices
    here = await city.report()
    await city.does(here, *FILED, handed("raise", "province-river-office"))
    await settle(*offices)
    above = await province.taken(f"jiangzhou/{here}")
    await province.does(above, (ACCEPTOR, Act(name="reject", reason="not a river of the province")))
    await settle(*offices)
    assert await city.state(here) == "filed"
    async with city.node.database.tenant(city.node.tenant) as connection:
        works = [step for _, step in await _sql.own_steps(connection, here)]
    assert any(step.act == "decline" and "not a river" in step.reason for step in works)


async def test_after_a_cut_and_a_lost_answer_nothing_is_missing_and_nothing_there_twice(
    offices: tuple[Office, Office, Office],
) -> None:
    city, province, _ = offices
    here = await city.report()
    await city.does(here, *FILED, handed("raise", "province-river-office"))
    await settle(*offices)
    above = await province.taken(f"jiangzhou/{here}")
    for number in range(3):
        remark = Act(name="remark", reason=f"remark {number}")
        await province.does(above, (ACCEPTOR, remark))
        await province.follow()
    post = await province.node.post(city.node)
    await city.node.take(province.node, post)  # and the answer is lost
    await settle(*offices)
    stories = [await office.story(id) for office, id in ((city, here), (province, above))]
    assert stories[0] == stories[1]
    assert len(stories[0][1]) == len(set(stories[0][1]))
    assert sum(act == "remark" for *_, act in stories[0][1]) == 3


async def test_the_reporter_stays_where_the_case_began(offices: tuple[Office, Office, Office]) -> None:
    city, province, _ = offices
    async with city.node.database.tenant(city.node.tenant) as connection:
        said = Report(
            channel=Channel.RESIDENT, title="x", reporter=Reporter(name="Zhang", phone="13800000000")
        )
        here = (await Cases(connection, city.node.tenant, NOW).report(said, CITIZEN)).id
    await city.does(here, *FILED, handed("raise", "province-river-office"))
    await city.follow()
    post = await city.node.post(province.node)
    assert post
    told = b"".join(bytes(one.payload) for one in post)
    assert b"13800000000" not in told
    assert b"Zhang" not in told


async def test_a_case_that_began_here_cannot_be_taken_over_from_elsewhere(
    offices: tuple[Office, Office, Office],
) -> None:
    city, province, _ = offices
    id = await city.report()
    said = Assignment(
        shared=f"jiangzhou/{id}", organisation="anybody",
        case=SharedCase(
            title="x", description="", category=None, address=None, place=None, region=None, component=None,
            urgent=False, due=None,
        ),
    )  # fmt: skip
    node = province.node
    async with node.database.tenant(node.tenant) as connection:
        letter = Letter(to="jiangzhou", kind=ASSIGN, about=f"case {said.shared}", payload=said)
        await Mail(connection, node.tenant, node.folder, NOW).send(node.actor, letter)
    [receipt] = (await node.carry(city.node)).receipts
    assert receipt.body.outcome is Outcome.REFUSED


async def test_who_guesses_the_name_of_a_shared_case_is_told_nothing_of_it(
    offices: tuple[Office, Office, Office],
) -> None:
    """The county knows what the city handed to the province; the guess comes before the province has the case, and after."""
    city, province, county = offices
    id = await city.report()
    guess = Assignment(
        shared=f"jiangzhou/{id}", organisation="anybody",
        case=SharedCase(
            title="x", description="", category=None, address=None, place=None, region=None, component=None, urgent=False, due=None,
        ),
    )  # fmt: skip
    await city.does(id, *FILED, handed("raise", "province-river-office"))
    for _ in range(2):
        async with county.node.database.tenant(county.node.tenant) as connection:
            letter = Letter(to="donghai", kind=ASSIGN, about=f"case {guess.shared}", payload=guess)
            await Mail(connection, county.node.tenant, county.node.folder, NOW).send(
                county.node.actor, letter
            )
        await settle(city, province, county)
    async with county.node.database.tenant(county.node.tenant) as connection:
        told = await connection.fetch("select payload::text from federation_message where direction = 'in'")
    assert not any("raise" in (row["payload"] or "") for row in told)
    async with province.node.database.tenant(province.node.tenant) as connection:
        cases = await connection.fetch(
            "select peer, case_id from federation_case where shared = $1", guess.shared
        )
    assert len({row["case_id"] for row in cases}) == len(cases) == 2
