from datetime import UTC, datetime, timedelta

from quanyu.scenarios.sanitation.conduct import judge_shifts, judge_tracks
from quanyu.scenarios.sanitation.coverage import Coverage, Pass
from quanyu.scenarios.sanitation.model import FindingKind, Fix, Limits, Shift

SIX = datetime(2026, 5, 1, 22, tzinfo=UTC)
SHIFT = Shift(id="a", section="s1", vehicle="v1", begin=SIX, end=SIX + timedelta(hours=2))


def _swept(*parts: tuple[float, float, int], vehicle: str = "v1") -> dict[str, Coverage]:
    """From metre to metre of a thousand, so many minutes after six."""
    passes = [
        Pass(vehicle, begin, end, SIX + timedelta(minutes=late), SIX + timedelta(minutes=late + 5))
        for begin, end, late in parts
    ]
    return {"s1": Coverage("s1", 1000.0, 1000.0, tuple(passes))}


def _kinds(covered: dict[str, Coverage]) -> list[FindingKind]:
    return [one.kind for one in judge_shifts([SHIFT], covered, Limits())]


def test_work_as_planned_finds_nothing() -> None:
    assert _kinds(_swept((0, 1000, 5))) == []


def test_nobody_came() -> None:
    assert _kinds(_swept()) == [FindingKind.MISSED]
    assert _kinds(_swept((0, 1000, 5), vehicle="another")) == [FindingKind.MISSED]


def test_too_late_and_too_little() -> None:
    assert _kinds(_swept((0, 500, 30))) == [FindingKind.INCOMPLETE, FindingKind.LATE]


def test_more_often_than_planned() -> None:
    assert _kinds(_swept((0, 1000, 1), (0, 1000, 20))) == [FindingKind.REPEATED]


def _fix(minute: float, lon: float, speed: float) -> Fix:
    return Fix("v1", SIX + timedelta(minutes=minute), lon, 31.2, speed)


def test_a_track_that_jumps_is_flagged() -> None:
    (found,) = judge_tracks([_fix(0, 121.5, 8), _fix(1, 121.6, 8)], Limits())
    assert found.kind is FindingKind.TELEPORTING
    assert found.value > 9000


def test_a_fast_drive_is_no_jump() -> None:
    assert not list(judge_tracks([_fix(0, 121.5, 60), _fix(1, 121.51, 60)], Limits()))


def test_half_an_hour_of_standing_with_the_device_on_is_idle() -> None:
    still = [_fix(minute, 121.5, 0) for minute in range(31)]
    (found,) = judge_tracks([*still, _fix(32, 121.501, 8)], Limits())
    assert (found.kind, found.value) == (FindingKind.IDLE, 30.0)


def test_a_silence_is_no_standing() -> None:
    assert not list(judge_tracks([_fix(0, 121.5, 0), _fix(40, 121.5, 0)], Limits()))
