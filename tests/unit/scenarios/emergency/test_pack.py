from datetime import UTC, datetime, timedelta

import pytest

from quanyu.packs.checking import Grade, judge
from quanyu.packs.testing import City
from quanyu.scenarios.emergency import pack
from quanyu.scenarios.emergency.response import Run, response_of, targets_of

RANG = datetime(2026, 5, 1, tzinfo=UTC)


def _run(*seconds: float) -> Run:
    moments = [RANG + timedelta(seconds=sum(seconds[: place + 1])) for place in range(5)]
    return Run(
        rang=RANG,
        answered=moments[0],
        accepted=moments[1],
        dispatched=moments[2],
        left=moments[3],
        arrived=moments[4],
    )


def test_a_response_has_four_parts_after_the_answer() -> None:
    response = response_of(_run(8, 60, 20, 45, 400))
    assert (response.accepting, response.passing_on, response.leaving, response.driving) == (60, 20, 45, 400)
    assert (response.whole, response.dispatch) == (525, 80)


def test_targets_are_shares_of_runs() -> None:
    targets = targets_of([response_of(_run(8, 60, 20, 45, 400)), response_of(_run(15, 170, 20, 45, 400))])
    assert (targets.answered, targets.dispatched) == (0.5, 0.5)


def test_a_run_that_arrives_before_it_leaves_is_refused() -> None:
    with pytest.raises(ValueError, match="from ringing to arriving"):
        response_of(_run(8, 60, 20, 45, -1))


def test_the_pack_is_gold() -> None:
    verdict = judge(pack)
    assert verdict.grade is Grade.GOLD, verdict.faults


async def test_a_call_is_answered_from_what_the_twin_knows(city: City) -> None:
    await city.enable(pack)
    line = {"type": "LineString", "coordinates": [[121.5, 31.2], [121.52, 31.2]]}
    await city.write("RoadSegment", "r1", location=line, maximumAllowedSpeed=36)
    await city.write("Ambulance", "a1", vehicleCode="a1", serviceStatus="free", location=(121.52, 31.2))
    await city.write(
        "EmergencyFacility", "h1", facilityCode="h1", name="一院", capabilities="chest_pain_centre",
        onDuty="chest_pain_centre", capacity=2, location=(121.5, 31.2),
    )  # fmt: skip
    call = {"lon": 121.52, "lat": 31.2, "problem": "chest_pain"}
    async with city.client(pack) as client:
        answer = (await client.post("/api/v1/packs/emergency/decisions", json=call)).json()
        assert (answer["ambulance"], answer["facility"]) == (
            "urn:ngsi-ld:Ambulance:a1",
            "urn:ngsi-ld:EmergencyFacility:h1",
        )
        await city.write("EmergencyFacility", "h1", capacity=0)
        assert (await client.post("/api/v1/packs/emergency/decisions", json=call)).status_code == 409
