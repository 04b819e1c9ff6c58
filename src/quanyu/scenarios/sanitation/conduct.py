"""What went wrong in a day's work: late, missed, incomplete, repeated, standing idle, and tracks that jump."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import groupby, pairwise

from quanyu.packs import metres_between
from quanyu.scenarios.sanitation.coverage import Coverage, Pass, united
from quanyu.scenarios.sanitation.model import Finding, FindingKind, Fix, Limits, Shift

_LEAST_METRES = 200.0


def judge_shifts(
    shifts: Sequence[Shift], covered: Mapping[str, Coverage], limits: Limits
) -> Iterator[Finding]:
    """One shift after the other, by what its own vehicle did in its window."""
    for shift in shifts:
        coverage = covered.get(shift.section)
        if coverage is None or not coverage.length:
            continue
        own = [
            one
            for one in coverage.passes
            if one.vehicle == shift.vehicle and shift.begin <= one.since < shift.end
        ]
        yield from _judge(shift, coverage, own, limits)


def judge_tracks(fixes: Iterable[Fix], limits: Limits) -> Iterator[Finding]:
    """Of each vehicle: jumps that no vehicle can make, and long standing with the device on."""
    by_vehicle = sorted(fixes, key=lambda one: (one.vehicle, one.at))
    for vehicle, group in groupby(by_vehicle, key=lambda one: one.vehicle):
        track = list(group)
        yield from _jumps(vehicle, track, limits)
        yield from _idle(vehicle, track, limits)


def _judge(shift: Shift, coverage: Coverage, own: Sequence[Pass], limits: Limits) -> Iterator[Finding]:
    share = united([(one.begin, one.end) for one in own]) / coverage.length

    def found(kind: FindingKind, value: float) -> Finding:
        return Finding(
            kind=kind, vehicle=shift.vehicle, shift=shift.id, section=shift.section, value=round(value, 4),
            begin=own[0].since if own else shift.begin, end=own[-1].until if own else shift.end,
        )  # fmt: skip

    if not own:
        yield found(FindingKind.MISSED, 0.0)
        return
    if share < limits.swept:
        yield found(FindingKind.INCOMPLETE, share)
    late = (own[0].since - shift.begin).total_seconds()
    if late > limits.grace:
        yield found(FindingKind.LATE, late / 60)
    times = sum(one.end - one.begin for one in own) / coverage.length
    if times > shift.times + 0.5:
        yield found(FindingKind.REPEATED, times)


def _jumps(vehicle: str, track: Sequence[Fix], limits: Limits) -> Iterator[Finding]:
    for before, now in pairwise(track):
        metres = metres_between(before.lon, before.lat, now.lon, now.lat)
        seconds = max((now.at - before.at).total_seconds(), 1.0)
        if metres > _LEAST_METRES and metres / seconds * 3.6 > limits.impossible:
            yield Finding(
                kind=FindingKind.TELEPORTING,
                vehicle=vehicle,
                begin=before.at,
                end=now.at,
                value=round(metres),
            )


def _idle(vehicle: str, track: Sequence[Fix], limits: Limits) -> Iterator[Finding]:
    """Not moving faster than walking, with no silence longer than the gap in between."""
    begun: Fix | None = None
    last: Fix | None = None
    for fix in track:
        stands = fix.on and fix.speed < 1.0
        broken = last is not None and fix.at - last.at > timedelta(seconds=limits.gap * 5)
        if begun is not None and last is not None and (not stands or broken):
            yield from _standing(vehicle, begun, last, limits)
            begun = None
        if stands and begun is None:
            begun = fix
        last = fix
    if begun is not None and last is not None:
        yield from _standing(vehicle, begun, last, limits)


def _standing(vehicle: str, begun: Fix, last: Fix, limits: Limits) -> Iterator[Finding]:
    seconds = (last.at - begun.at).total_seconds()
    if seconds >= limits.idle:
        yield Finding(
            kind=FindingKind.IDLE, vehicle=vehicle, begin=begun.at, end=last.at, value=round(seconds / 60, 1)
        )
