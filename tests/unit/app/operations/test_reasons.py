"""Why somebody may see a thing: the answer names role, body, contract and what is masked, in words of people."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from quanyu.app.operations.reasons import Reason, why
from quanyu.core.actor import Actor, ActorKind, system_actor
from quanyu.core.errors import NotFound
from quanyu.core.profile import ColumnProfile, ValueType
from quanyu.exchange.contracts.service import Contracts
from quanyu.exchange.parties import Deal, Party
from quanyu.exchange.policy import Terms
from quanyu.govern.engine.model import RawPolicy
from quanyu.govern.imports import _sql as datasets
from quanyu.govern.imports.model import Dataset, DatasetKind, Options
from quanyu.identity import ensure_tenant
from quanyu.identity.organisations.model import Organisation
from quanyu.identity.organisations.service import put_organisations
from quanyu.store import Database
from quanyu.twin import Writer, write_of
from quanyu.twin.ngsild.document import parse_entity

LAMP, BROKERS = "urn:ngsi-ld:Lamp:1", "urn:ngsi-ld:Lamp:2"


def complaints() -> Dataset:
    now = datetime.now(UTC)
    columns = (("place", None), ("phone", "phone"))
    return Dataset(
        name="complaints", title="投诉", owner="parks", region=None, kind=DatasetKind.ENTITIES, model=None, key_columns=("place",),
        mapping=None, options=Options(), update_cycle=None, gate=0, raw_policy=RawPolicy.PARQUET, version=1, records=2, quarantined=0,
        columns=tuple(ColumnProfile(name=one, label=one, type=ValueType.TEXT, semantic=kind) for one, kind in columns),
        score=None, created=now, modified=now,
    )  # fmt: skip


class Office:
    """A city of two bureaus, of which parks owns the complaints."""

    def __init__(self, database: Database, tenant: str, folder: Path) -> None:
        self.database, self.tenant, self.folder = database, tenant, folder

    def person(self, role: str, body: str | None) -> Actor:
        bodies = frozenset({body} if body else ())
        return Actor(
            id=role, tenant=self.tenant, kind=ActorKind.ACCOUNT, organisation=body, roles=frozenset({role}), organisations=bodies
        )  # fmt: skip

    async def why(
        self, role: str, body: str | None, action: str, thing: str = "", language: str = "en"
    ) -> Reason:
        async with self.database.tenant(self.tenant) as connection:
            return await why(connection, self.person(role, body), action, thing, language)

    async def agree(self, consumer: str) -> str:
        now = datetime.now(UTC)
        terms = Terms(
            columns=("place",),
            purpose="counting",
            basis="law",
            starts=now - timedelta(days=1),
            ends=now + timedelta(days=9),
        )
        async with self.database.tenant(self.tenant) as connection:
            contracts = Contracts(connection, system_actor(self.tenant, "test"), now)
            deal = Deal(provider="parks", consumer=Party(organisation=consumer))
            made = await contracts.draft(deal, "complaints", self.folder)
            version = await contracts.propose(made.id, terms, by="parks", columns=("place", "phone"))
            await contracts.decide(made.id, version, accept=True, by=consumer)
        return made.id


@pytest_asyncio.fixture
async def office(database: Database, tenant: str, tmp_path: Path) -> Office:
    (tmp_path / "keys").mkdir()
    async with database.tenant(tenant) as connection:
        await ensure_tenant(connection, tenant)
        bodies = [
            Organisation.parse(id="parks", name="园林局", name_en="Parks bureau"),
            Organisation.parse(id="roads", name="道路局", name_en="Roads bureau"),
        ]
        await put_organisations(connection, system_actor(tenant, "test"), bodies)
        await datasets.add_dataset(connection, tenant, complaints())
        await datasets.save_dataset(connection, complaints())
    return Office(database, tenant, tmp_path)


async def test_a_refusal_names_the_dataset_and_its_body_as_people_do(office: Office) -> None:
    said = await office.why("department_officer", "roads", "dataset.read", "complaints")
    assert (said.allowed, said.owner, said.title) == (False, "Parks bureau", "投诉")
    assert said.reason == 'The dataset "投诉" belongs to another organisation: Parks bureau'
    in_chinese = await office.why("department_officer", "roads", "dataset.read", "complaints", "zh-CN")
    assert in_chinese.reason == "数据集“投诉”属于其他机构：园林局"


async def test_a_contract_in_force_is_named_with_what_it_gives(office: Office) -> None:
    number = await office.agree("roads")
    (one,) = (await office.why("department_officer", "roads", "dataset.read", "complaints")).contracts
    assert (one.id, one.provider, one.consumer) == (number, "Parks bureau", "Roads bureau")
    assert (one.columns, one.purpose, one.usable) == (["place"], "counting", True)
    (unused,) = (await office.why("handler", "roads", "dataset.read", "complaints")).contracts
    assert not unused.usable
    assert not (await office.why("department_officer", None, "dataset.read", "complaints")).contracts


async def test_who_reads_for_their_office_is_told_which_columns_they_read_masked(office: Office) -> None:
    assert (await office.why("operator", None, "dataset.read", "complaints")).masked == ["phone"]
    assert (await office.why("data_officer", None, "dataset.read", "complaints")).masked == []


async def test_a_thing_is_seen_as_its_dataset_is_and_without_one_it_is_the_whole_citys(
    office: Office,
) -> None:
    things = {LAMP: "complaints", BROKERS: ""}
    writes = [
        write_of(parse_entity({"id": id, "type": "Lamp"}), dataset=dataset) for id, dataset in things.items()
    ]
    assert all(one.error is None for one in await Writer(office.database).submit(office.tenant, writes))
    of_parks = await office.why("department_officer", "parks", "entity.read", LAMP)
    assert (of_parks.allowed, of_parks.owner) == (True, "Parks bureau")
    assert "Department officer" in of_parks.reason
    assert not (await office.why("department_officer", "roads", "entity.read", LAMP)).allowed
    of_the_broker = await office.why("department_officer", "roads", "entity.read", BROKERS)
    assert (of_the_broker.allowed, of_the_broker.owner) == (False, None)
    assert "whole city" in of_the_broker.reason


async def test_what_does_not_exist_has_no_reason(office: Office) -> None:
    for action, thing in (
        ("organisation.manage", "nobody"),
        ("entity.read", "urn:ngsi-ld:Lamp:9"),
        ("dataset.read", "none"),
    ):
        with pytest.raises(NotFound):
            await office.why("viewer", None, action, thing)
