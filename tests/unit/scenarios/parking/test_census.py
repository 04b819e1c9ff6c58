import random

import pytest

from quanyu.scenarios.parking.census import Class, Limits, Record, Source, by_street, fuse, likeness

STREETS = ("人民街道", "滨江街道", "解放街道")
NAMES = ("广场", "医院", "商场", "学校", "车站", "公园", "银行", "图书馆")
METRE = 1 / 111_195


def _town(seed: int) -> tuple[list[Record], dict[str, dict[str, int]]]:
    """Two hundred lots 200 m apart, each known to some of the sources; and what a person would count by street."""
    chance, records = random.Random(seed), []
    truth = {street: {"registered": 0, "real": 0, "gap": 0} for street in STREETS}
    for number in range(200):
        name, street, spaces = (
            f"{chance.choice(NAMES)}{number}号停车场",
            chance.choice(STREETS),
            chance.randrange(10, 400),
        )
        sources = [one for one in Source if chance.random() < 0.5] or [Source.REGISTER]
        for source in sources:
            records.append(
                Record(
                    source=source, id=f"{source}-{number}", street=street,
                    name=name if source is Source.REGISTER else name.replace("停车场", "地下停车场"),
                    spaces=spaces, lon=121.5 + (number % 20) * 200 * METRE + chance.uniform(-20, 20) * METRE,
                    lat=31.2 + (number // 20) * 200 * METRE + chance.uniform(-20, 20) * METRE,
                )
            )  # fmt: skip
        counted, seen = truth[street], set(sources) - {Source.REGISTER}
        counted["registered"] += spaces if Source.REGISTER in sources else 0
        counted["real"] += spaces if seen else 0
        counted["gap"] += spaces if seen and Source.REGISTER not in sources else 0
    chance.shuffle(records)
    return records, truth


@pytest.mark.parametrize("seed", range(5))
def test_totals_and_gap_by_street_are_exact(seed: int) -> None:
    records, truth = _town(seed)
    streets = by_street(fuse(records, Limits()))
    for street, counted in truth.items():
        found = streets[street]
        assert {"registered": found.registered, "real": found.real, "gap": found.gap} == counted
    assert streets[""].gap == sum(one["gap"] for one in truth.values())


def _record(source: Source, name: str, spaces: int, east: float = 0.0) -> Record:
    return Record(
        source=source,
        id=f"{source}{name}{east}",
        name=name,
        street="a",
        spaces=spaces,
        lon=121.5 + east * METRE,
        lat=31.2,
    )


def _classes(*records: Record) -> list[Class]:
    return sorted(lot.kind for lot in fuse(records, Limits()))


def test_every_class_has_its_evidence() -> None:
    assert _classes(_record(Source.REGISTER, "人民广场", 100), _record(Source.FIELD, "人民广场", 98, 30)) == [
        "confirmed"
    ]
    assert _classes(_record(Source.REGISTER, "人民广场", 100), _record(Source.FIELD, "人民广场", 60, 30)) == [
        "conflict"
    ]
    assert _classes(_record(Source.REGISTER, "人民广场", 100)) == ["only_register"]
    assert _classes(_record(Source.CITIZEN, "路边", 10)) == ["only_field"]


def test_a_class_that_no_lot_has_counts_none() -> None:
    one = Record(
        source=Source.REGISTER, id="a", name="广场停车场", street="人民街道", spaces=10, lon=121.5, lat=31.2
    )
    counted = by_street(fuse([one], Limits(apart=80, alike=0.3)))["人民街道"].by_class
    assert counted == {kind: int(kind is Class.ONLY_REGISTER) for kind in Class}


def test_neighbours_with_other_names_stay_two() -> None:
    assert (
        len(
            fuse(
                [_record(Source.REGISTER, "人民医院", 100), _record(Source.FIELD, "滨江商场", 98, 40)],
                Limits(),
            )
        )
        == 2
    )


def test_one_source_never_says_the_same_lot_twice() -> None:
    twice = [_record(Source.FIELD, "人民广场", 100), _record(Source.FIELD, "人民广场", 100, 5)]
    assert len(fuse(twice, Limits())) == 2


def test_the_nearest_pair_is_joined_first() -> None:
    register = _record(Source.REGISTER, "人民广场停车场", 100)
    far, near = (
        _record(Source.FIELD, "人民广场北停车场", 50, 60),
        _record(Source.FIELD, "人民广场停车场", 100, 8),
    )
    (joined,) = [lot for lot in fuse([far, register, near], Limits()) if len(lot.records) == 2]
    assert joined.records[Source.FIELD] is near


def test_names_are_alike_by_what_they_share() -> None:
    assert likeness("人民广场停车场", "人民广场停车场") == 1
    assert likeness("人民广场", "") == 0
