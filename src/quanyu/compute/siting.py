"""Where a few stations cover most: the maximal covering location problem (Church and ReVelle 1974), solved by HiGHS."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quanyu.compute.optimum import Floats, least_sum

_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Siting:
    """`chosen`: rows of the candidates, the standing ones first. Shares of the demand; `gap` as of the solver."""

    chosen: tuple[int, ...]
    before: float
    after: float
    gap: float


def most_covered(
    reaches: NDArray[np.bool_],
    demand: Floats,
    *,
    standing: Sequence[int] = (),
    more: int,
    seconds: float = _SECONDS,
) -> Siting:
    """`reaches`: candidates by places of demand. Those that stand stay, and `more` are added. Raises ValueError without demand."""
    total = float(np.sum(demand))
    if total <= 0:
        raise ValueError("there is no demand")
    kept = np.zeros(len(reaches), dtype=bool)
    kept[list(standing)] = True
    covered: NDArray[np.bool_] = np.asarray(reaches[kept].any(axis=0))
    open_to, patterns, weights = _open_part(reaches, demand, kept, covered)
    added, gap = _solved(patterns, weights, more, seconds) if len(open_to) and more else ((), 0.0)
    chosen = (*standing, *(int(open_to[place]) for place in added))
    return Siting(
        chosen=chosen, before=float(demand[covered].sum()) / total,
        after=float(demand[reaches[list(chosen)].any(axis=0)].sum()) / total if chosen else 0.0, gap=gap,
    )  # fmt: skip


def _open_part(
    reaches: NDArray[np.bool_], demand: Floats, kept: NDArray[np.bool_], covered: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.bool_], Floats]:
    """What is not covered yet: places that the same candidates reach are one."""
    open_to = np.flatnonzero(~kept)
    left = reaches[open_to][:, ~covered]
    patterns, same = np.unique(left, axis=1, return_inverse=True)
    weights = np.zeros(patterns.shape[1])
    np.add.at(weights, same.ravel(), demand[~covered])
    return open_to, patterns, weights


def _solved(
    patterns: NDArray[np.bool_], weights: Floats, more: int, seconds: float
) -> tuple[tuple[int, ...], float]:
    from scipy.sparse import block_array, csr_array, eye_array

    sites, places = patterns.shape
    rows = block_array(
        [[csr_array(-patterns.T.astype(float)), eye_array(places)], [csr_array(np.ones((1, sites))), None]],
        format="csr",
    )
    whole = np.arange(sites + places) < sites
    high = np.append(np.zeros(places), min(more, sites))
    best = least_sum(
        np.concatenate([np.zeros(sites), -weights]), rows, np.full(len(high), -np.inf), high,
        whole=whole, seconds=seconds,
    )  # fmt: skip
    if best is None:
        return (), 1.0
    return tuple(np.flatnonzero(best.values[:sites] > 0.5).tolist()), best.gap
