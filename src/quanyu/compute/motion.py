"""How a vehicle drove between two moments of which its places and speeds are known: as the cubic that fits all four.

Who went forty metres in ten seconds was quicker in between than at both ends, where it crept.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import sqrt


def stretches(
    seconds: float,
    places: tuple[float, float],
    speeds: Sequence[float],
    limits: tuple[float, float],
    *,
    sure: float = 0.0,
) -> Iterator[tuple[float, float, float, float]]:
    """Those parts of the motion whose speed lies within the limits (m/s): seconds since and until, places from and to.

    `speeds` have no sign. A way that is longer than they tell by up to `sure` metres says nothing of what was in between, nor does one
    that is shorter: who turned round was as quick as the speeds tell.
    """
    (begin, end), (first, last) = places, speeds
    told = (first + last) / 2 * seconds
    way = abs(end - begin)
    metres = way if way - told > sure or not told else told
    more = metres / seconds - (first + last) / 2
    bend, slope = -6 * more, last - first + 6 * more

    def place(share: float) -> float:
        driven = seconds * (first * share + slope * share**2 / 2 + bend * share**3 / 3)
        return begin + (end - begin) * (driven / metres if metres else share)

    turns = sorted({0.0, 1.0, *(root for limit in limits for root in _roots(bend, slope, first - limit))})
    for since, until in pairwise(turns):
        middle = (since + until) / 2
        if limits[0] <= first + slope * middle + bend * middle**2 <= limits[1]:
            yield since * seconds, until * seconds, place(since), place(until)


def _roots(bend: float, slope: float, level: float) -> Iterator[float]:
    """Where bend·s² + slope·s + level is nothing, strictly between 0 and 1."""
    if abs(bend) < 1e-9:
        found = [-level / slope] if slope else []
    else:
        under = slope**2 - 4 * bend * level
        found = [(-slope + sign * sqrt(under)) / (2 * bend) for sign in (1, -1)] if under >= 0 else []
    return (one for one in found if 0 < one < 1)
