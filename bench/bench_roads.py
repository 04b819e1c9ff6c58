"""Times from a hundred places to a hundred over a million edges: whole searches against the prepared core.

.venv/bin/python bench/bench_roads.py [SIDE]     a grid of SIDE × SIDE crossings, every street as quick as it happens to be
"""

import random
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np

from quanyu.compute.contraction import prepare
from quanyu.compute.shortest import Costs, costs, least_costs

MANY = 100


def grid(side: int) -> Costs:
    number = np.arange(side * side).reshape(side, side)
    one = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    other = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    chance = np.random.default_rng(1)
    seconds = chance.uniform(50, 200, 2 * len(one)) / chance.uniform(5, 20, 2 * len(one))
    return costs(seconds, np.concatenate([one, other]), np.concatenate([other, one]), side * side)


def timed(work: Callable[[], object], *, turns: int = 3) -> float:
    """User CPU seconds, the least of some turns."""
    found = []
    for _ in range(turns):
        begun = time.process_time()
        work()
        found.append(time.process_time() - begun)
    return min(found)


def main(arguments: Sequence[str]) -> None:
    side = int(arguments[0]) if arguments else 500
    matrix = grid(side)
    chance = random.Random(2)
    sources, targets = (chance.sample(range(side * side), MANY) for _ in range(2))
    begun = time.process_time()
    core = prepare(matrix)
    made = time.process_time() - begun
    whole = timed(lambda: least_costs(matrix, sources), turns=1)
    quick = timed(lambda: core.least(sources, targets))
    same = np.allclose(core.least(sources, targets), least_costs(matrix, sources)[:, targets])
    print(f"{matrix.nnz:,} edges; core of {core.core.shape[0]:,} nodes made once in {made:.1f} s")
    print(
        f"{MANY} to {MANY}: {whole:.2f} s by whole searches, {quick:.2f} s over the core ({whole / quick:.0f} times)"
    )
    print(f"equal: {same}")


if __name__ == "__main__":
    main(sys.argv[1:])
