"""A city's broker answers for what a county below it has (distributed operations), as far as a contract goes, over two installations."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from tests.flows.levels import (
    ANSWER,
    APPLICATION,
    CITY,
    COUNTY,
    Level,
    join,
    levels_in,
    officer,
    publish_residents,
)
from tests.flows.sharing_steps import items, said, shown, until

ONE_STREET = {"column": "街道", "op": "eq", "value": "一街"}


@pytest.fixture(scope="module")
def levels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Level, Level]]:
    """City and county; the county has a register of its residents."""
    with levels_in(tmp_path_factory.mktemp("levels"), CITY, COUNTY, reached=True) as (city, county):
        join(county, city)
        said(county.admin.put("/api/v1/organisations/civil", json={"name": "县民政局"}))
        publish_residents(county.node)
        yield city, county


def test_the_city_answers_with_what_a_contract_gives_of_the_county(levels: tuple[Level, Level]) -> None:
    city, county = levels
    with (
        closing(officer(city.node, city.admin)) as wang,
        county.node.client() as owner,
        city.node.client() as operator,
    ):
        here, contract = agreed(wang, owner)
        door = f"/api/v1/asked/entities/{here.rpartition('/')[2]}"
        type = said(wang.get(f"{door}/ngsi-ld/v1/entities?local=true&limit=1"))[0]["type"]
        register(operator, f"{city.node.url}{door}", type, token_of(wang))

        query = f"/ngsi-ld/v1/entities?type={type}&options=simplified"
        found = operator.get(query)
        shown = [
            {"id": one["id"], "type": type, "编号": number, "街道": "一街"}
            for one, number in zip(said(found), ("R1", "R2"), strict=True)
        ]
        assert found.json() == shown, found.headers
        assert said(operator.get(f"/ngsi-ld/v1/entities/{shown[0]['id']}?options=simplified")) == shown[0]
        assert said(operator.get(f'{query}&q=编号=="R2"')) == shown[1:]
        assert said(operator.get(f"{query}&q=收入>1")) == []
        assert said(operator.get(f"{query}&local=true")) == []
        assert said(wang.get(query)) == []  # of what belongs to no dataset a department sees nothing
        counted = items(owner, f"/api/v1/sharing/contracts/{contract}/calls")
        assert {(one["consumer"], one["way"], one["state"]) for one in counted} == {
            ("civil", "entities", "done")
        }
        assert sum("options=sysAttrs" in one["query"] for one in counted) == 4

        over = {"to": "suspended", "reason": "核查用途"}
        said(owner.post(f"/api/v1/sharing/contracts/{contract}/state", json=over))
        silent = operator.get(query)
        assert (said(silent), "refuses (status 403)" in silent.headers["ngsild-warning"]) == ([], True)


def agreed(wang: httpx.Client, owner: httpx.Client) -> tuple[str, str]:
    """Two of three attributes, of one street of two."""
    return contract_of(wang, owner, APPLICATION, ANSWER, [ONE_STREET])


def contract_of(
    wang: httpx.Client, owner: httpx.Client, application: dict[str, Any], answer: dict[str, Any], where: list[dict[str, Any]]
) -> tuple[str, str]:  # fmt: skip
    """For entities: where it was asked for at the city, and its number."""
    wanted = {**application, "ways": ["entities"]}
    here = f"/api/v1/asked/{said(wang.post(f'/api/v1/nodes/{COUNTY[0]}/requests', json=wanted))['id']}"
    request = until(lambda: items(owner, "/api/v1/sharing/requests"))[0]["id"]
    place = f"/api/v1/sharing/requests/{request}"
    said(owner.post(f"{place}/acts", json={"act": "forward"}))
    draft = said(owner.get(f"{place}/draft-terms", params={"item": granted(answer)}))
    said(owner.post(f"{place}/answer", json={**answer, "terms": {**draft, "where": where}}))
    text = until(lambda: shown(wang, here, "offered"))["commitment"]
    said(wang.post(f"{here}/acts", json={"act": "sign", "sm3": text["hash"]}))
    return here, until(lambda: shown(wang, here, "in_use"))["contract"]["id"]


def granted(answer: dict[str, Any]) -> list[str]:
    return [one["name"] for one in answer["items"] if one["granted"]]


def register(operator: httpx.Client, endpoint: str, type: str, secret: str) -> None:
    """As a source that is asked in the name of the body that the contract is with."""
    source: dict[str, Any] = {
        "type": "ContextSourceRegistration", "information": [{"entities": [{"type": type}]}], "endpoint": endpoint,
        "operations": ["retrieveOps"], "management": {"timeout": 60000}, "contextSourceInfo": [{"key": "Authorization", "value": f"Bearer {secret}"}],
    }  # fmt: skip
    said(operator.post("/ngsi-ld/v1/csourceRegistrations", json=source))


def token_of(person: httpx.Client, scope: str = "share.use") -> str:
    """For nothing but the use of what contracts give, or what else is said."""
    wanted = {"name": "broker", "scopes": [scope], "days": 1}
    secret: str = said(person.post("/api/v1/tokens", json=wanted))["secret"]
    return secret
