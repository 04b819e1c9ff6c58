from collections import Counter
from datetime import UTC, datetime, timedelta

from quanyu.app.demo.city import make_city
from quanyu.app.demo.entities import car_park_id
from quanyu.app.demo.motion import occupied
from quanyu.app.demo.parked import bookings, gated, moves
from quanyu.scenarios.parking.readings import of_messages

CITY = make_city(7)
NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)


def test_who_came_and_has_not_left_is_as_many_as_the_car_park_says() -> None:
    told = of_messages(moves(CITY, NOON - timedelta(days=1), NOON, anew=True)).moves
    later = of_messages(moves(CITY, NOON, NOON + timedelta(minutes=30), anew=False)).moves
    there: Counter[str] = Counter()
    inside: set[tuple[str, str]] = set()
    for one in (*told, *(one for one in later if one.at > NOON)):
        there[one.lot] += 1 if one.enters else -1
        assert ((one.lot, one.plate) in inside) is not one.enters
        (inside.add if one.enters else inside.discard)((one.lot, one.plate))
    assert there == {
        car_park_id(park): occupied(7, park, NOON + timedelta(minutes=30)) for park in gated(CITY)
    }


def test_nobody_books_a_yard_while_it_is_closed() -> None:
    for hour in range(24):
        for one in bookings(CITY, "yard-1", NOON + timedelta(hours=hour)):
            begin, end = datetime.fromisoformat(one["begin"]), datetime.fromisoformat(one["end"])
            assert timedelta(0) < end - begin <= timedelta(hours=10)
            assert (begin + timedelta(hours=8)).hour in (18, 19, 20)
