import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from quanyu.app.demo.city import make_city
from quanyu.app.demo.files import deliver
from quanyu.app.demo.files.driving import (
    CONTROL,
    PEAK,
    SINCE,
    TREATED,
    driven_days,
    floating_cars,
    signals,
    works,
)
from quanyu.app.demo.files.scenes import SCENES
from quanyu.app.demo.fleet import told
from quanyu.app.demo.organisations import ORGANISATIONS
from quanyu.app.demo.scenes import PACKS
from quanyu.app.demo_firm import _location, _past, _records, begins, read_firm, where
from quanyu.connect.jt808.body import understand
from quanyu.scenarios.sanitation.firm import Kind, judge
from quanyu.twin.distance import metres

CITY = make_city(7)
NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
FIRM = read_firm(
    json.dumps(
        {"name": "f", "host": "h", "port": 1, "terminals": 2, "seed": 7, "token": "t", "fleet": told(CITY)}
    )
)


def test_every_file_of_the_scenes_has_records() -> None:
    for delivery in SCENES:
        assert len(deliver(delivery, CITY, NOON).content.splitlines()) > 10, delivery.dataset


def test_the_firm_s_frames_are_understood_and_its_sweepers_move_slowly() -> None:
    frames = list(_past(FIRM.fleet, NOON))
    assert sum(len(understand(frame).locations) for frame in frames) == 12 * 360
    first, second = (_location(FIRM.fleet[0], NOON + timedelta(seconds=20 * step)) for step in (0, 1))
    assert (first.lat, first.lon) != (second.lat, second.lon)
    assert 3 < first.speed < 15


def test_what_the_firm_reports_fits_its_door() -> None:
    for kind, records in _records(7, FIRM.fleet, NOON):
        assert judge(Kind(kind), records).refused == 0, kind


def test_a_sweeper_is_on_its_section_when_it_said_it_would_be() -> None:
    sweeper = FIRM.fleet[0]
    starts = begins(sweeper, NOON)
    assert len(starts) == len(sweeper.sections)
    assert begins(FIRM.fleet[-1], NOON)[0] == "00:00"
    assert where(FIRM.fleet[-1], NOON) == (FIRM.fleet[-1].sections[0].line[0], 0.0)


def test_no_sweeper_jumps() -> None:
    for sweeper in FIRM.fleet[:-1]:
        places = [_location(sweeper, NOON + timedelta(seconds=20 * step)) for step in range(400)]
        for one, other in pairwise(places):
            assert metres(one.lon, one.lat, other.lon, other.lat) < 60


def test_one_street_is_slower_before_its_measure_and_has_two_days_on_either_side() -> None:
    since = NOON.date() - SINCE
    days = [midnight.date() for midnight, _ in driven_days(NOON)]
    assert min(sum(day < since for day in days), sum(day >= since for day in days)) >= 2
    driven = dict.fromkeys(days, 0.0)
    rows = [row for row in floating_cars(CITY, NOON) if datetime.fromisoformat(row[1]).hour == PEAK]
    for (car, at, *begin), (next_car, _, *end) in pairwise(rows):
        if car == next_car:
            driven[datetime.fromisoformat(at).date()] += metres(*map(float, (*begin, *end)))
    assert max(driven[day] for day in days if day < since) < min(driven[day] for day in days if day >= since)


def test_works_and_signals_stand_on_the_streets_that_are_compared() -> None:
    for rows in (works(CITY, NOON), signals(CITY)):
        assert all(any(row[1].startswith(name) for row in rows) for name in (TREATED, CONTROL))


def test_who_each_pack_is_for_is_a_body_of_the_city() -> None:
    named = {id for meant in PACKS.values() for said in meant.values() for id in said.split(",")}
    assert named <= {body.id for body in ORGANISATIONS}
