import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.core.coordinates import (
    Crs,
    bd09_from_gcj02,
    bd09_from_wgs84,
    crs_named,
    from_wgs84,
    gcj02_from_bd09,
    gcj02_from_wgs84,
    nearest_crs,
    to_wgs84,
    wgs84_from_bd09,
    wgs84_from_gcj02,
)

LONGITUDES, LATITUDES = st.floats(73.6, 134.7), st.floats(18.0, 53.5)


def test_published_example_points_of_the_map_services() -> None:
    assert gcj02_from_wgs84(116.404, 39.915) == pytest.approx(
        (116.41024449916938, 39.91640428150164), abs=1e-12
    )
    assert bd09_from_gcj02(116.404, 39.915) == pytest.approx(
        (116.41036949371029, 39.92133699351022), abs=1e-12
    )


@given(LONGITUDES, LATITUDES)
def test_there_and_back_is_far_better_than_a_metre(lon: float, lat: float) -> None:
    assert wgs84_from_gcj02(*gcj02_from_wgs84(lon, lat)) == pytest.approx((lon, lat), abs=1e-9)
    assert wgs84_from_bd09(*bd09_from_wgs84(lon, lat)) == pytest.approx((lon, lat), abs=1e-9)
    assert gcj02_from_bd09(*bd09_from_gcj02(lon, lat)) == pytest.approx((lon, lat), abs=1e-9)


@given(LONGITUDES, LATITUDES)
def test_the_offset_is_some_hundred_metres(lon: float, lat: float) -> None:
    x, y = gcj02_from_wgs84(lon, lat)
    assert 0 < np.hypot(x - lon, y - lat) < 0.02


@pytest.mark.parametrize(("lon", "lat"), [(-71.06, 42.36), (13.4, 52.5), (151.2, -33.9), (0.0, 0.0)])
def test_outside_of_china_nothing_is_changed(lon: float, lat: float) -> None:
    assert gcj02_from_wgs84(lon, lat) == (lon, lat) == wgs84_from_gcj02(lon, lat)


@given(st.lists(st.tuples(LONGITUDES, LATITUDES), min_size=1))
def test_arrays_give_what_single_points_give(points: list[tuple[float, float]]) -> None:
    lon, lat = (np.array(values) for values in zip(*points, strict=True))
    arrays = zip(*to_wgs84(lon, lat, Crs.BD09), strict=True)
    assert [tuple(map(float, point)) for point in arrays] == [wgs84_from_bd09(*point) for point in points]


@pytest.mark.parametrize(
    ("declared", "crs"),
    [
        ("GCJ-02", Crs.GCJ02),
        ("高德坐标", Crs.GCJ02),
        ("bd09ll", Crs.BD09),
        ("EPSG:4490", Crs.CGCS2000),
        ('GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984"]]', Crs.WGS84),
        ('GEOGCS["GCS_China_Geodetic_Coordinate_System_2000"]', Crs.CGCS2000),
        ('PROJCS["WGS_1984_UTM_Zone_50N",GEOGCS["GCS_WGS_1984"]]', None),
        ("", None),
    ],
)
def test_a_declaration_names_its_system(declared: str, crs: Crs | None) -> None:
    assert crs_named(declared) is crs


@pytest.mark.parametrize("crs", [Crs.WGS84, Crs.GCJ02, Crs.BD09])
def test_the_system_is_found_by_comparing_with_known_points(crs: Crs) -> None:
    known_lon, known_lat = np.linspace(116.2, 116.6, 30), np.linspace(39.8, 40.0, 30)
    lon, lat = from_wgs84(known_lon, known_lat, crs)
    found, distance = nearest_crs(lon, lat, known_lon=known_lon, known_lat=known_lat)
    assert found is crs
    assert distance < 1
