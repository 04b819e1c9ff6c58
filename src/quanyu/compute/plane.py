"""A flat piece of the earth: metres east and north of a point, good to 0.1 % over a city."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_METRES_A_DEGREE = 111_194.93


@dataclass(frozen=True, slots=True)
class Plane:
    lon: float
    lat: float

    @classmethod
    def around(cls, lon: Floats, lat: Floats) -> "Plane":
        """Raises ValueError without a point."""
        if not len(lon):
            raise ValueError("no point")
        return cls(float(np.mean(lon)), float(np.mean(lat)))

    @property
    def _scale(self) -> float:
        return _METRES_A_DEGREE * math.cos(math.radians(self.lat))

    def metres(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        return (np.asarray(lon) - self.lon) * self._scale, (np.asarray(lat) - self.lat) * _METRES_A_DEGREE

    def degrees(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        return np.asarray(x) / self._scale + self.lon, np.asarray(y) / _METRES_A_DEGREE + self.lat
