"""Several contracts over the same dataset: what all of them allow, in the strictest form that any of them asks for."""

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import TypeVar

from msgspec.structs import replace

from quanyu.core.errors import Denied
from quanyu.exchange.policy.terms import Anonymity, Mask, MaskKind, Noise, Terms, Unit

Number = TypeVar("Number", int, float)


def strictest(terms: Sequence[Terms]) -> Terms:
    """For one answer. Rates and numbers of calls are not part of it: each contract's ledger counts for itself."""
    return reduce(_both, terms)


def _both(one: Terms, other: Terms) -> Terms:
    columns = tuple(name for name in one.columns if name in other.columns)
    if not columns:
        raise Denied("exchange.contract.nothing_in_common")
    return replace(
        one, columns=columns, where=(*one.where, *other.where), masks=_masks(one.masks, other.masks),
        ways=tuple(way for way in one.ways if way in other.ways), rows=_least(one.rows, other.rows),
        group=max(one.group, other.group), anonymity=_anonymity(one.anonymity, other.anonymity),
        noise=_noise(one.noise, other.noise), starts=max(one.starts, other.starts), ends=min(one.ends, other.ends),
        onward=one.onward and other.onward,
        delete_after_days=_least(one.delete_after_days, other.delete_after_days),
        algorithms=tuple(name for name in one.algorithms if name in other.algorithms),
    )  # fmt: skip


def _masks(one: Mapping[str, Mask], other: Mapping[str, Mask]) -> dict[str, Mask]:
    both = {name: _mask(one[name], other[name]) for name in one.keys() & other.keys()}
    return {**one, **other, **both}


def _mask(one: Mask, other: Mask) -> Mask:
    """Of two kinds, neither of which shows less than the other, nothing is shown."""
    if one.kind is not other.kind or one.content != other.content:
        return Mask(kind=MaskKind.HIDE)
    if (one.unit is None) != (other.unit is None):
        return Mask(kind=MaskKind.HIDE)
    if one.step and other.step and max(one.step, other.step) % min(one.step, other.step):
        return Mask(kind=MaskKind.HIDE)
    units = [unit for unit in Unit if unit in (one.unit, other.unit)]
    return replace(
        one, keep=_least(one.keep, other.keep), step=_most(one.step, other.step), unit=units[-1] if units else None,
        days=_most(one.days, other.days),
    )  # fmt: skip


def _anonymity(one: Anonymity | None, other: Anonymity | None) -> Anonymity | None:
    if one is None or other is None:
        return one or other
    return Anonymity(k=max(one.k, other.k), columns=tuple(dict.fromkeys((*one.columns, *other.columns))))


def _noise(one: Noise | None, other: Noise | None) -> Noise | None:
    """What both bound, within the narrower bounds; the smaller share of the budget for each answer."""
    if one is None or other is None:
        return one or other
    bounds = {
        name: (max(low, other.bounds[name][0]), min(high, other.bounds[name][1]))
        for name, (low, high) in one.bounds.items()
        if name in other.bounds
    }
    return Noise(epsilon=min(one.epsilon, other.epsilon), budget=min(one.budget, other.budget), bounds=bounds)


def _least(one: Number | None, other: Number | None) -> Number | None:
    return min((value for value in (one, other) if value is not None), default=None)


def _most(one: Number | None, other: Number | None) -> Number | None:
    return max((value for value in (one, other) if value is not None), default=None)
