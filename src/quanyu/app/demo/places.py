"""What stands and drives in the demonstration city."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import TypeVar

from quanyu.app.demo.draw import drawn
from quanyu.app.demo.land import Area, Crossing, Land, Line, Point
from quanyu.app.demo.names import (
    AVENUES,
    CHARGERS,
    CLEANERS,
    HOSPITAL_KINDS,
    OPERATORS,
    PARK_KINDS,
    PLACE_FIRST,
    STREETS_ACROSS,
)
from quanyu.app.demo.roads import ACROSS_ROWS, AVENUE_COLUMNS, BRIDGES, round_trip
from quanyu.core.identifiers import credit_code_check

T = TypeVar("T")
Named = TypeVar("Named", "CarPark", "Station", "ChargingStation", "SwapStation", "Hospital")

CAR_PARKS, AIR_STATIONS, MANHOLES, CHARGING_STATIONS, HOSPITALS, VEHICLES = 80, 40, 60, 36, 30, 60
SWAP_STATIONS = 14

_BUSY = (8, 20)
"""Columns of the inner city, where most things are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place with its address in the tree of regions."""

    point: Point
    district: Area
    street: Area
    community: Area
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CarPark:
    code: str
    name: str
    kind: str
    spot: Spot
    capacity: int
    chargers: int
    operator: str
    fee: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """Of the air, or of the level in a manhole."""

    code: str
    name: str
    spot: Spot


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingStation:
    code: str
    name: str
    spot: Spot
    operator: str
    connectors: int
    power: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapStation:
    """Batteries for vehicles: `slots` of `power` kW each, `faulty` of them with a battery that is broken."""

    code: str
    name: str
    spot: Spot
    operator: str
    slots: int
    faulty: int
    power: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hospital:
    code: str
    name: str
    spot: Spot
    grade: str
    kind: str
    beds: int
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """Circles on `loop` with metres per second on average, from a share of the way."""

    code: str
    plate: str
    kind: str
    company: str
    loop: Line
    speed: float
    start: float


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Finds a spot by chance: two of three in the inner city."""

    land: Land
    of_mesh: Mapping[Crossing, tuple[Area, Area, Area]]

    def spot(self, chance: Random) -> Spot:
        inner = chance.random() < 0.66
        meshes = [mesh for mesh in self.of_mesh if (_BUSY[0] <= mesh[0] < _BUSY[1]) == inner]
        mesh = chance.choice(meshes)
        point = self.land.inside(mesh, chance.uniform(0.12, 0.88), chance.uniform(0.12, 0.88))
        district, street, community = self.of_mesh[mesh]
        road = chance.choice((*AVENUES, *STREETS_ACROSS))
        address = f"{district.name}{street.name}{road}{chance.randint(1, 480)}号"
        return Spot(point=point, district=district, street=street, community=community, address=address)


def gazetteer(land: Land, areas: tuple[Area, ...]) -> Gazetteer:
    by_code = {area.code: area for area in areas}
    of_mesh = {}
    for community in (area for area in areas if area.level == "village"):
        west, south, east, north = community.meshes
        street = by_code[community.parent]
        for i in range(west, east):
            for j in range(south, north):
                of_mesh[i, j] = (by_code[street.parent], street, community)
    return Gazetteer(land, of_mesh)


def make_car_parks(seed: int, places: Gazetteer) -> tuple[CarPark, ...]:
    made = _several(seed, "car park", CAR_PARKS, lambda chance, n: _car_park(chance, n, places.spot(chance)))
    return _named_apart(made)


def make_air_stations(seed: int, places: Gazetteer) -> tuple[Station, ...]:
    def station(chance: Random, number: int) -> Station:
        spot = places.spot(chance)
        name = f"{spot.street.name}{spot.community.name}监测点"
        return Station(code=f"JZ-AQ-{number:03}", name=name, spot=spot)

    return _named_apart(_several(seed, "air", AIR_STATIONS, station))


def make_manholes(seed: int, places: Gazetteer) -> tuple[Station, ...]:
    def manhole(chance: Random, number: int) -> Station:
        spot = places.spot(chance)
        kind = chance.choice(("污水井", "雨水井", "通信井", "电力井"))
        return Station(code=f"JZ-MH-{number:04}", name=f"{spot.community.name}{kind}{number:04}", spot=spot)

    return _several(seed, "manhole", MANHOLES, manhole)


def make_charging_stations(seed: int, places: Gazetteer) -> tuple[ChargingStation, ...]:
    def station(chance: Random, number: int) -> ChargingStation:
        spot = places.spot(chance)
        return ChargingStation(
            code=f"JZCD{number:05}", name=f"{chance.choice(PLACE_FIRST)}{spot.community.name[:2]}充电站", spot=spot,
            operator=chance.choice(CHARGERS), connectors=chance.choice((4, 6, 8, 10, 16, 24)),
            power=chance.choice((60, 120, 180, 240)),
        )  # fmt: skip

    return _named_apart(_several(seed, "charging", CHARGING_STATIONS, station))


def make_swap_stations(seed: int, places: Gazetteer) -> tuple[SwapStation, ...]:
    def station(chance: Random, number: int) -> SwapStation:
        spot = places.spot(chance)
        return SwapStation(
            code=f"JZHD{number:05}", name=f"{chance.choice(PLACE_FIRST)}{spot.community.name[:2]}换电站", spot=spot,
            operator=chance.choice(CHARGERS), slots=chance.choice((7, 13, 13, 21, 27)), faulty=chance.choice((0, 0, 0, 1, 1, 2)),
            power=chance.choice((40, 60, 80)),
        )  # fmt: skip

    return _named_apart(_several(seed, "swapping", SWAP_STATIONS, station))


def make_hospitals(seed: int, places: Gazetteer) -> tuple[Hospital, ...]:
    made = _several(seed, "hospital", HOSPITALS, lambda chance, n: _hospital(chance, n, places.spot(chance)))
    return _named_apart(made)


def make_vehicles(seed: int, land: Land) -> tuple[Vehicle, ...]:
    return _several(seed, "vehicle", VEHICLES, lambda chance, n: _vehicle(chance, n, land))


def credit_code(chance: Random, region: str) -> str:
    """Well formed, with a right check character, and of nobody: regions 99 are never assigned."""
    body = f"91{region}MA{''.join(chance.choice('0123456789ABCDEFGHJKLMNPQRTUWXY') for _ in range(7))}"
    return body + credit_code_check(body)


def _several(seed: int, what: str, count: int, make: Callable[[Random, int], T]) -> tuple[T, ...]:
    return tuple(make(drawn(seed, what, number), number) for number in range(1, count + 1))


def _named_apart(made: Sequence[Named]) -> tuple[Named, ...]:
    """Two things of a kind never share a name: the second is called …（2）, as chance may give one name again."""
    counts: Counter[str] = Counter()
    found = []
    for one in made:
        counts[one.name] += 1
        number = counts[one.name]
        found.append(one if number == 1 else replace(one, name=f"{one.name}（{number}）"))
    return tuple(found)


def _car_park(chance: Random, number: int, spot: Spot) -> CarPark:
    kind, ending = chance.choice(PARK_KINDS)
    capacity = chance.choice((48, 60, 86, 120, 160, 210, 260, 320, 450, 600, 880))
    return CarPark(
        code=f"{spot.district.code}P{number:04}", name=f"{chance.choice(PLACE_FIRST)}{spot.community.name[:2]}{ending}",
        kind=kind, spot=spot, capacity=capacity, chargers=capacity // chance.choice((8, 10, 16, 24)),
        operator=chance.choice(OPERATORS), fee=chance.choice(("首小时5元，之后每小时3元", "每次10元", "前30分钟免费，每小时4元", "免费")),
    )  # fmt: skip


def _hospital(chance: Random, number: int, spot: Spot) -> Hospital:
    if number <= len(HOSPITAL_KINDS):
        ending, grade, kind = HOSPITAL_KINDS[number - 1]
        name, beds = f"江州市{ending}", chance.randrange(600, 2200, 50)
    elif number <= 12:
        name, grade, kind = f"{spot.district.name}{chance.choice(('人民医院', '中心医院'))}", "2A", "综合医院"
        beds = chance.randrange(200, 600, 20)
    else:
        place = spot.street.name.removesuffix("街道")
        ending = "卫生院" if place.endswith(("镇", "乡")) else f"{spot.community.name[:2]}社区卫生服务中心"
        name, grade, kind, beds = place + ending, "0", "基层医疗卫生机构", chance.randrange(0, 60, 10)
    return Hospital(
        code=f"{spot.district.code}H{number:03}", name=name, spot=spot, grade=grade, kind=kind, beds=beds,
        phone=f"0000-5550{number:03}",
    )  # fmt: skip


def _vehicle(chance: Random, number: int, land: Land) -> Vehicle:
    """Loops that cross the river end at bridges."""
    rows = sorted(chance.sample(ACROSS_ROWS, k=2))
    crosses = rows[0] < 8 < rows[1]
    west = chance.choice([c for c in AVENUE_COLUMNS[:-3] if not crosses or c in BRIDGES])
    able = [c for c in AVENUE_COLUMNS if west < c <= west + 10 and (not crosses or c in BRIDGES)]
    loop = round_trip(land, (west, chance.choice(able)), (rows[0], rows[1]))
    return Vehicle(
        code=f"JZHW{number:03}", plate=f"东A{chance.choice('BCDEFGH')}{number:04}",
        kind=chance.choice(("洗扫车", "洒水车", "压缩式垃圾车", "餐厨垃圾车")), company=chance.choice(CLEANERS),
        loop=loop, speed=chance.uniform(4.5, 9.0), start=chance.random(),
    )  # fmt: skip
