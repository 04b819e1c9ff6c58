"""What a pack is worth, computed: bronze it works, silver it explains itself, gold it stands on its own feet."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from quanyu.core.errors import Fault, Invalid
from quanyu.packs.contents import (
    algorithm_faults,
    demo_faults,
    empty_faults,
    framework_faults,
    message_faults,
    name_faults,
    parameter_faults,
    route_faults,
    table_faults,
    text_faults,
    view_faults,
)
from quanyu.packs.forms import (
    indicator_faults,
    model_faults,
    quality_faults,
    rule_faults,
    source_faults,
    workflow_faults,
)
from quanyu.packs.model import Pack
from quanyu.packs.package_files import files_of, import_faults, readme_faults

_MOST_PACKS = 256

Rule = Callable[[Pack], Iterable[Fault]]


class Grade(StrEnum):
    NONE = "none"
    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked at, and the grade that needs it."""

    name: str
    grade: Grade
    faults: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`faults` by the name of the check."""

    grade: Grade
    faults: tuple[tuple[str, Grade, Fault], ...]


def judge(pack: Pack) -> Verdict:
    """The highest grade whose checks, and all below, find nothing; kept until a file of the pack changes."""
    return _judged(pack, files_of(pack))


@lru_cache(maxsize=_MOST_PACKS)
def _judged(pack: Pack, files: frozenset[tuple[Path, int, int]]) -> Verdict:
    faults = tuple((check.name, check.grade, fault) for check in CHECKS for fault in _found(check, pack))
    missed = {grade for _, grade, _ in faults}
    reached = Grade.NONE
    for grade in (Grade.BRONZE, Grade.SILVER, Grade.GOLD):
        if grade in missed:
            break
        reached = grade
    return Verdict(grade=reached, faults=faults)


def _found(check: Check, pack: Pack) -> list[Fault]:
    """A pack at which a check stumbles is faulty, not the node."""
    try:
        return list(check.faults(pack))
    except Exception as error:
        return [Fault("packs.check.stumbles", "/", {"reason": f"{type(error).__name__}: {error}"[:300]})]


CHECKS: tuple[Check, ...] = (
    Check("named", Grade.BRONZE, name_faults),
    Check("brings", Grade.BRONZE, empty_faults),
    Check("models", Grade.BRONZE, model_faults),
    Check("sources", Grade.BRONZE, source_faults),
    Check("quality", Grade.BRONZE, quality_faults),
    Check("rules", Grade.BRONZE, rule_faults),
    Check("workflows", Grade.BRONZE, workflow_faults),
    Check("indicators", Grade.BRONZE, indicator_faults),
    Check("routes", Grade.BRONZE, route_faults),
    Check("answers", Grade.BRONZE, framework_faults),
    Check("views", Grade.BRONZE, view_faults),
    Check("tables", Grade.BRONZE, table_faults),
    Check("settings", Grade.BRONZE, parameter_faults),
    Check("texts", Grade.SILVER, text_faults),
    Check("messages", Grade.SILVER, message_faults),
    Check("demo", Grade.SILVER, demo_faults),
    Check("algorithms", Grade.GOLD, algorithm_faults),
    Check("imports", Grade.GOLD, import_faults),
    Check("documented", Grade.GOLD, readme_faults),
)
"""Every check with the grade that needs it; docs/packs.md explains each."""


def require_bronze(pack: Pack) -> None:
    """Raises Invalid with every fault that keeps a pack from being switched on."""
    faults = tuple(fault for _, grade, fault in judge(pack).faults if grade is Grade.BRONZE)
    if faults:
        raise Invalid("packs.faulty", faults=faults, name=pack.name, count=len(faults))
