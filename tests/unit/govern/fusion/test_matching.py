import csv
from pathlib import Path

from quanyu.govern.fusion.matching import match
from quanyu.govern.fusion.model import Link, MatchJob, Pair, Record
from tests.unit.govern.fusion.labelled import Truth, bodies, car_parks

SURE, WORTH_A_LOOK = 0.99, 0.5


def matched(records: list[Record], *, parts_are_one: bool = True, keep: float = 0.2) -> list[Pair]:
    return match(MatchJob(records=tuple(records), link=Link.BETWEEN, parts_are_one=parts_are_one, keep=keep))


def quality(pairs: list[Pair], truth: Truth, least: float) -> tuple[float, float]:
    """Precision and recall of the pairs from `least` on."""
    found = {frozenset((pair.left, pair.right)) for pair in pairs if pair.confidence >= least}
    return len(found & truth) / len(found), len(found & truth) / len(truth)


def test_car_parks_of_register_operator_and_map_are_merged_without_a_mistake() -> None:
    records, truth = car_parks()
    pairs = matched(records)
    precision, recall = quality(pairs, truth, SURE)
    assert precision == 1.0
    assert recall >= 0.9
    assert quality(pairs, truth, WORTH_A_LOOK)[1] == 1.0


def test_bodies_under_three_spellings_are_merged_without_a_mistake() -> None:
    records, truth = bodies()
    precision, recall = quality(matched(records), truth, SURE)
    assert precision == 1.0
    assert recall >= 0.85


def test_each_comparison_says_what_it_found() -> None:
    records, _ = car_parks()
    best = next(
        pair for pair in matched(records) if {pair.left, pair.right} == {"register/P002", "operator/a-18"}
    )
    said = {one.comparison: one.level for one in best.compared}
    assert said == {
        "name": "same_name", "numbers": "same", "distance": "within_100_m",
        "phone": "same", "code": "missing", "region": "missing",
    }  # fmt: skip


def test_one_source_has_nothing_to_be_matched_with() -> None:
    assert matched([Record(dataset="register", key="1", name="人民医院")]) == []


def test_every_tertiary_hospital_of_beijing_is_found_in_the_register(real_data: Path) -> None:
    folder = real_data / "hospitals-beijing-designated"
    with (folder / "designated_institutions.csv").open(encoding="utf-8") as file:
        register = [
            Record(dataset="register", key=row["机构编码"], name=row["机构名称"], region=row["所属区"])
            for row in csv.DictReader(file)
        ]
    with (folder / "tertiary_coords.csv").open(encoding="utf-8") as file:
        points = [
            Record(
                dataset="map", key=row["id"], name=row["name"], aliases=tuple(filter(None, [row["fullName"]])),
                longitude=float(row["longitude"]), latitude=float(row["latitude"]),
            )
            for row in csv.DictReader(file)
        ]  # fmt: skip
    pairs = matched(register + points, parts_are_one=False, keep=0.8)
    found = [pair.left if pair.left.startswith("map/") else pair.right for pair in pairs]
    assert sorted(found) == sorted(point.id for point in points)
