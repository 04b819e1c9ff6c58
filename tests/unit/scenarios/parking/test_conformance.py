"""What was wrong in deliveries, counted by reason; nothing that was wrong is passed over in silence."""

from datetime import UTC, datetime

from quanyu.core.errors import Fault, Invalid
from quanyu.packs import fits
from quanyu.packs.testing import City
from quanyu.scenarios.parking import conformance, pack
from quanyu.scenarios.parking.readings import Format

NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
P = "/api/v1/packs/parking"
WORDS = [f"{a}{b}" for a in "abcde" for b in "vwxyz"]


def _refused(count: int) -> conformance.Delivered:
    """Of `count` faults those with a reason of its own are kept at most."""
    faults = tuple(Fault("packs.thing.unreadable", f"/{n}", {"reason": word}) for n, word in enumerate(WORDS))
    return conformance.of_refused(
        "op", Format.CSV, Invalid("packs.thing.reading", faults=faults, count=count)
    )


def test_a_refused_delivery_counts_all_its_records_and_every_reason() -> None:
    found = _refused(3000)
    assert (found.refused, dict(found.faults)) == (3000, dict.fromkeys(WORDS, 1))


async def test_the_report_and_each_delivery_say_how_many_reasons_they_leave_out(city: City) -> None:
    await city.enable(pack)
    async with city.database.tenant(city.tenant) as connection:
        await conformance.keep(connection, city.tenant, _refused(25), city.clock())
    async with city.client(pack) as client:
        for route in ("conformance", "deliveries"):
            (one,) = (await client.get(f"{P}/{route}")).json()["items"]
            assert (len(one["faults"]), one["more"], one["refused"]) == (20, 5, 25)


def test_a_delivery_fits_by_one_measure_at_every_door() -> None:
    assert fits(accepted=98, refused=2, lag=900.0)
    assert not fits(accepted=97, refused=3, lag=None)
    assert not fits(accepted=100, refused=0, lag=900.1)
    assert not fits(accepted=0, refused=0, lag=None)
