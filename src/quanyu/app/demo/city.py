"""The whole demonstration city, from its seed alone: no clock, no chance, nothing read."""

from dataclasses import dataclass

from quanyu.app.demo.land import Area, Land, Line, lakes, make_areas, make_grids, make_land, river
from quanyu.app.demo.places import (
    CarPark,
    ChargingStation,
    Gazetteer,
    Hospital,
    Station,
    SwapStation,
    Vehicle,
    gazetteer,
    make_air_stations,
    make_car_parks,
    make_charging_stations,
    make_hospitals,
    make_manholes,
    make_swap_stations,
    make_vehicles,
)
from quanyu.app.demo.roads import Road, make_roads


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    seed: int
    land: Land
    areas: tuple[Area, ...]
    grids: tuple[Area, ...]
    river: Line
    lakes: tuple[tuple[str, Line], ...]
    roads: tuple[Road, ...]
    places: Gazetteer
    car_parks: tuple[CarPark, ...]
    air_stations: tuple[Station, ...]
    manholes: tuple[Station, ...]
    charging_stations: tuple[ChargingStation, ...]
    swap_stations: tuple[SwapStation, ...]
    hospitals: tuple[Hospital, ...]
    vehicles: tuple[Vehicle, ...]


def make_city(seed: int) -> City:
    """The same seed gives the same city."""
    land = make_land(seed)
    areas = make_areas(seed, land)
    places = gazetteer(land, areas)
    return City(
        seed=seed,
        land=land,
        areas=areas,
        grids=make_grids(land, (area for area in areas if area.level == "village")),
        river=river(land),
        lakes=lakes(seed, land),
        roads=make_roads(land),
        places=places,
        car_parks=make_car_parks(seed, places),
        air_stations=make_air_stations(seed, places),
        manholes=make_manholes(seed, places),
        charging_stations=make_charging_stations(seed, places),
        swap_stations=make_swap_stations(seed, places),
        hospitals=make_hospitals(seed, places),
        vehicles=make_vehicles(seed, land),
    )
