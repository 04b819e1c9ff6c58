"""How a city judges, as data: weights, bands and bounds, effective-dated. The defaults are the project's proposal."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

import msgspec

from quanyu.core.errors import Fault, Invalid

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Band(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From `least` points on: the grade, and by what the operating budget is multiplied; None stops it for review."""

    least: float
    grade: str
    factor: Annotated[float, msgspec.Meta(ge=0, le=10)] | None
    remark: str = ""


class Weights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of the composite; what cannot be measured for a body leaves its weight to the others."""

    solved: Share = 0.40
    satisfied: Share = 0.30
    used: Share = 0.15
    quality: Share = 0.15


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`fairly` is what 基本满意 counts. Below `few` valid answers the Wilson bound at `z` takes the place of the share.

    A case that is reopened within `reopen_days` of being solved was not solved.
    """

    valid_from: date = date(2026, 1, 1)
    weights: Weights = Weights()
    fairly: Share = 0.9
    few: int = 100
    z: Annotated[float, msgspec.Meta(gt=0, le=10)] = 1.96
    reopen_days: int = 30
    response: Share = 0.10
    solution: Share = 0.50
    satisfaction: Share = 0.40
    bands: tuple[Band, ...] = (
        Band(least=90, grade="A", factor=1.05),
        Band(least=75, grade="B", factor=1.00),
        Band(least=60, grade="C", factor=0.85),
        Band(least=40, grade="D", factor=0.60, remark="rectification"),
        Band(least=0, grade="E", factor=None, remark="stop and review"),
    )

    def band(self, score: float) -> Band:
        return next(one for one in self.bands if score >= one.least)


def parse_policy(source: object, *, today: date) -> Policy:
    """Valid from `today` where it names no day: no sheet of the past changes by itself. Raises Invalid with every fault."""
    if isinstance(source, Mapping):
        source = {"valid_from": today, **source}
    try:
        policy = msgspec.convert(source, Policy)
    except msgspec.ValidationError as error:
        raise Invalid("evaluate.policy.form", reason=str(error)) from None
    weights = policy.weights
    checks = (
        (_is_one(weights.solved + weights.satisfied + weights.used + weights.quality), "weights"),
        (_is_one(policy.response + policy.solution + policy.satisfaction), "rates"),
        (bool(policy.bands) and policy.bands[-1].least == 0, "floor"),
        (list(policy.bands) == sorted(policy.bands, key=lambda one: -one.least), "order"),
        (policy.few >= 0 and policy.reopen_days >= 0, "bounds"),
    )
    faults = tuple(Fault(f"evaluate.policy.{name}", name) for holds, name in checks if not holds)
    if faults:
        raise Invalid("evaluate.policy.invalid", faults=faults, count=len(faults))
    return policy


def _is_one(number: float) -> bool:
    return abs(number - 1) < 1e-9
