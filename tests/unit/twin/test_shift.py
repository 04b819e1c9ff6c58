"""Tiles of a source in GCJ-02 lie where they belong, told by a calculation of its own: one point, by the published formula."""

from math import asinh, cos, floor, pi, radians, sin, sqrt, tan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from PIL import Image

from quanyu.twin.map.grid import Tile
from quanyu.twin.map.shift import SIDE, shifted
from tests.tiles import pixels_of

CITIES = st.tuples(st.floats(75, 134), st.floats(19, 52))


def gcj02(lon: float, lat: float) -> tuple[float, float]:
    x, y = lon - 105, lat - 35
    both = 20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    north += (both + 20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north += (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    east += (both + 20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    axis, eccentricity = 6378245.0, 0.00669342162296594323
    magic = 1 - eccentricity * sin(radians(lat)) ** 2
    lat += north * 180 / ((axis * (1 - eccentricity)) / (magic * sqrt(magic)) * pi)
    return lon + east * 180 / (axis / sqrt(magic) * cos(radians(y + 35)) * pi), lat


def on_the_map(lon: float, lat: float, zoom: int) -> tuple[float, float]:
    """In tiles from the north-west corner."""
    return (lon + 180) / 360 * 2**zoom, (1 - asinh(tan(radians(lat))) / pi) / 2 * 2**zoom


@given(CITIES, st.integers(9, 18))
@examples(max_examples=60)
def test_a_known_point_lies_where_it_should_within_a_pixel(point: tuple[float, float], zoom: int) -> None:
    x, y = on_the_map(*point, zoom)
    places = shifted(Tile(zoom, floor(x), floor(y)))
    column, row = floor(x % 1 * SIDE), floor(y % 1 * SIDE)
    found = places.x[row * SIDE + column], places.y[row * SIDE + column]
    wanted = on_the_map(*gcj02(*point), zoom)
    assert np.abs(np.subtract(found, wanted)).max() * SIDE < 1


@given(CITIES, st.integers(9, 18))
@examples(max_examples=30)
def test_it_is_put_together_from_up_to_four_tiles_pixel_by_pixel(
    point: tuple[float, float], zoom: int
) -> None:
    x, y = on_the_map(*point, zoom)
    places = shifted(Tile(zoom, floor(x), floor(y)))
    assert 1 <= len(places.sources) <= 4
    made = np.asarray(places.draw({one: drawn(one) for one in places.sources})).reshape(-1, 4)
    columns, rows = np.floor(places.x * SIDE).astype(int), np.floor(places.y * SIDE).astype(int)
    expected = [columns % SIDE, rows % SIDE, 16 * (columns // SIDE % 16) + rows // SIDE % 16]
    assert (made[:, :3] == np.stack(expected, axis=1)).all()
    assert (made[:, 3] == 255).all()


def drawn(tile: Tile) -> Image.Image:
    return Image.fromarray(pixels_of(tile.x, tile.y))


@pytest.mark.parametrize("tile", [Tile(12, 2200, 1343), Tile(0, 0, 0), Tile(18, 0, 2**18 - 1)])
def test_outside_of_the_offset_a_tile_is_its_source(tile: Tile) -> None:
    places = shifted(tile)
    assert places.sources == {tile}
    made = places.draw({tile: drawn(tile)})
    assert made.convert("RGB").tobytes() == drawn(tile).tobytes()


def test_a_source_with_more_pixels_is_laid_alike() -> None:
    tile = Tile(14, 13726, 6693)
    places = shifted(tile)
    plain = {one: drawn(one) for one in places.sources}
    larger = {one: it.resize((2 * SIDE, 2 * SIDE), Image.Resampling.NEAREST) for one, it in plain.items()}
    assert places.draw(larger).tobytes() == places.draw(plain).tobytes()
