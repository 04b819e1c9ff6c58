"""How a list is asked for: `limit` rows, `after` the last one seen."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from litestar.params import Parameter

Limit = Annotated[int, Parameter(query="limit", ge=1, le=500)]
After = Annotated[str, Parameter(query="after", max_length=200)]
Search = Annotated[str, Parameter(query="q", max_length=200)]

Row = TypeVar("Row")


def next_after(rows: Sequence[Row], limit: int, key: Callable[[Row], str]) -> str | None:
    """None where the list ends before the limit."""
    return key(rows[-1]) if len(rows) == limit else None
