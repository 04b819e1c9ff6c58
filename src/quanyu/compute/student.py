"""How many standard errors an interval spans, where few days are known."""


def student(share: float, freedom: float) -> float:
    """Between minus and plus it lies the `share` of Student's distribution with so many degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 + share / 2))
