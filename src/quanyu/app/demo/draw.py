"""Chance that is no chance: everything in the demonstration city is drawn from its seed and the name of what is drawn."""

from random import Random

Key = str | int


def drawn(seed: int, *key: Key) -> Random:
    """Its own sequence for every key, so that one part of the city can change without moving the others."""
    return Random(f"{seed}/{'/'.join(map(str, key))}")  # noqa: S311 (a made-up city, no secret)


def wave(seed: int, *key: Key, at: float, period: float) -> float:
    """Between 0 and 1, changing smoothly with `at`: a value drawn for every period, and the way from one to the next."""
    step, rest = divmod(at, period)
    before, after = (drawn(seed, *key, int(step) + ahead).random() for ahead in (0, 1))
    eased = (rest / period) ** 2 * (3 - 2 * rest / period)
    return before + (after - before) * eased
