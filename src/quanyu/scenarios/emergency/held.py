"""What the open calls hold: the ambulance that was sent, the bed that waits for its patient."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

LONGEST = timedelta(hours=3)
"""A call that nobody closed holds nothing for longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """`sent`: since when each ambulance has a call. `coming`: patients on their way to each facility."""

    sent: Mapping[str, datetime] = field(default_factory=dict)
    coming: Mapping[str, int] = field(default_factory=dict)

    def is_free(self, ambulance: str, told: datetime | None) -> bool:
        """One that says that it is free; `told` when. What it said before it was sent no longer counts."""
        since = self.sent.get(ambulance)
        return since is None or (told is not None and told > since)


def held_by(decisions: Iterable[Mapping[str, Any]], *, but: str | None) -> Held:
    """By all calls `but` one, from the decisions in force."""
    others = [one for one in decisions if one["call"] != but]
    return Held(
        sent={one["ambulance"]: one["since"] for one in others},
        coming=Counter(one["facility"] for one in others),
    )
