"""What people call a link: its street, and the streets that it runs between."""

from collections.abc import Iterable, Mapping

from quanyu.packs import Thing
from quanyu.scenarios.parking.evidence import line_of

_DIGITS = 5
"""About a metre: links that meet tell the same place."""

Place = tuple[float, float]


def called(links: Mapping[str, Thing], roads: Iterable[Thing]) -> dict[str, str]:
    """Of links their names, such as 鼓楼街（解放路—中山路）; without what is in brackets where no other street meets an end."""
    ends = {id_: _ends(one) for id_, one in links.items()}
    meeting: dict[Place, set[str]] = {place: set() for places in ends.values() for place in places}
    for road in roads:
        for place in _ends(road):
            if place in meeting and (name := name_of(road)):
                meeting[place].add(name)
    return {id_: _name(name_of(one), [meeting[place] for place in ends[id_]]) for id_, one in links.items()}


def name_of(segment: Thing) -> str:
    return str(segment.values.get("name", segment.values.get("roadName", "")))


def _name(street: str, ends: Iterable[set[str]]) -> str:
    others = [min(names) for end in ends if (names := end - {street})]
    return f"{street}（{'—'.join(others)}）" if others else street


def _ends(segment: Thing) -> tuple[Place, ...]:
    line = line_of(segment)
    return tuple((round(x, _DIGITS), round(y, _DIGITS)) for x, y in (line[0], line[-1])) if line else ()
