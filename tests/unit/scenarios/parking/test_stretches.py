"""A link is called by its street and by those that it runs between."""

from quanyu.packs import Thing
from quanyu.scenarios.parking.stretches import called


def _road(id_: str, name: str, *line: tuple[float, float]) -> Thing:
    return Thing(
        id=id_,
        values={"name": name},
        geometry={"type": "LineString", "coordinates": [list(one) for one in line]},
    )


A, B, C, D = (121.5, 31.2), (121.51, 31.2), (121.52, 31.2), (121.51, 31.21)
DRUM = [_road("1", "鼓楼街", A, B), _road("2", "鼓楼街", B, C)]


def test_a_link_between_two_streets_names_both_and_one_at_the_edge_the_one_that_it_meets() -> None:
    roads = [*DRUM, _road("3", "解放路", A, (121.5, 31.19)), _road("4", "中山路", D, B)]
    assert called({one.id: one for one in DRUM}, roads) == {
        "1": "鼓楼街（解放路—中山路）",
        "2": "鼓楼街（中山路）",
    }


def test_a_link_that_meets_no_other_street_has_the_name_of_its_own() -> None:
    assert called({"1": DRUM[0]}, DRUM) == {"1": "鼓楼街"}
    assert called({"5": Thing(id="5", values={"name": "无线路"}, geometry=None)}, DRUM) == {"5": "无线路"}
