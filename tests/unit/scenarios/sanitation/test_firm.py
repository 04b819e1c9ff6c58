from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from quanyu.packs.testing import City
from quanyu.scenarios.sanitation import _sql, pack
from quanyu.scenarios.sanitation.coverage import Coverage
from quanyu.scenarios.sanitation.fences import judge_fences
from quanyu.scenarios.sanitation.firm import FIELDS, Kind, conformance, judge
from quanyu.scenarios.sanitation.model import Finding, FindingKind, Fix, Limits, Section
from quanyu.scenarios.sanitation.quality import counted, judged
from quanyu.scenarios.sanitation.tours import compare, stops_of, straight

DAWN = datetime(2026, 5, 1, tzinfo=UTC)
P = "/api/v1/packs/sanitation"


def _inspection(number: int, **more: Any) -> dict[str, Any]:
    usual = {
        "code": f"i{number}",
        "at": DAWN.isoformat(),
        "lon": 121.5,
        "lat": 31.2,
        "kind": "overflow",
        "confidence": 0.9,
    }
    return usual | more


def test_good_records_are_taken_and_wrong_ones_named() -> None:
    said = [
        _inspection(1),
        _inspection(2, lat=131.2, kind="graffiti"),
        "nonsense",
        _inspection(3, at="2026-05-01T10:00"),
    ]
    found = judge(Kind.INSPECTIONS, said)
    assert [one.code for one in found.accepted] == ["i1"]
    assert found.refused == 3
    assert {fault for _, fault in found.wrong} >= {
        "lat: not lat",
        "kind: unknown code",
        "at: not moment",
        "code: missing",
    }


def test_what_is_not_asked_for_stays_with_the_firm() -> None:
    (worker,) = judge(
        Kind.PEOPLE, [{"code": "p1", "role": "sweeper", "onDuty": True, "name": "李某", "phone": "138"}]
    ).accepted
    assert worker.body == {"code": "p1", "role": "sweeper", "onDuty": True}


@given(st.sampled_from(Kind), st.lists(st.dictionaries(st.sampled_from(["code", "at", "lon", "kilograms", "open"]), st.one_of(st.none(), st.text(), st.floats(), st.booleans(), st.integers()))))  # fmt: skip
def test_nothing_a_firm_sends_stops_the_judge(kind: Kind, said: list[dict[str, Any]]) -> None:
    found = judge(kind, said)
    assert len(found.accepted) + found.refused == len(said)
    assert set(found.filled) <= {row.name for row in FIELDS[kind]}


def _delivery(accepted: int, refused: int, lag: float | None) -> dict[str, Any]:
    return {
        "accepted": accepted,
        "refused": refused,
        "lag": lag,
        "received": DAWN,
        "faults": {"lat: missing": refused},
        "filled": {"code": accepted},
    }


@pytest.mark.parametrize(("deliveries", "fits"), [([(99, 1, 60)], True), ([(97, 3, 60)], False), ([(99, 1, 60), (99, 0, 3000)], False), ([], False)])  # fmt: skip
def test_an_interface_fits_when_it_is_good_and_in_time(
    deliveries: list[tuple[int, int, float]], fits: bool
) -> None:
    assert conformance(Kind.TOILETS, [_delivery(*one) for one in deliveries]).fits is fits


def test_who_leaves_the_fence_is_found_with_how_far() -> None:
    fence = shapely.box(121.49, 31.19, 121.51, 31.21)
    track = [
        Fix("v1", DAWN + timedelta(minutes=minute), 121.5 + (0.02 if 3 <= minute < 6 else 0), 31.2, 10)
        for minute in range(9)
    ]
    (found,) = judge_fences([*track, Fix("free", DAWN, 0, 0, 1)], {"v1": fence}, Limits())
    assert (found.kind, found.begin, found.end) == (FindingKind.OUTSIDE, track[3].at, track[5].at)
    assert 1000 < found.value < 1200


def test_a_street_is_judged_by_what_was_counted_there() -> None:
    streets = counted(
        [("人民路", 1000, 900)], [("人民路", "late", "v1"), ("人民路", "idle", "v2"), ("", "missed", "v3")],
        [("人民路", "dust"), ("人民路", "overflow"), ("", "litter")], [("人民路", True), ("人民路", False)], {"人民路": 10},
    )  # fmt: skip
    (street,) = judged(streets)
    assert (street.clean, street.tidy, street.orderly, street.safe) == (88, 47.5, 90, 95)


def test_a_tour_in_a_bad_order_can_be_shorter() -> None:
    corners = [(121.5, 31.2), (121.51, 31.21), (121.51, 31.2), (121.5, 31.21)]
    track = [
        Fix("v1", DAWN + timedelta(minutes=10 * place + wait), lon, lat, 0)
        for place, (lon, lat) in enumerate(corners)
        for wait in (0, 5)
    ]
    stops = stops_of(track)
    assert stops == tuple(corners)
    found = compare("v1", stops, table=straight, seconds=5)
    assert found is not None
    assert found.planned < found.driven
    assert 0.1 < found.saved < 0.25


async def test_what_the_firm_sees_becomes_one_case_with_its_report(city: City) -> None:
    await city.enable(pack)
    said = [_inspection(1), _inspection(2, confidence=0.3), {"code": "i3"}]
    async with city.client(pack) as client:
        first = (await client.put(f"{P}/firms/clean-co/inspections", json=said)).json()
        await client.put(f"{P}/firms/clean-co/inspections", json=said)
        report = (await client.get(f"{P}/firms/clean-co/conformance")).json()
    assert (first["accepted"], first["refused"], first["cases"]) == (2, 1, 1)
    async with city.database.tenant(city.tenant) as connection:
        assert await connection.fetchval("select count(*) from case_record where tenant=$1", city.tenant) == 1
    inspections = next(one for one in report["kinds"] if one["kind"] == "inspections")
    assert (inspections["received"], inspections["accepted"], inspections["fits"]) == (6, 4, False)
    assert report["things"] == {"inspections": 2}


async def test_both_books_are_held_against_each_other(city: City) -> None:
    await city.enable(pack)
    found = Finding(kind=FindingKind.MISSED, vehicle="v1", begin=DAWN, end=DAWN)
    async with city.database.tenant(city.tenant) as connection:
        await _sql.put_findings(connection, city.tenant, DAWN.date(), [found])
    id_ = _sql.finding_id(DAWN.date(), found)
    ask: dict[str, Any] = {
        "firm": "clean-co", "base": "1000000", "begin": "2026-05-01", "end": "2026-06-01", "points": {"missed": "2"},
        "book": [{"finding": id_, "kind": "missed"}], "pay": "980000.00",
    }  # fmt: skip
    async with city.client(pack) as client:
        assert (await client.post(f"{P}/reconciliations", json=ask)).json()["agree"]
        other = (await client.post(f"{P}/reconciliations", json=ask | {"book": [], "pay": "1000000"})).json()
        case = (await client.post(f"{P}/findings/{id_}/case")).json()["case"]
        assert (await client.post(f"{P}/findings/{id_}/case")).json()["case"] == case
        month = (await client.get(f"{P}/months/2026-05-12")).json()
    assert (other["agree"], Decimal(other["pay"]), other["differences"]) == (
        False, Decimal(980000), [{"finding": id_, "firm": None, "city": "missed"}],
    )  # fmt: skip
    assert month == {"items": []}


async def test_a_firm_pays_for_what_its_own_vehicles_did(city: City) -> None:
    await city.enable(pack)
    found = [
        Finding(kind=FindingKind.MISSED, vehicle=one, begin=DAWN, end=DAWN) for one in ("v1", "v2", "v3")
    ]
    async with city.database.tenant(city.tenant) as connection:
        await _sql.put_findings(connection, city.tenant, DAWN.date(), found)
    async with city.client(pack) as client:
        for firm, terminal in (("clean-co", "v1"), ("tidy-co", "v2")):
            told = [{"code": terminal, "terminal": terminal, "kind": "sweeper"}]
            assert (await client.put(f"{P}/firms/{firm}/vehicles", json=told)).json()["accepted"] == 1
        asked = {"base": "1000000", "begin": "2026-05-01", "end": "2026-06-01", "points": {"missed": "2"}}
        sheets = [
            (await client.post(f"{P}/settlements", json=asked | {"firm": firm})).json()["findings"]
            for firm in ("clean-co", "tidy-co", "new-co")
        ]
        books = (
            await client.post(
                f"{P}/reconciliations", json=asked | {"firm": "clean-co", "book": [], "pay": "960000"}
            )
        ).json()
    assert sheets == [2, 2, 1]  # nobody has told of v3
    ids = {_sql.finding_id(DAWN.date(), one) for one in (found[0], found[2])}
    assert {one["finding"] for one in books["differences"]} == ids


async def test_clean_and_tidy_open_what_they_are_counted_from(city: City) -> None:
    await city.enable(pack)
    line = {"type": "LineString", "coordinates": [[121.5, 31.2], [121.51, 31.2]]}
    await city.write("SanitationSection", "s0", sectionCode="s0", name="人民路", location=line)
    section = Section(id="s0", street="人民路", grade=1, line=((121.5, 31.2), (121.51, 31.2)))
    near = {"at": DAWN.isoformat(), "lon": 121.505, "lat": 31.2}
    found = [
        {**near, "code": "i1", "kind": "dust", "confidence": 0.9},
        {**near, "code": "i2", "kind": "overflow", "confidence": 0.2},
        {**near, "code": "i3", "kind": "overflow", "confidence": 0.2, "lat": 31.3},  # on no street
    ]
    async with city.database.tenant(city.tenant) as connection:
        await _sql.put_coverage(
            connection, city.tenant, DAWN.date(), [section], {"s0": Coverage("s0", 100.0, 80.0, ())}, DAWN
        )
    async with city.client(pack) as client:
        await client.put(f"{P}/firms/clean-co/inspections", json=found)
        await client.put(f"{P}/firms/clean-co/toilets", json=[{**near, "code": "t1", "open": True}])
        await client.put(
            f"{P}/firms/clean-co/plan",
            json=[{"code": "p1", "section": "s0", "vehicle": "v1", "begin": "05:00", "end": "06:00"}],
        )
        at = f"{P}/months/{DAWN.date()}"
        (street,) = (await client.get(at)).json()["items"]
        behind = {
            name: (await client.get(f"{at}/{name}")).json()["items"]
            for name in ("sections", "reports", "shifts")
        }
    (swept,), (shift,) = behind["sections"], behind["shifts"]
    assert (street["clean"], street["tidy"]) == (100 * swept["covered"] / swept["length"] - 2, 95)
    assert sorted((one["figure"], one["kind"], one["open"]) for one in behind["reports"]) == [
        ("clean", "dust", None),
        ("tidy", "overflow", None),
        ("tidy", "toilet", True),
    ]
    assert (shift["vehicle"], shift["begin"], shift["days"]) == ("v1", "05:00:00", 1)


async def test_a_day_without_a_plan_has_no_share(city: City) -> None:
    await city.enable(pack)
    async with city.client(pack) as client:
        counted = (await client.post(f"{P}/days/{DAWN.date()}")).json()
    assert (counted["sections"], counted["share"]) == (0, None)


async def test_a_street_is_safe_by_what_the_vehicles_did_that_sweep_it(city: City) -> None:
    """Standing and jumping happen on the way: they count for the streets of their vehicle, and for no other."""
    await city.enable(pack)
    for number, street in enumerate(("人民路", "解放路", "中山路")):
        line = {"type": "LineString", "coordinates": [[121.5, 31.2 + number], [121.51, 31.2 + number]]}
        await city.write(
            "SanitationSection", f"s{number}", sectionCode=f"s{number}", name=street, location=line
        )
    plan = [
        {
            "code": f"p{section}{vehicle}",
            "section": f"s{section}",
            "vehicle": vehicle,
            "begin": "05:00",
            "end": "06:00",
        }
        for section, vehicle in ((0, "v1"), (0, "v2"), (1, "v2"))
    ]
    stood = Finding(kind=FindingKind.IDLE, vehicle="v1", begin=DAWN, end=DAWN)
    async with city.database.tenant(city.tenant) as connection:
        await _sql.put_findings(connection, city.tenant, DAWN.date(), [stood])
    async with city.client(pack) as client:
        await client.put(f"{P}/firms/clean-co/plan", json=plan)
        found = (await client.get(f"{P}/months/{DAWN.date()}")).json()["items"]
        against = (await client.get(f"{P}/months/{DAWN.date()}/findings")).json()["items"]
    assert {one["street"]: one["safe"] for one in found} == {"人民路": 95, "解放路": 100}
    assert [(one["street"], one["figure"], one["kind"]) for one in against] == [("人民路", "safe", "idle")]


@given(
    st.lists(
        st.tuples(st.sampled_from("甲乙丙"), st.sampled_from(["overflow", "damaged_bin", "litter", "dust"]))
    ),
    st.lists(st.tuples(st.sampled_from("甲乙丙"), st.booleans())),
)
def test_a_street_that_nobody_inspected_has_no_tidiness(
    told: list[tuple[str, str]], toilets: list[tuple[str, bool]]
) -> None:
    """Against a count of the records one by one."""
    judged_streets = {
        one.street: one.tidy
        for one in judged(counted([(one, 100.0, 90.0) for one in "甲乙丙"], [], told, toilets, {}))
    }
    for street in "甲乙丙":
        seen = [kind for where, kind in told if where == street]
        doors = [is_open for where, is_open in toilets if where == street]
        points = max(0, 100 - 5 * len([kind for kind in seen if kind in ("overflow", "damaged_bin")]))
        expected = points * doors.count(True) / len(doors) if doors else points if seen else None
        assert judged_streets[street] == (None if expected is None else pytest.approx(expected))


def test_a_report_names_every_fault_however_many_there_are() -> None:
    faults = {f"field{number}: missing": number for number in range(1, 31)}
    row = {"accepted": 1, "refused": 9, "lag": None, "received": DAWN, "faults": faults, "filled": {}}
    found = conformance(Kind.PEOPLE, [row, row])
    assert dict(found.faults) == {fault: 2 * count for fault, count in faults.items()}
    assert found.faults[0] == ("field30: missing", 60)
