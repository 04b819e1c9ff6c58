"""Where vehicles may work: who leaves their fence for longer than a silence is found, with how far away they were."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import groupby

import numpy as np
import shapely

from quanyu.scenarios.sanitation.model import Finding, FindingKind, Fix, Limits

_METRES_A_DEGREE = 111_195.0


def judge_fences(
    fixes: Iterable[Fix], fences: Mapping[str, shapely.Geometry], limits: Limits
) -> Iterable[Finding]:
    """`fences` by vehicle; who has none may go anywhere."""
    own = sorted((fix for fix in fixes if fix.vehicle in fences), key=lambda fix: (fix.vehicle, fix.at))
    for vehicle, group in groupby(own, key=lambda fix: fix.vehicle):
        track = list(group)
        shapely.prepare(fences[vehicle])
        inside = shapely.contains_xy(
            fences[vehicle], np.array([fix.lon for fix in track]), np.array([fix.lat for fix in track])
        )
        yield from _left(vehicle, track, inside.tolist(), fences[vehicle], limits)


def _left(
    vehicle: str, track: Sequence[Fix], inside: Sequence[bool], fence: shapely.Geometry, limits: Limits
) -> Iterable[Finding]:
    for is_in, group in groupby(zip(inside, track, strict=True), key=lambda pair: pair[0]):
        away = [fix for _, fix in group]
        if not is_in and away[-1].at - away[0].at >= timedelta(seconds=limits.gap):
            points = shapely.points([fix.lon for fix in away], [fix.lat for fix in away])
            farthest = float(shapely.distance(points, fence).max()) * _METRES_A_DEGREE
            yield Finding(
                kind=FindingKind.OUTSIDE, vehicle=vehicle, begin=away[0].at, end=away[-1].at, value=round(farthest)
            )  # fmt: skip
