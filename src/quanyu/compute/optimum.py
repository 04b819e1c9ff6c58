"""The one door to HiGHS (scipy.optimize.milp): the least of a linear sum over whole numbers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Best:
    """`gap`: by which share the sum may still be above the least, 0 where it was proved."""

    values: Floats
    gap: float


def least_sum(
    price: Floats, rows: Any, low: Floats, high: Floats, *, whole: NDArray[np.bool_], seconds: float
) -> Best | None:
    """Of variables from 0 to 1, with `low` ≤ rows · values ≤ `high`. None where there is no solution, or none in time."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    found = milp(
        price, constraints=LinearConstraint(rows, low, high), bounds=Bounds(0, 1), integrality=whole.astype(int),
        options={"time_limit": seconds},
    )  # fmt: skip
    if found.x is None:
        return None
    return Best(found.x, float(found.mip_gap or 0.0))
