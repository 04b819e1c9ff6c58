"""The sweepers of the cleaning firm, and which sections each has."""

from dataclasses import dataclass
from typing import Any

from quanyu.app.demo.city import City
from quanyu.app.demo.roads import Road

FIRM = "jz-clean"
SWEEPERS, OWN = 12, 4
_GRADES = {"主干路": 1, "次干路": 2, "支路": 3}


@dataclass(frozen=True, slots=True)
class Sweeper:
    terminal: str
    sections: tuple[Road, ...]


def sweepers(city: City) -> tuple[Sweeper, ...]:
    """Each has a stretch of one street, road after road."""
    stretches: list[list[Road]] = []
    for road in (one for one in city.roads if one.road_class != "支路"):
        last = stretches[-1] if stretches else []
        if last and len(last) < OWN and last[-1].end == road.start and last[-1].name == road.name:
            last.append(road)
        else:
            stretches.append([road])
    whole = [one for one in stretches if len(one) == OWN][:SWEEPERS]
    return tuple(Sweeper(f"0139000000{number:02}", tuple(one)) for number, one in enumerate(whole))


def grade(road: Road) -> int:
    return _GRADES[road.road_class]


def told(city: City) -> list[dict[str, Any]]:
    """What the firm knows of its own work: terminals, with code and line of each section."""
    return [
        {
            "terminal": one.terminal,
            "sections": [{"code": road.code, "line": road.line} for road in one.sections],
        }
        for one in sweepers(city)
    ]
