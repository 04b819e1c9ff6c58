"""Where the provinces lie, generously: west, south, east, north in degrees, by the first two digits of GB/T 2260.

Good for telling which reading of a position is meant (longitude and latitude exchanged, the meridian of a projection),
never for refusing one.
"""

from quanyu.core.errors import Invalid
from quanyu.core.regions import usual_code

Box = tuple[float, float, float, float]

_BOXES: dict[str, Box] = {
    "11": (115.4, 39.4, 117.6, 41.1), "12": (116.7, 38.5, 118.1, 40.3), "13": (113.4, 36.0, 119.9, 42.7),
    "14": (110.2, 34.5, 114.6, 40.8), "15": (97.1, 37.4, 126.1, 53.4), "21": (118.8, 38.7, 125.8, 43.5),
    "22": (121.6, 40.8, 131.4, 46.4), "23": (121.1, 43.4, 135.2, 53.6), "31": (120.8, 30.6, 122.3, 31.9),
    "32": (116.3, 30.7, 122.0, 35.2), "33": (118.0, 27.0, 123.2, 31.3), "34": (114.8, 29.3, 119.7, 34.7),
    "35": (115.8, 23.4, 120.8, 28.4), "36": (113.5, 24.4, 118.5, 30.1), "37": (114.7, 34.3, 122.8, 38.5),
    "41": (110.3, 31.3, 116.7, 36.4), "42": (108.3, 29.0, 116.2, 33.3), "43": (108.7, 24.6, 114.3, 30.2),
    "44": (109.6, 20.1, 117.4, 25.6), "45": (104.4, 20.8, 112.1, 26.4), "46": (108.5, 15.5, 112.8, 20.3),
    "50": (105.2, 28.1, 110.3, 32.3), "51": (97.3, 26.0, 108.6, 34.4), "52": (103.6, 24.6, 109.6, 29.3),
    "53": (97.5, 21.1, 106.2, 29.3), "54": (78.3, 26.8, 99.2, 36.6), "61": (105.4, 31.7, 111.3, 39.6),
    "62": (92.3, 32.5, 108.8, 42.9), "63": (89.3, 31.5, 103.1, 39.3), "64": (104.2, 35.2, 107.7, 39.4),
    "65": (73.4, 34.3, 96.4, 49.2), "71": (119.3, 21.8, 122.1, 25.4), "81": (113.8, 22.1, 114.5, 22.6),
    "82": (113.5, 22.0, 113.7, 22.3),
}  # fmt: skip


def province_box(region: str | None) -> Box | None:
    """Of the province that a region belongs to; None for made-up regions and for what is no code."""
    try:
        return _BOXES.get(usual_code(region)[:2]) if region else None
    except Invalid:
        return None
