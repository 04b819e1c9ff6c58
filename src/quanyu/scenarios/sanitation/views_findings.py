"""How findings are shown wherever they are: what their extent means, and the page with their track."""

from typing import Any

EXTENT = {
    "by": "kind",
    "units": {"late": "min", "idle": "min", "incomplete": "%", "missed": "%", "repeated": "×", "teleporting": "m", "outside": "m"},
}  # fmt: skip
"""Units of a finding's value."""


def its_track(finding: str = "id") -> dict[str, Any]:
    """The track of a row's finding, whose number stands in that field."""
    return {"view": "track", "block": "track", "with": {"finding": finding, "day": "day"}}
