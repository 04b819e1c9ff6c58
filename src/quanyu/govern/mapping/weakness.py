"""When what speaks for a model is too little: a generic type is better than a wrong one. And why a guess was made."""

from collections.abc import Sequence

from quanyu.core.profile import ColumnProfile
from quanyu.govern.mapping.fit import Fit, Match
from quanyu.govern.mapping.model import Why
from quanyu.govern.standards.model import DatasetKind


def is_weak(fit: Fit, *, has_place: bool) -> bool:
    """Of observations only the time and the thing are there, or the time and one figure: columns of any file."""
    attributes = [match.attribute for match in fit.matches.values()]
    has_time = any(attribute.is_time for attribute in attributes)
    if fit.model.kind is not DatasetKind.OBSERVATIONS or has_place or not has_time:
        return False
    says_what = any(attribute.is_key or attribute.is_name for attribute in attributes)
    observed = [one for one in attributes if not (one.is_key or one.is_name or one.is_time)]
    return len(observed) < (1 if says_what else 2)


def explained(fit: Fit, columns: Sequence[ColumnProfile]) -> Why:
    return Why(
        key="govern.mapping.why.model",
        values={
            "model": fit.model.name,
            "count": str(len(fit.matches)),
            "of": str(len(columns)),
            "columns": _named(fit),
        },
    )


def too_weak(fit: Fit) -> Why:
    return Why(key="govern.mapping.why.weak", values={"model": fit.model.name, "columns": _named(fit)})


def _named(fit: Fit) -> str:
    """The surest first, with the attribute each is taken for."""
    surest: list[Match] = sorted(fit.matches.values(), key=lambda match: -match.confidence)
    return ", ".join(
        f"{match.column.label or match.column.name} → {match.attribute.name}" for match in surest[:6]
    )
